-- Packs, by version.
-- Grain: pack and version.
CREATE TABLE ref.pack (
    id          VARCHAR NOT NULL,
    carrier     VARCHAR,
    name        VARCHAR NOT NULL,
    price       VARCHAR NOT NULL,
    validity    VARCHAR NOT NULL,
    proration   VARCHAR,
    renewal     VARCHAR NOT NULL,
    rank        INTEGER NOT NULL,
    payments    VARCHAR NOT NULL,
    valid_from  TIMESTAMP NOT NULL,
    valid_until TIMESTAMP,
    source      VARCHAR NOT NULL,
    mark        VARCHAR NOT NULL
);
COMMENT ON TABLE ref.pack IS
    'Gói cước (gói data, gói VX...). | Packs, by version. Grain: pack and version.';
COMMENT ON COLUMN ref.pack.id IS 'Mã gói | Id';
COMMENT ON COLUMN ref.pack.carrier IS 'Doanh nghiệp | Carrier';
COMMENT ON COLUMN ref.pack.name IS 'Tên | Name';
COMMENT ON COLUMN ref.pack.price IS 'Giá, đồng, đã gồm thuế GTGT, ghi bằng chữ số thập phân; cần CAST trước khi tính | Price, dong incl. VAT, as decimal text: CAST it to compute';
COMMENT ON COLUMN ref.pack.validity IS 'Thời hạn (hours, days, calendar_days, calendar_month, months) và các quy tắc kèm theo | Validity rule, its number and what goes with it';
COMMENT ON COLUMN ref.pack.proration IS 'Mua giữa tháng thì trả và được bao nhiêu, dạng JSON; trống: cả giá và cả lưu lượng | What a purchase within the month pays and gets, as JSON; null: all of both';
COMMENT ON COLUMN ref.pack.renewal IS 'Gia hạn khi gói còn hạn, lưu lượng còn lại, và gia hạn không thành công thì sao, dạng JSON | What a renewal does while the pack is valid, to leftover volume, and what a failed one does, as JSON';
COMMENT ON COLUMN ref.pack.rank IS 'Thứ tự trừ lưu lượng; nhỏ trừ trước | Order of consumption, lower first';
COMMENT ON COLUMN ref.pack.payments IS 'Bán cho thuê bao: prepaid (trả trước), postpaid (trả sau) | Sold to prepaid or postpaid subscribers';
COMMENT ON COLUMN ref.pack.valid_from IS 'Có hiệu lực từ, giờ Việt Nam | First moment in force, Vietnam civil time';
COMMENT ON COLUMN ref.pack.valid_until IS 'Hết hiệu lực từ (không kể), trống: chưa hết | First moment no longer in force; null: open';
COMMENT ON COLUMN ref.pack.source IS 'Tài liệu nguồn | Document it was read from';
COMMENT ON COLUMN ref.pack.mark IS 'Mức chắc chắn: stated (nêu trong nguồn), derived (suy ra), assumed (giả định) | How firmly the source supports it: stated, derived, assumed';
INSERT INTO ref.pack BY NAME
SELECT
    id, carrier, name, price, validity, proration, renewal, rank, payments, valid_from, valid_until, source, mark
FROM input.pack
ORDER BY id, valid_from;
