-- Where usage and master data contradict each other. Nothing is taken away or added by it: events
-- stay rated or suspended as they are, and each has at most one finding.
-- Grain: finding, which is of an event or of a balance.
CREATE TABLE settlement.finding (
    finding  VARCHAR NOT NULL,
    carrier  VARCHAR NOT NULL,
    event_id UUID,
    owner_id UUID NOT NULL,
    start_at TIMESTAMP NOT NULL,
    about    VARCHAR NOT NULL,
    stated   BIGINT,
    found    BIGINT
);
COMMENT ON TABLE settlement.finding IS
    'Chỗ bản ghi sử dụng và dữ liệu gốc mâu thuẫn; mỗi sự kiện có nhiều nhất một phát hiện. | Where usage and master data contradict each other; an event has at most one finding. Grain: finding, of an event or of a balance.';
COMMENT ON COLUMN settlement.finding.finding IS 'Phát hiện: ported_away, other_carrier, recalled, not_begun, no_subscription, pack_of_other_carrier, pack_not_bought, balance_no_pack, balance_no_volume, balance_no_subscription, balance_no_measure, balance_differs, balance_not_held; nghĩa trong docs/intake.md | One of the names at the left; docs/intake.md says what each means';
COMMENT ON COLUMN settlement.finding.carrier IS 'Doanh nghiệp của bản ghi; của thuê bao có số dư | Carrier of the record; of the subscription whose balance it is';
COMMENT ON COLUMN settlement.finding.event_id IS 'Sự kiện; trống: phát hiện về số dư | Event; null: a finding about a balance';
COMMENT ON COLUMN settlement.finding.owner_id IS 'Chủ số dư | Balance owner';
COMMENT ON COLUMN settlement.finding.start_at IS 'Lúc sự kiện bắt đầu, hoặc lúc của số dư, giờ Việt Nam | Start of the event, or the moment of the balance, Vietnam civil time';
COMMENT ON COLUMN settlement.finding.about IS 'Doanh nghiệp khác, gói cước, hoặc số dư nào | The other carrier, the pack, or which balance';
COMMENT ON COLUMN settlement.finding.stated IS 'Số dư doanh nghiệp nêu, đơn vị của nó; trống: phát hiện về sự kiện | What the carrier states is left (of a cap: was given), in its unit; null: of an event';
COMMENT ON COLUMN settlement.finding.found IS 'Số cuối kỳ trước; trống: không có | What the month before closed with; null: nothing';
INSERT INTO settlement.finding BY NAME
SELECT
    finding, carrier, event_id, owner_id, start_at, about, stated, found
FROM input.finding
WHERE NOT superseded;
