-- Refunds that carriers paid, as their files told.
-- Grain: payment.
-- An amount below 0 is a payment that was taken back.
CREATE TABLE settlement.refund_paid (
    event_id UUID NOT NULL,
    carrier  VARCHAR NOT NULL,
    start_at TIMESTAMP NOT NULL,
    paid_on  DATE NOT NULL,
    document VARCHAR NOT NULL,
    amount   BIGINT NOT NULL,
    refunds  VARCHAR NOT NULL
);
COMMENT ON TABLE settlement.refund_paid IS
    'Các khoản doanh nghiệp đã hoàn trả, theo tệp của họ. | Refunds that carriers paid, as their files told. Grain: payment.';
COMMENT ON COLUMN settlement.refund_paid.event_id IS 'Sự kiện được hoàn trả | The event of which it is the refund';
COMMENT ON COLUMN settlement.refund_paid.carrier IS 'Doanh nghiệp | Carrier';
COMMENT ON COLUMN settlement.refund_paid.start_at IS 'Lúc sự kiện bắt đầu, như khi hoàn trả, giờ Việt Nam | Start of the event, as it was when paid, Vietnam civil time';
COMMENT ON COLUMN settlement.refund_paid.paid_on IS 'Ngày hoàn trả | Day of payment';
COMMENT ON COLUMN settlement.refund_paid.document IS 'Chứng từ | Document';
COMMENT ON COLUMN settlement.refund_paid.amount IS 'Số tiền, đồng, đã gồm thuế GTGT; nhỏ hơn 0: thu lại | Amount, dong incl. VAT; below 0: taken back';
COMMENT ON COLUMN settlement.refund_paid.refunds IS 'Mã tệp đã ghi sổ | Id of the file that was booked';
INSERT INTO settlement.refund_paid BY NAME
SELECT
    event_id, carrier, start_at, paid_on, document, amount, refunds
FROM input.refund_paid
ORDER BY event_id, paid_on, document, amount, refunds;
