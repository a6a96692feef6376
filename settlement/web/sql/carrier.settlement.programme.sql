-- What each programme counts of one carrier's relief, without the sums over all carriers.
-- Grain: period and programme.
CREATE TABLE settlement.programme (
    period             VARCHAR NOT NULL,
    carrier            VARCHAR NOT NULL,
    programme          VARCHAR NOT NULL,
    relief             BIGINT NOT NULL,
    relief_to_date     BIGINT NOT NULL,
    envelope           BIGINT,
    carrier_envelope   BIGINT,
    recognised         BIGINT NOT NULL,
    own_account        BIGINT NOT NULL,
    true_up            BIGINT NOT NULL,
    recognised_to_date BIGINT NOT NULL
);
COMMENT ON TABLE settlement.programme IS
    'Hỗ trợ của doanh nghiệp tính vào giá trị từng chương trình. | What each programme counts of a carrier''s relief, against its envelope. Grain: period and programme.';
COMMENT ON COLUMN settlement.programme.period IS 'Kỳ, YYYY-MM | Period, YYYY-MM';
COMMENT ON COLUMN settlement.programme.carrier IS 'Doanh nghiệp | Carrier';
COMMENT ON COLUMN settlement.programme.programme IS 'Chương trình: ref.programme.id | Programme: ref.programme.id';
COMMENT ON COLUMN settlement.programme.relief IS 'Phần tính vào giá trị chương trình, kỳ này, đồng | Relief that counts against the envelope, this period, dong';
COMMENT ON COLUMN settlement.programme.relief_to_date IS 'Phần đó, lũy kế từ kỳ đầu của chuỗi, đồng | The same from the first period of the chain on, dong';
COMMENT ON COLUMN settlement.programme.envelope IS 'Giá trị chương trình, đồng; trống: không có | Envelope, dong; null: none';
COMMENT ON COLUMN settlement.programme.carrier_envelope IS 'Phần riêng của doanh nghiệp trong giá trị chương trình, đồng; trống: giá trị chung | The carrier''s own part of the envelope, dong; null: it is common';
COMMENT ON COLUMN settlement.programme.recognised IS 'Được chương trình ghi nhận trong hỗ trợ kỳ này, đồng | Recognised of this period''s relief by the envelope, dong';
COMMENT ON COLUMN settlement.programme.own_account IS 'Doanh nghiệp tự chịu, đồng | On the carrier''s own account, dong';
COMMENT ON COLUMN settlement.programme.true_up IS 'Điều chỉnh phần đã ghi nhận lũy kế, đồng; có thể âm | Correction of what was recognised to date, dong; may be below 0';
COMMENT ON COLUMN settlement.programme.recognised_to_date IS 'Được ghi nhận, lũy kế, gồm điều chỉnh, đồng | Recognised to date, true-ups included, dong';
INSERT INTO settlement.programme BY NAME
SELECT
    period, carrier, programme, relief, relief_to_date, envelope, carrier_envelope, recognised,
    own_account, true_up, recognised_to_date
FROM input.programme_of_run
ORDER BY period, programme;
