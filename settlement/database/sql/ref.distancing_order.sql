-- Distancing orders by locality.
-- Grain: order and locality.
CREATE TABLE ref.distancing_order (
    id          VARCHAR NOT NULL,
    directive   INTEGER NOT NULL,
    locality    VARCHAR NOT NULL,
    valid_from  TIMESTAMP NOT NULL,
    valid_until TIMESTAMP NOT NULL,
    source      VARCHAR NOT NULL,
    mark        VARCHAR NOT NULL
);
COMMENT ON TABLE ref.distancing_order IS
    'Lệnh giãn cách theo địa phương. | Distancing orders by locality. Grain: order and locality.';
COMMENT ON COLUMN ref.distancing_order.id IS 'Mã lệnh | Id of the order';
COMMENT ON COLUMN ref.distancing_order.directive IS 'Số chỉ thị (16, 15) | Number of the directive';
COMMENT ON COLUMN ref.distancing_order.locality IS 'Mã địa phương | Code of the locality';
COMMENT ON COLUMN ref.distancing_order.valid_from IS 'Bắt đầu, giờ Việt Nam | Start, Vietnam civil time';
COMMENT ON COLUMN ref.distancing_order.valid_until IS 'Kết thúc (không kể) | End, exclusive';
COMMENT ON COLUMN ref.distancing_order.source IS 'Tài liệu nguồn | Document it was read from';
COMMENT ON COLUMN ref.distancing_order.mark IS 'Mức chắc chắn: stated (nêu trong nguồn), derived (suy ra), assumed (giả định) | How firmly the source supports it: stated, derived, assumed';
INSERT INTO ref.distancing_order BY NAME
SELECT
    id, directive, locality, valid_from, valid_until, source, mark
FROM input.distancing_order
ORDER BY id, locality;
