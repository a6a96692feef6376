-- Number prefixes and the network that owns them.
-- Grain: prefix and number of digits.
CREATE TABLE ref.prefix (
    prefix  VARCHAR NOT NULL,
    network VARCHAR NOT NULL,
    digits  INTEGER,
    source  VARCHAR NOT NULL,
    mark    VARCHAR NOT NULL
);
COMMENT ON TABLE ref.prefix IS
    'Đầu số và mạng sở hữu. | Number prefixes and the network that owns them. Grain: prefix and number of digits.';
COMMENT ON COLUMN ref.prefix.prefix IS 'Các chữ số đầu, không có 0 hay 84 | First national digits, without 0 or 84';
COMMENT ON COLUMN ref.prefix.network IS 'Mạng | Network';
COMMENT ON COLUMN ref.prefix.digits IS 'Số chữ số của cả số thuê bao; trống: bao nhiêu cũng được | National digits of the whole number; null: any';
COMMENT ON COLUMN ref.prefix.source IS 'Tài liệu nguồn | Document it was read from';
COMMENT ON COLUMN ref.prefix.mark IS 'Mức chắc chắn: stated (nêu trong nguồn), derived (suy ra), assumed (giả định) | How firmly the source supports it: stated, derived, assumed';
INSERT INTO ref.prefix BY NAME
SELECT
    prefix, network, digits, source, mark
FROM input.prefix
ORDER BY prefix;
