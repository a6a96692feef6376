-- Source files taken in, with their accounting: rows = taken + duplicates + suspended + filtered.
-- Grain: source file.
CREATE TABLE usage.source_file (
    source_file    INTEGER NOT NULL,
    part           VARCHAR NOT NULL,
    floor          VARCHAR NOT NULL,
    name           VARCHAR NOT NULL,
    size           BIGINT,
    sha256         VARCHAR NOT NULL,
    mapping        VARCHAR NOT NULL,
    mapping_sha256 VARCHAR NOT NULL,
    kind           VARCHAR NOT NULL,
    rows           BIGINT NOT NULL,
    taken          BIGINT NOT NULL,
    duplicates     BIGINT NOT NULL,
    suspended      BIGINT NOT NULL,
    filtered       BIGINT NOT NULL,
    reasons        VARCHAR NOT NULL,
    filters        VARCHAR NOT NULL
);
COMMENT ON TABLE usage.source_file IS
    'Tệp nguồn đã nhận và số bản ghi của từng tệp: rows = taken + duplicates + suspended + filtered. | Source files taken in, with their accounting: rows = taken + duplicates + suspended + filtered. Grain: source file.';
COMMENT ON COLUMN usage.source_file.source_file IS 'Số thứ tự tệp trong kho này | Number of the file in this store';
COMMENT ON COLUMN usage.source_file.part IS 'Mã lần nhận | Id of the intake';
COMMENT ON COLUMN usage.source_file.floor IS 'usage (sử dụng) hay master (dữ liệu chủ) | usage or master';
COMMENT ON COLUMN usage.source_file.name IS 'Tên tệp | Name of the file';
COMMENT ON COLUMN usage.source_file.size IS 'Kích thước, byte | Size, bytes';
COMMENT ON COLUMN usage.source_file.sha256 IS 'SHA-256 của tệp | SHA-256 of the file';
COMMENT ON COLUMN usage.source_file.mapping IS 'Ánh xạ đã dùng | Mapping by which it was read';
COMMENT ON COLUMN usage.source_file.mapping_sha256 IS 'SHA-256 của ánh xạ | SHA-256 of the mapping';
COMMENT ON COLUMN usage.source_file.kind IS 'Loại dữ liệu của tệp | What the file holds';
COMMENT ON COLUMN usage.source_file.rows IS 'Số bản ghi, không kể dòng tiêu đề | Records, a header not counted';
COMMENT ON COLUMN usage.source_file.taken IS 'Đã nhận | Taken';
COMMENT ON COLUMN usage.source_file.duplicates IS 'Trùng lặp | Duplicates';
COMMENT ON COLUMN usage.source_file.suspended IS 'Bị treo | Suspended';
COMMENT ON COLUMN usage.source_file.filtered IS 'Bỏ qua theo quy tắc có tên | Filtered by a named rule';
COMMENT ON COLUMN usage.source_file.reasons IS 'Lý do treo và số bản ghi, JSON | Reasons of suspense with their counts, JSON';
COMMENT ON COLUMN usage.source_file.filters IS 'Quy tắc bỏ qua và số bản ghi, JSON | Filter rules with their counts, JSON';
INSERT INTO usage.source_file BY NAME
SELECT
    source_file, part, floor, name, size, sha256, mapping, mapping_sha256, kind, rows, taken,
    duplicates, suspended, filtered, reasons, filters
FROM input.source_file
ORDER BY source_file;
