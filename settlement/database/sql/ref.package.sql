-- The relief package in force.
-- Grain: one row.
CREATE TABLE ref.package (
    id        VARCHAR NOT NULL,
    title     VARCHAR NOT NULL,
    title_en  VARCHAR NOT NULL,
    author    VARCHAR NOT NULL,
    reference VARCHAR NOT NULL,
    baseline  VARCHAR NOT NULL,
    digest    VARCHAR NOT NULL
);
COMMENT ON TABLE ref.package IS
    'Gói hỗ trợ đang áp dụng. | The relief package in force. Grain: one row.';
COMMENT ON COLUMN ref.package.id IS 'Mã gói hỗ trợ | Id of the package';
COMMENT ON COLUMN ref.package.title IS 'Tên | Title';
COMMENT ON COLUMN ref.package.title_en IS 'Tên tiếng Anh | English title';
COMMENT ON COLUMN ref.package.author IS 'Người soạn dữ liệu | Author of the data';
COMMENT ON COLUMN ref.package.reference IS 'Văn bản công bố | Document of reference';
COMMENT ON COLUMN ref.package.baseline IS 'Danh mục giá nền | The catalogue it is a patch over';
COMMENT ON COLUMN ref.package.digest IS 'SHA-256 của gói với các cách đọc đã chọn | SHA-256 of the package with its readings in place';
INSERT INTO ref.package BY NAME
SELECT
    id, title, title_en, author, reference, baseline, digest
FROM input.package
ORDER BY id;
