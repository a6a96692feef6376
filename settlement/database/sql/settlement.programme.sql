-- What each programme counts of a carrier's relief, against its envelope.
-- Grain: carrier, period and programme.
CREATE TABLE settlement.programme (
    period                   VARCHAR NOT NULL,
    carrier                  VARCHAR NOT NULL,
    programme                VARCHAR NOT NULL,
    relief                   BIGINT NOT NULL,
    relief_to_date           BIGINT NOT NULL,
    programme_relief         BIGINT NOT NULL,
    programme_relief_to_date BIGINT NOT NULL,
    envelope                 BIGINT,
    carrier_envelope         BIGINT,
    recognised               BIGINT NOT NULL,
    own_account              BIGINT NOT NULL,
    true_up                  BIGINT NOT NULL,
    recognised_to_date       BIGINT NOT NULL,
    programme_recognised_to_date BIGINT NOT NULL
);
COMMENT ON TABLE settlement.programme IS
    'Hỗ trợ của doanh nghiệp tính vào giá trị từng chương trình. | What each programme counts of a carrier''s relief, against its envelope. Grain: carrier, period and programme.';
COMMENT ON COLUMN settlement.programme.period IS 'Kỳ, YYYY-MM | Period, YYYY-MM';
COMMENT ON COLUMN settlement.programme.carrier IS 'Doanh nghiệp | Carrier';
COMMENT ON COLUMN settlement.programme.programme IS 'Chương trình: ref.programme.id | Programme: ref.programme.id';
COMMENT ON COLUMN settlement.programme.relief IS 'Phần tính vào giá trị chương trình, kỳ này, đồng; tính chất và thuế theo cách đọc envelope.* | Relief that counts against the envelope, this period, dong; natures and VAT by the readings envelope.*';
COMMENT ON COLUMN settlement.programme.relief_to_date IS 'Phần đó của doanh nghiệp, lũy kế từ kỳ đầu của chuỗi, đồng | The carrier''s, from the first period of the chain on, dong';
COMMENT ON COLUMN settlement.programme.programme_relief IS 'Phần đó của mọi doanh nghiệp, kỳ này, đồng; lặp lại ở mọi dòng của kỳ, đừng cộng | That of all carriers, this period, dong; the same in every row of the period, so not to be added';
COMMENT ON COLUMN settlement.programme.programme_relief_to_date IS 'Phần đó của mọi doanh nghiệp, lũy kế, đồng; lặp lại ở mọi dòng của kỳ, đừng cộng | That of all carriers to date, dong; the same in every row of the period, so not to be added';
COMMENT ON COLUMN settlement.programme.envelope IS 'Giá trị chương trình, đồng; trống: không có | Envelope, dong; null: none';
COMMENT ON COLUMN settlement.programme.carrier_envelope IS 'Phần riêng của doanh nghiệp trong giá trị chương trình, đồng; trống: giá trị chung | The carrier''s own part of the envelope, dong; null: it is common';
COMMENT ON COLUMN settlement.programme.recognised IS 'Được chương trình ghi nhận trong hỗ trợ kỳ này, đồng; theo pro_rata là tạm tính đến khi điều chỉnh | Recognised of this period''s relief by the envelope, dong; under pro_rata provisional until the true-up';
COMMENT ON COLUMN settlement.programme.own_account IS 'Doanh nghiệp tự chịu: hỗ trợ − được ghi nhận, đồng | On the carrier''s own account: relief − recognised, dong';
COMMENT ON COLUMN settlement.programme.true_up IS 'Điều chỉnh phần đã ghi nhận lũy kế khi chương trình đã kết thúc (pro_rata), đồng; có thể âm | Correction of what was recognised to date, once the programme has closed (pro_rata), dong; may be below 0';
COMMENT ON COLUMN settlement.programme.recognised_to_date IS 'Được ghi nhận của doanh nghiệp, lũy kế, gồm điều chỉnh, đồng | Recognised of the carrier''s to date, true-ups included, dong';
COMMENT ON COLUMN settlement.programme.programme_recognised_to_date IS 'Được ghi nhận của mọi doanh nghiệp, lũy kế, đồng; lặp lại ở mọi dòng của kỳ, đừng cộng | Recognised of all carriers to date, dong; the same in every row of the period, so not to be added';
INSERT INTO settlement.programme BY NAME
SELECT
    period, carrier, programme, relief, relief_to_date, programme_relief, programme_relief_to_date,
    envelope, carrier_envelope, recognised, own_account, true_up, recognised_to_date,
    programme_recognised_to_date
FROM input.programme_of_run
WHERE NOT superseded
ORDER BY period, carrier, programme;
