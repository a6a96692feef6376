-- Distancing orders taken in from documents; the rows that stand. Those that hold are in ref.distancing_order.
-- Grain: order and locality.
CREATE TABLE usage.distancing_order (
    order_id    VARCHAR NOT NULL,
    locality    VARCHAR NOT NULL,
    directive   BIGINT NOT NULL,
    valid_from  TIMESTAMP NOT NULL,
    valid_until TIMESTAMP,
    document    VARCHAR NOT NULL
);
COMMENT ON TABLE usage.distancing_order IS
    'Chỉ thị giãn cách nhận vào từ văn bản; chỉ những dòng còn hiệu lực. Chỉ thị được áp dụng nằm trong ref.distancing_order. | Distancing orders taken in from documents; the rows that stand. Those that hold are in ref.distancing_order. Grain: order and locality.';
COMMENT ON COLUMN usage.distancing_order.order_id IS 'Số của chỉ thị | Number of the order';
COMMENT ON COLUMN usage.distancing_order.locality IS 'Mã địa phương | Code of the locality';
COMMENT ON COLUMN usage.distancing_order.directive IS 'Chỉ thị số | Directive';
COMMENT ON COLUMN usage.distancing_order.valid_from IS 'Từ, giờ Việt Nam | From, Vietnam civil time';
COMMENT ON COLUMN usage.distancing_order.valid_until IS 'Đến (không kể), giờ Việt Nam; trống: chưa định | Until, exclusive, Vietnam civil time; null: until further notice';
COMMENT ON COLUMN usage.distancing_order.document IS 'Văn bản | Document';
INSERT INTO usage.distancing_order BY NAME
SELECT
    order_id, locality, directive, valid_from, valid_until, document
FROM input.master_order
ORDER BY order_id, locality, directive;
