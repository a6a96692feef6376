-- Calls and messages that look like one, recorded twice: both are events, and both are rated.
-- Grain: event, that overlaps an earlier one of the same two parties and kind which began at most as
-- many seconds before it as the mapping of its file says; of these it is shown with the one that ends last.
CREATE TABLE usage.near_duplicate (
    event_id         UUID NOT NULL,
    near_event_id    UUID NOT NULL,
    carrier          VARCHAR NOT NULL,
    kind             VARCHAR NOT NULL,
    start_at         TIMESTAMP NOT NULL,
    apart            BIGINT NOT NULL,
    overlap          BIGINT NOT NULL,
    source_file      INTEGER NOT NULL,
    row              BIGINT NOT NULL,
    near_source_file INTEGER NOT NULL,
    near_row         BIGINT NOT NULL
);
COMMENT ON TABLE usage.near_duplicate IS
    'Cuộc gọi, tin nhắn giống như được ghi hai lần: cả hai vẫn là sự kiện và vẫn được tính. | Calls and messages that look like one recorded twice: both are events and stay so. Grain: the later event.';
COMMENT ON COLUMN usage.near_duplicate.event_id IS 'Sự kiện sau | The later event';
COMMENT ON COLUMN usage.near_duplicate.near_event_id IS 'Sự kiện trước mà nó chồng lên | The earlier one that it overlaps';
COMMENT ON COLUMN usage.near_duplicate.carrier IS 'Doanh nghiệp của sự kiện sau | Carrier of the later event';
COMMENT ON COLUMN usage.near_duplicate.kind IS 'voice hay sms | voice or sms';
COMMENT ON COLUMN usage.near_duplicate.start_at IS 'Lúc sự kiện sau bắt đầu, giờ Việt Nam | Start of the later event, Vietnam civil time';
COMMENT ON COLUMN usage.near_duplicate.apart IS 'Cách nhau lúc bắt đầu, ms | Between the two starts, ms';
COMMENT ON COLUMN usage.near_duplicate.overlap IS 'Chồng lên nhau, ms; 0 với tin nhắn | How long both lasted at once, ms; 0 for messages';
COMMENT ON COLUMN usage.near_duplicate.source_file IS 'Tệp nguồn của sự kiện sau | Source file of the later event';
COMMENT ON COLUMN usage.near_duplicate.row IS 'Bản ghi thứ mấy của tệp đó, từ 1 | Record of that file, from 1';
COMMENT ON COLUMN usage.near_duplicate.near_source_file IS 'Tệp nguồn của sự kiện trước | Source file of the earlier event';
COMMENT ON COLUMN usage.near_duplicate.near_row IS 'Bản ghi thứ mấy của tệp đó, từ 1 | Record of that file, from 1';
INSERT INTO usage.near_duplicate BY NAME
SELECT near.event_id, near.near_event_id, near.carrier, near.kind, near.start_at, near.apart,
    near.overlap, later.source_file, near.row, earlier.source_file AS near_source_file, near.near_row
FROM input.near_duplicate AS near
JOIN input.source_file AS later
    ON later.floor = 'usage' AND later.part = near.part AND later.source = near.source
JOIN input.source_file AS earlier
    ON earlier.floor = 'usage' AND earlier.part = near.near_part AND earlier.source = near.near_source
ORDER BY start_at, event_id;
