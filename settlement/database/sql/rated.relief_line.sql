-- Relief lines: what one measure takes off one event.
-- Grain: event, measure and nature.
-- In the order of owners and time, as the run's own file holds them.
CREATE TABLE rated.relief_line (
    event_id UUID NOT NULL,
    owner_id UUID NOT NULL,
    carrier  VARCHAR NOT NULL,
    measure  VARCHAR NOT NULL,
    nature   VARCHAR NOT NULL,
    units    BIGINT NOT NULL,
    amount   BIGINT NOT NULL,
    start_at TIMESTAMP NOT NULL
);
COMMENT ON TABLE rated.relief_line IS
    'Dòng hỗ trợ: một biện pháp giảm gì cho một sự kiện. | Relief lines: what one measure takes off one event. Grain: event, measure and nature.';
COMMENT ON COLUMN rated.relief_line.event_id IS 'Sự kiện | Event';
COMMENT ON COLUMN rated.relief_line.owner_id IS 'Chủ số dư | Balance owner';
COMMENT ON COLUMN rated.relief_line.carrier IS 'Doanh nghiệp | Carrier';
COMMENT ON COLUMN rated.relief_line.measure IS 'Biện pháp: ref.measure.id | Measure: ref.measure.id';
COMMENT ON COLUMN rated.relief_line.nature IS 'Tính chất: discount (giảm trừ), in_kind (hiện vật), contribution (đóng góp), forbearance (không cắt liên lạc) | Nature: discount, in_kind, contribution, forbearance';
COMMENT ON COLUMN rated.relief_line.units IS 'Lượng được hỗ trợ: mi-li-giây, byte, tin nhắn, 1 cho gói và phí | Units relieved: ms, bytes, messages, 1 for pack and fee';
COMMENT ON COLUMN rated.relief_line.amount IS 'Số tiền, đồng; giảm trừ và hiện vật đã gồm thuế GTGT, đóng góp không chịu thuế | Amount, dong; discount and in kind incl. VAT, contribution without VAT';
COMMENT ON COLUMN rated.relief_line.start_at IS 'Lúc sự kiện bắt đầu, giờ Việt Nam | Start of the event, Vietnam civil time';
INSERT INTO rated.relief_line BY NAME
SELECT
    event_id, owner_id, carrier, measure, nature, units, amount, start_at
FROM input.line
WHERE NOT superseded;
