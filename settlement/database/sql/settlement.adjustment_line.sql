-- Adjustments relief line by relief line, each with its cause: after − before.
-- Grain: adjustment, event, measure, nature and cause; the lines of an event that a correction moved
--     to another day stand at either place.
CREATE TABLE settlement.adjustment_line (
    adjustment  VARCHAR NOT NULL,
    event_id    UUID NOT NULL,
    carrier     VARCHAR NOT NULL,
    start_at    TIMESTAMP NOT NULL,
    measure     VARCHAR NOT NULL,
    nature      VARCHAR NOT NULL,
    cause       VARCHAR NOT NULL,
    cause_event UUID,
    events      BIGINT NOT NULL,
    units       BIGINT NOT NULL,
    amount      BIGINT NOT NULL
);
COMMENT ON TABLE settlement.adjustment_line IS
    'Điều chỉnh theo từng dòng hỗ trợ, kèm nguyên nhân: sau − trước. Dòng của sự kiện được sửa sang ngày khác: dòng bị bỏ ở ngày cũ, dòng mới ở ngày mới, nên cộng theo ngày khớp với các sự kiện. | Adjustments relief line by relief line, each with its cause: after − before. Grain: adjustment, event, measure, nature and cause; of an event that a correction moved to another day, lines that went stand on the day they were on and lines that came on the new one, so sums by day agree with those of events.';
COMMENT ON COLUMN settlement.adjustment_line.adjustment IS 'Mã điều chỉnh | Id of the adjustment';
COMMENT ON COLUMN settlement.adjustment_line.event_id IS 'Sự kiện | Event';
COMMENT ON COLUMN settlement.adjustment_line.carrier IS 'Doanh nghiệp | Carrier';
COMMENT ON COLUMN settlement.adjustment_line.start_at IS 'Lúc sự kiện bắt đầu, giờ Việt Nam | Start of the event, Vietnam civil time';
COMMENT ON COLUMN settlement.adjustment_line.measure IS 'Biện pháp | Measure';
COMMENT ON COLUMN settlement.adjustment_line.nature IS 'Tính chất | Nature';
COMMENT ON COLUMN settlement.adjustment_line.cause IS 'late: đến muộn; catalogue: danh mục giá; reading: cách đọc; correction: sửa dữ liệu; cascade: do sự kiện trước đó của cùng chủ số dư | late, catalogue, reading, correction; cascade: moved by an earlier event of its owner';
COMMENT ON COLUMN settlement.adjustment_line.cause_event IS 'Sự kiện gây ra; trống: không do sự kiện nào | The event that caused it; null: no event did';
COMMENT ON COLUMN settlement.adjustment_line.events IS '1: dòng mới; −1: dòng không còn; 0: vẫn có | 1: a new line; −1: a line no more; 0: there before and now';
COMMENT ON COLUMN settlement.adjustment_line.units IS 'Chênh lệch đơn vị | Difference in units';
COMMENT ON COLUMN settlement.adjustment_line.amount IS 'Chênh lệch số tiền, đồng | Difference in amount, dong';
INSERT INTO settlement.adjustment_line BY NAME
SELECT
    adjustment, event_id, carrier, start_at, measure, nature, cause, cause_event, events,
    units, amount
FROM input.adjustment_line
ORDER BY adjustment, start_at, event_id, measure, nature, cause, carrier;
