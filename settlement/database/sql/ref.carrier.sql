-- Carriers.
-- Grain: carrier.
CREATE TABLE ref.carrier (
    id      VARCHAR NOT NULL,
    name    VARCHAR NOT NULL,
    name_en VARCHAR NOT NULL,
    mobile  BOOLEAN NOT NULL,
    fixed   BOOLEAN NOT NULL,
    share   VARCHAR,
    source  VARCHAR NOT NULL,
    mark    VARCHAR NOT NULL
);
COMMENT ON TABLE ref.carrier IS
    'Doanh nghiệp viễn thông. | Carriers. Grain: carrier.';
COMMENT ON COLUMN ref.carrier.id IS 'Mã doanh nghiệp | Id';
COMMENT ON COLUMN ref.carrier.name IS 'Tên tiếng Việt | Vietnamese name';
COMMENT ON COLUMN ref.carrier.name_en IS 'Tên tiếng Anh | English name';
COMMENT ON COLUMN ref.carrier.mobile IS 'Có mạng di động | Has a mobile network';
COMMENT ON COLUMN ref.carrier.fixed IS 'Có mạng cố định | Has a fixed network';
COMMENT ON COLUMN ref.carrier.share IS 'Thị phần thuê bao di động, phần trăm | Share of mobile subscribers, per cent';
COMMENT ON COLUMN ref.carrier.source IS 'Tài liệu nguồn | Document it was read from';
COMMENT ON COLUMN ref.carrier.mark IS 'Mức chắc chắn: stated (nêu trong nguồn), derived (suy ra), assumed (giả định) | How firmly the source supports it: stated, derived, assumed';
INSERT INTO ref.carrier BY NAME
SELECT
    id, name, name_en, mobile, fixed, share, source, mark
FROM input.carrier
ORDER BY id;
