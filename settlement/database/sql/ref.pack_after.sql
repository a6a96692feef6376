-- What follows when a pack is used up.
-- Grain: pack version and kind.
CREATE TABLE ref.pack_after (
    pack       VARCHAR NOT NULL,
    valid_from TIMESTAMP NOT NULL,
    kind       VARCHAR NOT NULL,
    rule       VARCHAR NOT NULL,
    price      VARCHAR,
    per        VARCHAR,
    block      VARCHAR,
    source     VARCHAR,
    mark       VARCHAR
);
COMMENT ON TABLE ref.pack_after IS
    'Khi hết lưu lượng của gói. | What follows when a pack is used up. Grain: pack version and kind.';
COMMENT ON COLUMN ref.pack_after.pack IS 'Mã gói | Id of the pack';
COMMENT ON COLUMN ref.pack_after.valid_from IS 'Phiên bản có hiệu lực từ | First moment of the pack version';
COMMENT ON COLUMN ref.pack_after.kind IS 'Loại dịch vụ | Kind of usage';
COMMENT ON COLUMN ref.pack_after.rule IS 'stop (ngừng), throttle (giảm tốc độ), overage (tính cước vượt), plan (giá nền) | stop, throttle, overage or plan';
COMMENT ON COLUMN ref.pack_after.price IS 'Giá vượt gói, đồng | Overage price, dong';
COMMENT ON COLUMN ref.pack_after.per IS 'cho mỗi lượng | for so much';
COMMENT ON COLUMN ref.pack_after.block IS 'Khối tính cước | Block';
COMMENT ON COLUMN ref.pack_after.source IS 'Tài liệu nguồn; trống: nguồn của gói | Document it was read from; null: that of the pack';
COMMENT ON COLUMN ref.pack_after.mark IS 'Mức chắc chắn: stated (nêu trong nguồn), derived (suy ra), assumed (giả định); trống: như nguồn | How firmly the source supports it: stated, derived, assumed; null: as its source';
INSERT INTO ref.pack_after BY NAME
SELECT
    pack, valid_from, kind, rule, price, per, block, source, mark
FROM input.pack_after
ORDER BY pack, valid_from, kind;
