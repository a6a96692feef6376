-- Numbers dialled as they stand.
-- Grain: short code.
CREATE TABLE ref.short_code (
    code    VARCHAR NOT NULL,
    network VARCHAR NOT NULL,
    source  VARCHAR NOT NULL,
    mark    VARCHAR NOT NULL
);
COMMENT ON TABLE ref.short_code IS
    'Số ngắn. | Numbers dialled as they stand. Grain: short code.';
COMMENT ON COLUMN ref.short_code.code IS 'Số ngắn | Short code';
COMMENT ON COLUMN ref.short_code.network IS 'Loại dịch vụ | Class of it';
COMMENT ON COLUMN ref.short_code.source IS 'Tài liệu nguồn | Document it was read from';
COMMENT ON COLUMN ref.short_code.mark IS 'Mức chắc chắn: stated (nêu trong nguồn), derived (suy ra), assumed (giả định) | How firmly the source supports it: stated, derived, assumed';
INSERT INTO ref.short_code BY NAME
SELECT
    code, network, source, mark
FROM input.short_code
ORDER BY code;
