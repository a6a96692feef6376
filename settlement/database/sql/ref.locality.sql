-- Localities by GSO codes of 2021.
-- Grain: province or district.
CREATE TABLE ref.locality (
    code       VARCHAR NOT NULL,
    name       VARCHAR NOT NULL,
    name_en    VARCHAR NOT NULL,
    province   VARCHAR,
    population BIGINT,
    source     VARCHAR NOT NULL,
    mark       VARCHAR NOT NULL
);
COMMENT ON TABLE ref.locality IS
    'Địa phương theo mã Tổng cục Thống kê 2021. | Localities by GSO codes of 2021. Grain: province or district.';
COMMENT ON COLUMN ref.locality.code IS 'Mã địa phương: hai chữ số là tỉnh, ba chữ số là quận, huyện | Code: two digits a province, three a district';
COMMENT ON COLUMN ref.locality.name IS 'Tên | Name';
COMMENT ON COLUMN ref.locality.name_en IS 'Tên không dấu hoặc tiếng Anh | English name';
COMMENT ON COLUMN ref.locality.province IS 'Mã tỉnh của quận, huyện; trống với tỉnh | Province of a district; null for a province';
COMMENT ON COLUMN ref.locality.population IS 'Dân số | Population';
COMMENT ON COLUMN ref.locality.source IS 'Tài liệu nguồn | Document it was read from';
COMMENT ON COLUMN ref.locality.mark IS 'Mức chắc chắn: stated (nêu trong nguồn), derived (suy ra), assumed (giả định) | How firmly the source supports it: stated, derived, assumed';
INSERT INTO ref.locality BY NAME
SELECT
    code, name, name_en, province, population, source, mark
FROM input.locality
ORDER BY code;
