-- The catalogue in force.
-- Grain: one row.
CREATE TABLE ref.catalogue (
    id       VARCHAR NOT NULL,
    title    VARCHAR NOT NULL,
    currency VARCHAR NOT NULL,
    decimals INTEGER NOT NULL,
    digest   VARCHAR NOT NULL
);
COMMENT ON TABLE ref.catalogue IS
    'Danh mục giá đang dùng. | The catalogue in force. Grain: one row.';
COMMENT ON COLUMN ref.catalogue.id IS 'Mã danh mục | Id of the catalogue';
COMMENT ON COLUMN ref.catalogue.title IS 'Tên danh mục | Title';
COMMENT ON COLUMN ref.catalogue.currency IS 'Đồng tiền | Currency code';
COMMENT ON COLUMN ref.catalogue.decimals IS 'Số chữ số thập phân của đơn vị nhỏ nhất | Decimals of the minor unit';
COMMENT ON COLUMN ref.catalogue.digest IS 'SHA-256 của danh mục ở dạng JSON chuẩn | SHA-256 of the catalogue as canonical JSON';
INSERT INTO ref.catalogue BY NAME
SELECT
    id, title, currency, decimals, digest
FROM input.catalogue
ORDER BY id;
