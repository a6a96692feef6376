-- Records that said again what was known.
-- Grain: source file and row.
CREATE TABLE usage.duplicate (
    source_file INTEGER NOT NULL,
    row         BIGINT NOT NULL,
    event_id    UUID
);
COMMENT ON TABLE usage.duplicate IS
    'Bản ghi nói lại điều đã biết. | Records that said again what was known. Grain: source file and row.';
COMMENT ON COLUMN usage.duplicate.source_file IS 'Tệp nguồn | Source file';
COMMENT ON COLUMN usage.duplicate.row IS 'Bản ghi thứ mấy của tệp | Record of that file, from 1';
COMMENT ON COLUMN usage.duplicate.event_id IS 'Sự kiện đã biết; trống: dữ liệu chủ | The event that was known; null: master data';
INSERT INTO usage.duplicate BY NAME
SELECT
    source_file, row, event_id
FROM input.duplicate
ORDER BY source_file, row;
