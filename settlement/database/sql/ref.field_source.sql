-- Fields that another document gives than the one of their row.
-- Grain: table, entry, version, carriers and field.
CREATE TABLE ref.field_source (
    in_table   VARCHAR NOT NULL,
    entry      VARCHAR NOT NULL,
    valid_from TIMESTAMP,
    carriers   VARCHAR,
    field      VARCHAR NOT NULL,
    source     VARCHAR NOT NULL,
    mark       VARCHAR NOT NULL
);
COMMENT ON TABLE ref.field_source IS
    'Giá trị lấy từ tài liệu khác với tài liệu của cả dòng. | Fields that another document gives than the one of their row. Grain: table, entry, version, carriers and field.';
COMMENT ON COLUMN ref.field_source.in_table IS 'Bảng trong ref | Table of ref';
COMMENT ON COLUMN ref.field_source.entry IS 'Dòng nào: mã của nó, hoặc các cột làm mã, cách bởi dấu cách | Which row: its id, or the columns that make one, joined by spaces';
COMMENT ON COLUMN ref.field_source.valid_from IS 'Phiên bản có hiệu lực từ; trống: bảng không có ngày | First moment of the version; null: not dated';
COMMENT ON COLUMN ref.field_source.carriers IS 'Doanh nghiệp, khi một mã có dòng riêng cho từng nhóm; trống: tất cả | Carriers, where an id has a row for each group; null: any';
COMMENT ON COLUMN ref.field_source.field IS 'Tên giá trị, như trong tệp danh mục | The field, as the file of the catalogue names it';
COMMENT ON COLUMN ref.field_source.source IS 'Tài liệu nguồn | Document it was read from';
COMMENT ON COLUMN ref.field_source.mark IS 'Mức chắc chắn: stated (nêu trong nguồn), derived (suy ra), assumed (giả định) | How firmly the source supports it: stated, derived, assumed';
INSERT INTO ref.field_source BY NAME
SELECT
    in_table, entry, valid_from, carriers, field, source, mark
FROM input.field_source
ORDER BY in_table, entry, valid_from, carriers, field;
