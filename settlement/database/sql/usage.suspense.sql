-- Records and events in suspense, with the reason; never dropped.
-- Grain: suspended record or event.
CREATE TABLE usage.suspense (
    source_file INTEGER,
    row         BIGINT,
    reason      VARCHAR NOT NULL,
    sub_reason  VARCHAR,
    severity    VARCHAR NOT NULL,
    state       VARCHAR NOT NULL,
    address     VARCHAR,
    raw_sha256  VARCHAR,
    stage       VARCHAR NOT NULL,
    event_id    UUID,
    carrier     VARCHAR,
    start_at    TIMESTAMP,
    recycled_in VARCHAR,
    decided_by  VARCHAR,
    decided_why VARCHAR,
    decided_at  VARCHAR
);
COMMENT ON TABLE usage.suspense IS
    'Bản ghi và sự kiện bị treo, kèm lý do; không bao giờ bị bỏ. | Records and events in suspense, with the reason; never dropped. Grain: suspended record or event.';
COMMENT ON COLUMN usage.suspense.source_file IS 'Tệp nguồn; trống: sự kiện conflicting, có nhiều bản ghi | Source file; null: a conflicting event, which has several records';
COMMENT ON COLUMN usage.suspense.row IS 'Bản ghi thứ mấy của tệp; trống như trên | Record of that file, from 1; null likewise';
COMMENT ON COLUMN usage.suspense.reason IS 'Lý do: malformed (bản ghi sai), no_subscription (không có thuê bao), no_tariff (không có giá), beyond_limit (vượt giới hạn), conflicting (các bản sao mâu thuẫn), ... | Reason: malformed, no_subscription, no_tariff, beyond_limit, conflicting (copies contradict each other), ...';
COMMENT ON COLUMN usage.suspense.sub_reason IS 'Chi tiết của lý do | Detail of the reason';
COMMENT ON COLUMN usage.suspense.severity IS 'Mức: record (bản ghi không đọc được), event (không tính cước được) | record: not readable; event: not ratable yet';
COMMENT ON COLUMN usage.suspense.state IS 'Trạng thái: open (chưa xử lý), edited (đã sửa, chưa nhận lại), recycled (đã nhận lại), chosen (bản được chọn là đúng), set_aside (bản bị gạt vì bản khác đúng), written_off (đã xóa sổ) | State: open (not dealt with), edited (mended, not taken in again yet), recycled (taken in again), chosen (the copy that is right), set_aside (another copy is right), written_off';
COMMENT ON COLUMN usage.suspense.address IS 'Vị trí trong tệp: dòng, byte | Where in the file: line, byte';
COMMENT ON COLUMN usage.suspense.raw_sha256 IS 'SHA-256 của bản ghi gốc | SHA-256 of the raw record';
COMMENT ON COLUMN usage.suspense.stage IS 'intake: bản ghi bị treo khi nhận; contradicted: bản ghi đã nhận, về sau có bản ghi khác mâu thuẫn; settle: sự kiện của lần chạy hiện hành bị treo khi đối soát. Đừng cộng các loại: sự kiện conflicting có một dòng settle (cho đến khi có quyết định) và một dòng intake hoặc contradicted cho mỗi bản sao | intake: a record suspended when taken in; contradicted: a record that was taken, and contradicted by another later; settle: an event suspended in the current run. Do not add them: a conflicting event has one row settle (until it is decided) and a row intake or contradicted for each copy';
COMMENT ON COLUMN usage.suspense.event_id IS 'Sự kiện, nếu đã có | The event, where there is one';
COMMENT ON COLUMN usage.suspense.carrier IS 'Doanh nghiệp, nếu biết | Carrier, where known';
COMMENT ON COLUMN usage.suspense.start_at IS 'Lúc sự kiện bắt đầu, giờ Việt Nam; trống: bản ghi của stage intake | Start of the event, Vietnam civil time; null: a record of stage intake';
COMMENT ON COLUMN usage.suspense.recycled_in IS 'Lượt nhận mà bản ghi đã vào lại; số dòng giữ nguyên | The part that the record was taken in again with, under the same row';
COMMENT ON COLUMN usage.suspense.decided_by IS 'Người quyết định lần cuối | Who decided last';
COMMENT ON COLUMN usage.suspense.decided_why IS 'Lý do của quyết định | Why';
COMMENT ON COLUMN usage.suspense.decided_at IS 'Lúc quyết định, kèm múi giờ | When, with the offset from UTC';
INSERT INTO usage.suspense BY NAME
SELECT source_file, row, reason, nullif(sub_reason, '') AS sub_reason, 'record' AS severity,
    coalesce(decided.state, 'open') AS state,
    concat_ws(', ', 'line ' || line, 'byte ' || "offset") AS address,
    nullif(raw_sha256, '') AS raw_sha256, stage, event_id, decided.recycled_in,
    decided.who AS decided_by, decided.why AS decided_why, decided.at AS decided_at
FROM (
    SELECT 'intake' AS stage, part, record.*
    FROM input.record_suspense AS record
    JOIN (SELECT source_file, part FROM input.source_file) AS file USING (source_file)
    UNION ALL BY NAME
    SELECT 'contradicted' AS stage, source_file, copy.*
    FROM input.stored_copy AS copy
    JOIN (SELECT source_file, part, source FROM input.source_file) AS file USING (part, source)
) AS record
LEFT JOIN input.suspense_state AS decided USING (part, source, row)
ORDER BY stage DESC, source_file, row;
INSERT INTO usage.suspense BY NAME
SELECT event.source_file, event.row, suspense.reason, 'event' AS severity, 'open' AS state,
    'settle' AS stage, suspense.event_id, suspense.carrier, suspense.start_at
FROM input.suspense AS suspense
LEFT JOIN usage.event AS event USING (event_id)
WHERE NOT suspense.superseded
ORDER BY event.source_file, event.row, suspense.event_id;
