-- Measures of the package.
-- Grain: measure and group of carriers.
CREATE TABLE ref.measure (
    id              VARCHAR NOT NULL,
    programme       VARCHAR NOT NULL,
    carriers        VARCHAR,
    title           VARCHAR NOT NULL,
    title_en        VARCHAR NOT NULL,
    document        VARCHAR NOT NULL,
    document_vi     VARCHAR NOT NULL,
    valid_from      TIMESTAMP NOT NULL,
    valid_until     TIMESTAMP NOT NULL,
    place_in_order  INTEGER NOT NULL,
    exclusive_group VARCHAR,
    effect          VARCHAR NOT NULL,
    cap             VARCHAR,
    scope           VARCHAR NOT NULL,
    place           VARCHAR,
    crossing        VARCHAR NOT NULL,
    interconnect    VARCHAR NOT NULL,
    source          VARCHAR NOT NULL,
    mark            VARCHAR NOT NULL
);
COMMENT ON TABLE ref.measure IS
    'Biện pháp hỗ trợ. | Measures of the package. Grain: measure and group of carriers.';
COMMENT ON COLUMN ref.measure.id IS 'Mã biện pháp | Id of the measure';
COMMENT ON COLUMN ref.measure.programme IS 'Chương trình: ref.programme.id | Programme: ref.programme.id';
COMMENT ON COLUMN ref.measure.carriers IS 'Doanh nghiệp áp dụng, cách bởi dấu phẩy; trống: tất cả | Carriers it is for, joined by commas; null: any';
COMMENT ON COLUMN ref.measure.title IS 'Tên biện pháp | Title';
COMMENT ON COLUMN ref.measure.title_en IS 'Tên tiếng Anh | English title';
COMMENT ON COLUMN ref.measure.document IS 'Văn bản | Document';
COMMENT ON COLUMN ref.measure.document_vi IS 'Văn bản, bằng tiếng Việt; trống: như document | Document, in Vietnamese; empty: as document';
COMMENT ON COLUMN ref.measure.valid_from IS 'Có hiệu lực từ | First moment in force';
COMMENT ON COLUMN ref.measure.valid_until IS 'Hết hiệu lực từ (không kể) | First moment no longer in force';
COMMENT ON COLUMN ref.measure.place_in_order IS 'Thứ tự áp dụng trong chương trình | Declared order inside its programme';
COMMENT ON COLUMN ref.measure.exclusive_group IS 'Nhóm loại trừ: trong nhóm, chỉ biện pháp đầu tiên có tác dụng được áp dụng; trống: không | Exclusive group: of it only the first measure that has an effect applies; null: none';
COMMENT ON COLUMN ref.measure.effect IS 'Tác dụng, JSON | What it does, JSON';
COMMENT ON COLUMN ref.measure.cap IS 'Mức trần của giảm trừ, JSON: amount (đồng), per (event, owner), over (period, programme); trống: không | Most that it takes off, JSON; null: no bound';
COMMENT ON COLUMN ref.measure.scope IS 'Phạm vi, JSON | For which events and whom, JSON';
COMMENT ON COLUMN ref.measure.place IS 'Điều kiện nơi chốn, JSON | Condition on the place, JSON';
COMMENT ON COLUMN ref.measure.crossing IS 'Cách xử lý khi vượt mốc thời gian | How events that cross a boundary count';
COMMENT ON COLUMN ref.measure.interconnect IS 'Cước kết nối của phần được hỗ trợ: due (phải trả), waived (được miễn) | Interconnection of what it relieves: due, waived';
COMMENT ON COLUMN ref.measure.source IS 'Tài liệu nguồn | Document it was read from';
COMMENT ON COLUMN ref.measure.mark IS 'Mức chắc chắn: stated (nêu trong nguồn), derived (suy ra), assumed (giả định) | How firmly the source supports it: stated, derived, assumed';
INSERT INTO ref.measure BY NAME
SELECT
    id, programme, carriers, title, title_en, document, document_vi, valid_from, valid_until, place_in_order,
    exclusive_group, effect, cap, scope, place, crossing, interconnect, source, mark
FROM input.measure
ORDER BY id, place_in_order, carriers;
