-- Statements, one a carrier and period.
-- Grain: carrier and period.
CREATE TABLE settlement.statement (
    period               VARCHAR NOT NULL,
    carrier              VARCHAR NOT NULL,
    events               BIGINT NOT NULL,
    rated                BIGINT NOT NULL,
    suspended            BIGINT NOT NULL,
    list_value           BIGINT NOT NULL,
    discount             BIGINT NOT NULL,
    payable              BIGINT NOT NULL,
    discount_vat         BIGINT NOT NULL,
    discount_vat_residue BIGINT NOT NULL,
    in_kind              BIGINT NOT NULL,
    contribution         BIGINT NOT NULL,
    forbearances         BIGINT NOT NULL,
    refunds              BIGINT NOT NULL,
    refund               BIGINT NOT NULL,
    overcharged          BIGINT NOT NULL,
    overcharge           BIGINT NOT NULL,
    relief               BIGINT NOT NULL,
    recognised           BIGINT NOT NULL,
    own_account          BIGINT NOT NULL,
    assumed              VARCHAR NOT NULL
);
COMMENT ON TABLE settlement.statement IS
    'Bảng đối soát của doanh nghiệp trong kỳ. | Statements, one a carrier and period. Grain: carrier and period.';
COMMENT ON COLUMN settlement.statement.period IS 'Kỳ, YYYY-MM | Period, YYYY-MM';
COMMENT ON COLUMN settlement.statement.carrier IS 'Doanh nghiệp | Carrier';
COMMENT ON COLUMN settlement.statement.events IS 'Số sự kiện = đã tính cước + bị treo | Events = rated + suspended';
COMMENT ON COLUMN settlement.statement.rated IS 'Số sự kiện đã tính cước | Rated events';
COMMENT ON COLUMN settlement.statement.suspended IS 'Số sự kiện bị treo; theo lý do: settlement.suspense | Suspended events; by reason: settlement.suspense';
COMMENT ON COLUMN settlement.statement.list_value IS 'Giá trị: số phải thu nếu không có biện pháp nào, đồng, đã gồm thuế GTGT | List value: the charge were no measure in force, dong incl. VAT';
COMMENT ON COLUMN settlement.statement.discount IS 'Giảm trừ, đồng, đã gồm thuế GTGT | Discount, dong incl. VAT';
COMMENT ON COLUMN settlement.statement.payable IS 'Phải trả = giá trị − giảm trừ, đồng, đã gồm thuế GTGT | Payable = list value − discount, dong incl. VAT';
COMMENT ON COLUMN settlement.statement.discount_vat IS 'Thuế GTGT trong phần giảm trừ, đồng, cộng từ các dòng | VAT inside the discount, dong, summed over its lines';
COMMENT ON COLUMN settlement.statement.discount_vat_residue IS 'Chênh lệch làm tròn, đồng: thuế tính trên tổng − tổng thuế các dòng | Residue, dong: VAT of the sum − the sum of VAT';
COMMENT ON COLUMN settlement.statement.in_kind IS 'Hiện vật, đồng, đã gồm thuế GTGT, định giá theo cách đọc | In kind, dong incl. VAT, valued by its reading';
COMMENT ON COLUMN settlement.statement.contribution IS 'Đóng góp, đồng, không chịu thuế | Contribution, dong, no VAT';
COMMENT ON COLUMN settlement.statement.forbearances IS 'Số lần không cắt liên lạc; đếm, không định giá | Forbearances: counted, not valued';
COMMENT ON COLUMN settlement.statement.refunds IS 'Số sự kiện phải hoàn trả | Events of which a refund is due';
COMMENT ON COLUMN settlement.statement.refund IS 'Số tiền phải hoàn trả, đồng, đã gồm thuế GTGT | Refund due, dong incl. VAT';
COMMENT ON COLUMN settlement.statement.overcharged IS 'Số sự kiện thu vượt giá trị: phát hiện | Events charged above list value: a finding';
COMMENT ON COLUMN settlement.statement.overcharge IS 'Số tiền thu vượt giá trị, đồng, đã gồm thuế GTGT | Charged above list value, dong incl. VAT';
COMMENT ON COLUMN settlement.statement.relief IS 'Phần tính vào giá trị các chương trình, kỳ này, đồng; từng chương trình: settlement.programme | Relief that counts against the envelopes, this period, dong; by programme: settlement.programme';
COMMENT ON COLUMN settlement.statement.recognised IS 'Được chương trình ghi nhận trong hỗ trợ kỳ này, đồng; chưa gồm điều chỉnh: settlement.programme.true_up | Recognised of this period''s relief by the envelope, dong; without true-ups: settlement.programme.true_up';
COMMENT ON COLUMN settlement.statement.own_account IS 'Doanh nghiệp tự chịu, đồng | On the carrier''s own account, dong';
COMMENT ON COLUMN settlement.statement.assumed IS 'Gói cước giả định đã dùng | Assumed plans and packs in use';
INSERT INTO settlement.statement BY NAME
SELECT
    period, carrier, events, rated, suspended, list_value, discount, payable, discount_vat,
    discount_vat_residue, in_kind, contribution, forbearances, refunds, refund, overcharged,
    overcharge, relief, recognised, own_account, assumed
FROM input.statement
WHERE NOT superseded
ORDER BY period, carrier;
