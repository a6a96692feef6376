-- Which source record is which event, n:m: a record may become several events (rating groups), and
-- a record said again (state `duplicate`) names the event that was known already.
-- Grain: source file, row and event.
CREATE VIEW usage.record_event AS
SELECT source_file, row, event_id, 'taken' AS state FROM usage.event
UNION ALL
SELECT source_file, row, event_id, 'duplicate' AS state
FROM usage.duplicate
WHERE event_id IS NOT NULL;
COMMENT ON VIEW usage.record_event IS
    'Bản ghi nguồn nào là sự kiện nào. | Which source record is which event. Grain: source file, row and event.';
COMMENT ON COLUMN usage.record_event.source_file IS 'Tệp nguồn | Source file';
COMMENT ON COLUMN usage.record_event.row IS 'Bản ghi thứ mấy của tệp | Record of that file, from 1';
COMMENT ON COLUMN usage.record_event.event_id IS 'Mã sự kiện | Id of the event';
COMMENT ON COLUMN usage.record_event.state IS 'taken (đã nhận) hay duplicate (trùng lặp) | taken or duplicate';
