-- Tariff plans, by version.
-- Grain: plan and version.
CREATE TABLE ref.plan (
    id          VARCHAR NOT NULL,
    carrier     VARCHAR,
    name        VARCHAR NOT NULL,
    service     VARCHAR NOT NULL,
    payment     VARCHAR,
    monthly_fee VARCHAR,
    consumption VARCHAR NOT NULL,
    valid_from  TIMESTAMP NOT NULL,
    valid_until TIMESTAMP,
    source      VARCHAR NOT NULL,
    mark        VARCHAR NOT NULL
);
COMMENT ON TABLE ref.plan IS
    'Gói cước nền (bảng giá thuê bao). | Tariff plans, by version. Grain: plan and version.';
COMMENT ON COLUMN ref.plan.id IS 'Mã gói cước | Id';
COMMENT ON COLUMN ref.plan.carrier IS 'Doanh nghiệp; trống: mọi doanh nghiệp | Carrier; null: any';
COMMENT ON COLUMN ref.plan.name IS 'Tên | Name';
COMMENT ON COLUMN ref.plan.service IS 'Dịch vụ: mobile (di động), fibre (cáp quang) | Service: mobile, fibre';
COMMENT ON COLUMN ref.plan.payment IS 'Trả trước hay trả sau | prepaid or postpaid';
COMMENT ON COLUMN ref.plan.monthly_fee IS 'Cước thuê bao tháng, đồng, đã gồm thuế GTGT, ghi bằng chữ số thập phân; cần CAST trước khi tính | Monthly fee, dong incl. VAT, as decimal text: CAST it to compute';
COMMENT ON COLUMN ref.plan.consumption IS 'Thứ tự trừ các nguồn: zero_rating (miễn cước), first (được tặng, dùng trước), bundled (lưu lượng của gói), last (được tặng, dùng sau) | Order of consumption: what covers usage first';
COMMENT ON COLUMN ref.plan.valid_from IS 'Có hiệu lực từ, giờ Việt Nam | First moment in force, Vietnam civil time';
COMMENT ON COLUMN ref.plan.valid_until IS 'Hết hiệu lực từ (không kể), trống: chưa hết | First moment no longer in force; null: open';
COMMENT ON COLUMN ref.plan.source IS 'Tài liệu nguồn | Document it was read from';
COMMENT ON COLUMN ref.plan.mark IS 'Mức chắc chắn: stated (nêu trong nguồn), derived (suy ra), assumed (giả định) | How firmly the source supports it: stated, derived, assumed';
INSERT INTO ref.plan BY NAME
SELECT
    id, carrier, name, service, payment, monthly_fee, consumption, valid_from, valid_until, source, mark
FROM input.plan
ORDER BY id, valid_from;
