-- Interconnect prices, excl. VAT.
-- Grain: direction and version.
CREATE TABLE ref.interconnect_price (
    from_service VARCHAR NOT NULL,
    to_service   VARCHAR NOT NULL,
    to_carriers  VARCHAR,
    price        VARCHAR NOT NULL,
    per          VARCHAR NOT NULL,
    valid_from   TIMESTAMP NOT NULL,
    valid_until  TIMESTAMP,
    source       VARCHAR NOT NULL,
    mark         VARCHAR NOT NULL
);
COMMENT ON TABLE ref.interconnect_price IS
    'Giá cước kết nối, chưa gồm thuế GTGT. | Interconnect prices, excl. VAT. Grain: direction and version.';
COMMENT ON COLUMN ref.interconnect_price.from_service IS 'Từ mạng di động hay cố định | From mobile or fixed';
COMMENT ON COLUMN ref.interconnect_price.to_service IS 'Đến mạng di động hay cố định | To mobile or fixed';
COMMENT ON COLUMN ref.interconnect_price.to_carriers IS 'Doanh nghiệp nhận cuộc gọi; trống: mọi doanh nghiệp | Terminating carriers; null: any';
COMMENT ON COLUMN ref.interconnect_price.price IS 'Giá, đồng, ghi bằng chữ số thập phân; cần CAST trước khi tính | Price, dong, as decimal text: CAST it to compute';
COMMENT ON COLUMN ref.interconnect_price.per IS 'cho mỗi lượng | for so much';
COMMENT ON COLUMN ref.interconnect_price.valid_from IS 'Có hiệu lực từ, giờ Việt Nam | First moment in force, Vietnam civil time';
COMMENT ON COLUMN ref.interconnect_price.valid_until IS 'Hết hiệu lực từ (không kể), trống: chưa hết | First moment no longer in force; null: open';
COMMENT ON COLUMN ref.interconnect_price.source IS 'Tài liệu nguồn | Document it was read from';
COMMENT ON COLUMN ref.interconnect_price.mark IS 'Mức chắc chắn: stated (nêu trong nguồn), derived (suy ra), assumed (giả định) | How firmly the source supports it: stated, derived, assumed';
INSERT INTO ref.interconnect_price BY NAME
SELECT
    from_service, to_service, to_carriers, price, per, valid_from, valid_until, source, mark
FROM input.interconnect_price
ORDER BY from_service, to_service, to_carriers, valid_from;
