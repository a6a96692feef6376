-- Refunds due, max(0, min(charged, list value) − payable), and events charged above list value.
-- Grain: event.
-- In the order of owners and time, as the run's own file holds them.
CREATE TABLE settlement.refund (
    event_id   UUID NOT NULL,
    owner_id   UUID NOT NULL,
    carrier    VARCHAR NOT NULL,
    start_at   TIMESTAMP NOT NULL,
    charged    BIGINT NOT NULL,
    list_value BIGINT NOT NULL,
    payable    BIGINT NOT NULL,
    refund     BIGINT NOT NULL
);
COMMENT ON TABLE settlement.refund IS
    'Hoàn trả: max(0, min(đã thu, giá trị) − phải trả); thu vượt giá trị là phát hiện. | Refunds due, max(0, min(charged, list value) − payable), and events charged above list value. Grain: event.';
COMMENT ON COLUMN settlement.refund.event_id IS 'Sự kiện | Event';
COMMENT ON COLUMN settlement.refund.owner_id IS 'Chủ số dư | Balance owner';
COMMENT ON COLUMN settlement.refund.carrier IS 'Doanh nghiệp | Carrier';
COMMENT ON COLUMN settlement.refund.start_at IS 'Lúc sự kiện bắt đầu, giờ Việt Nam | Start of the event, Vietnam civil time';
COMMENT ON COLUMN settlement.refund.charged IS 'Nguồn nói đã thu, đồng, đã gồm thuế GTGT | What the source says was taken, dong incl. VAT';
COMMENT ON COLUMN settlement.refund.list_value IS 'Giá trị: số phải thu nếu không có biện pháp nào, đồng, đã gồm thuế GTGT | List value: the charge were no measure in force, dong incl. VAT';
COMMENT ON COLUMN settlement.refund.payable IS 'Phải trả = giá trị − giảm trừ, đồng, đã gồm thuế GTGT | Payable = list value − discount, dong incl. VAT';
COMMENT ON COLUMN settlement.refund.refund IS 'Phải hoàn trả, đồng, đã gồm thuế GTGT; 0: chỉ thu vượt giá trị | Refund due, dong incl. VAT; 0: only charged above list value';
INSERT INTO settlement.refund BY NAME
SELECT
    event_id, owner_id, carrier, start_at, charged, list_value, payable, refund
FROM input.refund
WHERE NOT superseded;
