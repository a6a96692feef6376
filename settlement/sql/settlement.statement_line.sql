-- Lines of the statements.
-- Grain: statement, measure and nature.
CREATE TABLE settlement.statement_line (
    period  VARCHAR NOT NULL,
    carrier VARCHAR NOT NULL,
    measure VARCHAR NOT NULL,
    nature  VARCHAR NOT NULL,
    events  BIGINT NOT NULL,
    units   BIGINT NOT NULL,
    amount  BIGINT NOT NULL,
    vat     BIGINT
);
COMMENT ON TABLE settlement.statement_line IS
    'Dòng của bảng đối soát. | Lines of the statements. Grain: statement, measure and nature.';
COMMENT ON COLUMN settlement.statement_line.period IS 'Kỳ, YYYY-MM | Period, YYYY-MM';
COMMENT ON COLUMN settlement.statement_line.carrier IS 'Doanh nghiệp | Carrier';
COMMENT ON COLUMN settlement.statement_line.measure IS 'Biện pháp | Measure';
COMMENT ON COLUMN settlement.statement_line.nature IS 'Tính chất | Nature';
COMMENT ON COLUMN settlement.statement_line.events IS 'Số dòng hỗ trợ | Relief lines';
COMMENT ON COLUMN settlement.statement_line.units IS 'Lượng được hỗ trợ | Units relieved';
COMMENT ON COLUMN settlement.statement_line.amount IS 'Số tiền, đồng | Amount, dong';
COMMENT ON COLUMN settlement.statement_line.vat IS 'Thuế GTGT trong đó: số tiền − làm tròn(số tiền × 10/11); trống: không áp dụng | VAT inside it: amount − half-up(amount × 10/11); null: none applies';
INSERT INTO settlement.statement_line BY NAME
SELECT
    period, carrier, measure, nature, events, units, amount, vat
FROM input.statement_line
WHERE NOT superseded
ORDER BY period, carrier, measure, nature;
