-- Adjustments event by event, each with its cause: after − before.
-- Grain: adjustment, event and cause; an event that a correction moved has a row at either place.
CREATE TABLE settlement.adjustment_event (
    adjustment  VARCHAR NOT NULL,
    event_id    UUID NOT NULL,
    carrier     VARCHAR NOT NULL,
    start_at    TIMESTAMP NOT NULL,
    cause       VARCHAR NOT NULL,
    cause_event UUID,
    events      BIGINT NOT NULL,
    units       BIGINT NOT NULL,
    billed      BIGINT NOT NULL,
    bundled     BIGINT NOT NULL,
    list_value  BIGINT NOT NULL,
    discount    BIGINT NOT NULL,
    payable     BIGINT NOT NULL,
    refund      BIGINT NOT NULL
);
COMMENT ON TABLE settlement.adjustment_event IS
    'Điều chỉnh theo từng sự kiện, kèm nguyên nhân: sau − trước. Mỗi điều chỉnh, sự kiện và nguyên nhân một dòng; sự kiện được sửa sang ngày khác có dòng ở cả hai ngày. | Adjustments event by event, each with its cause: after − before. Grain: adjustment, event and cause; an event that a correction moved to another day has a row at either place.';
COMMENT ON COLUMN settlement.adjustment_event.adjustment IS 'Mã điều chỉnh | Id of the adjustment';
COMMENT ON COLUMN settlement.adjustment_event.event_id IS 'Sự kiện | Event';
COMMENT ON COLUMN settlement.adjustment_event.carrier IS 'Doanh nghiệp | Carrier';
COMMENT ON COLUMN settlement.adjustment_event.start_at IS 'Lúc sự kiện bắt đầu, giờ Việt Nam | Start of the event, Vietnam civil time';
COMMENT ON COLUMN settlement.adjustment_event.cause IS 'late: đến muộn; catalogue: danh mục giá; reading: cách đọc; correction: sửa dữ liệu; cascade: do sự kiện trước đó của cùng chủ số dư | late, catalogue, reading, correction; cascade: moved by an earlier event of its owner';
COMMENT ON COLUMN settlement.adjustment_event.cause_event IS 'Sự kiện gây ra; trống: không do sự kiện nào | The event that caused it; null: no event did';
COMMENT ON COLUMN settlement.adjustment_event.events IS '1: nay được tính cước; −1: không còn; 0: vẫn vậy | 1: rated now; −1: no longer; 0: as before';
COMMENT ON COLUMN settlement.adjustment_event.units IS 'Chênh lệch đơn vị sử dụng | Difference in units';
COMMENT ON COLUMN settlement.adjustment_event.billed IS 'Chênh lệch đơn vị tính cước | Difference in billed units';
COMMENT ON COLUMN settlement.adjustment_event.bundled IS 'Chênh lệch đơn vị trong gói | Difference in bundled units';
COMMENT ON COLUMN settlement.adjustment_event.list_value IS 'Chênh lệch giá trị, đồng, đã gồm thuế GTGT | Difference in list value, dong incl. VAT';
COMMENT ON COLUMN settlement.adjustment_event.discount IS 'Chênh lệch giảm trừ, đồng, đã gồm thuế GTGT | Difference in discount, dong incl. VAT';
COMMENT ON COLUMN settlement.adjustment_event.payable IS 'Chênh lệch phải trả, đồng, đã gồm thuế GTGT | Difference in payable, dong incl. VAT';
COMMENT ON COLUMN settlement.adjustment_event.refund IS 'Chênh lệch phải hoàn trả, đồng | Difference in refunds due, dong';
INSERT INTO settlement.adjustment_event BY NAME
SELECT
    adjustment, event_id, carrier, start_at, cause, cause_event, events, units, billed,
    bundled, list_value, discount, payable, refund
FROM input.adjustment_event
ORDER BY adjustment, start_at, event_id, cause, carrier;
