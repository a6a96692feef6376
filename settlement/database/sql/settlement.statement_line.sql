-- Lines of the statements.
-- Grain: statement, measure and nature.
CREATE TABLE settlement.statement_line (
    period    VARCHAR NOT NULL,
    carrier   VARCHAR NOT NULL,
    programme VARCHAR NOT NULL,
    measure   VARCHAR NOT NULL,
    nature    VARCHAR NOT NULL,
    events    BIGINT NOT NULL,
    units     BIGINT NOT NULL,
    amount    BIGINT NOT NULL,
    vat       BIGINT
);
COMMENT ON TABLE settlement.statement_line IS
    'Dòng của bảng đối soát. | Lines of the statements. Grain: statement, measure and nature.';
COMMENT ON COLUMN settlement.statement_line.period IS 'Kỳ, YYYY-MM | Period, YYYY-MM';
COMMENT ON COLUMN settlement.statement_line.carrier IS 'Doanh nghiệp | Carrier';
COMMENT ON COLUMN settlement.statement_line.programme IS 'Chương trình: ref.programme.id | Programme: ref.programme.id';
COMMENT ON COLUMN settlement.statement_line.measure IS 'Biện pháp: ref.measure.id | Measure: ref.measure.id';
COMMENT ON COLUMN settlement.statement_line.nature IS 'Tính chất: discount (giảm trừ), in_kind (hiện vật), contribution (đóng góp), forbearance (không cắt liên lạc) | Nature: discount, in_kind, contribution, forbearance';
COMMENT ON COLUMN settlement.statement_line.events IS 'Số dòng hỗ trợ | Relief lines';
COMMENT ON COLUMN settlement.statement_line.units IS 'Lượng được hỗ trợ: mi-li-giây, byte, tin nhắn, 1 cho gói và phí | Units relieved: ms, bytes, messages, 1 for pack and fee';
COMMENT ON COLUMN settlement.statement_line.amount IS 'Số tiền, đồng; giảm trừ và hiện vật đã gồm thuế GTGT, đóng góp không chịu thuế | Amount, dong; discount and in kind incl. VAT, contribution without VAT';
COMMENT ON COLUMN settlement.statement_line.vat IS 'Thuế GTGT trong đó, đồng: số tiền − làm tròn(số tiền × 10/11); trống: không tính (chỉ giảm trừ có) | VAT inside it, dong: amount − half-up(amount × 10/11); null: none is taken (a discount alone has it)';
INSERT INTO settlement.statement_line BY NAME
SELECT
    period, carrier, programme, measure, nature, events, units, amount, vat
FROM input.statement_line
WHERE NOT superseded
ORDER BY period, carrier, measure, nature;
