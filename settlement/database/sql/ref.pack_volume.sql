-- Volumes that a pack includes.
-- Grain: pack version and volume.
CREATE TABLE ref.pack_volume (
    pack         VARCHAR NOT NULL,
    valid_from   TIMESTAMP NOT NULL,
    volume       INTEGER NOT NULL,
    kind         VARCHAR NOT NULL,
    destinations VARCHAR NOT NULL,
    units        BIGINT NOT NULL,
    per          VARCHAR NOT NULL,
    counts       VARCHAR NOT NULL,
    hours        VARCHAR,
    calls        VARCHAR,
    source       VARCHAR,
    mark         VARCHAR
);
COMMENT ON TABLE ref.pack_volume IS
    'Lưu lượng có trong gói. | Volumes that a pack includes. Grain: pack version and volume.';
COMMENT ON COLUMN ref.pack_volume.pack IS 'Mã gói | Id of the pack';
COMMENT ON COLUMN ref.pack_volume.valid_from IS 'Phiên bản có hiệu lực từ | First moment of the pack version';
COMMENT ON COLUMN ref.pack_volume.volume IS 'Thứ tự lưu lượng trong gói | Number of the volume in the pack';
COMMENT ON COLUMN ref.pack_volume.kind IS 'Loại dịch vụ; any: mọi loại (chỉ với tiền) | Kind of usage; any: all (of money only)';
COMMENT ON COLUMN ref.pack_volume.destinations IS 'Các lớp đích, cách bởi dấu phẩy | Destination classes, joined by commas';
COMMENT ON COLUMN ref.pack_volume.units IS 'Lượng (mi-li-giây, byte, tin; tiền: đơn vị nhỏ nhất) | Units (ms, bytes, messages; of money: minor units)';
COMMENT ON COLUMN ref.pack_volume.per IS 'pack: cả gói; day: mỗi ngày; cycle: mỗi chu kỳ | pack: for the whole pack; day: each day; cycle: each cycle';
COMMENT ON COLUMN ref.pack_volume.counts IS 'billed: trừ theo khối; raw: trừ lượng thật; money: tiền trả cước | billed: by blocks; raw: as used; money: pays charges';
COMMENT ON COLUMN ref.pack_volume.hours IS 'Khung giờ | Hours of use';
COMMENT ON COLUMN ref.pack_volume.calls IS 'Chỉ cho cuộc gọi nào, dạng JSON; trống: mọi cuộc | Of which calls only, as JSON; null: of all';
COMMENT ON COLUMN ref.pack_volume.source IS 'Tài liệu nguồn; trống: nguồn của gói | Document it was read from; null: that of the pack';
COMMENT ON COLUMN ref.pack_volume.mark IS 'Mức chắc chắn: stated (nêu trong nguồn), derived (suy ra), assumed (giả định); trống: như nguồn | How firmly the source supports it: stated, derived, assumed; null: as its source';
INSERT INTO ref.pack_volume BY NAME
SELECT
    pack, valid_from, volume, kind, destinations, units, per, counts, hours, calls, source, mark
FROM input.pack_volume
ORDER BY pack, valid_from, volume;
