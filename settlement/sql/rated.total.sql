-- Totals by key; list value − discount = payable in each row.
-- Grain: carrier, day, home and serving province, kind and destination.
CREATE TABLE rated.total (
    carrier          VARCHAR NOT NULL,
    day              DATE NOT NULL,
    home_province    VARCHAR NOT NULL,
    serving_province VARCHAR NOT NULL,
    kind             VARCHAR NOT NULL,
    destination      VARCHAR NOT NULL,
    events           BIGINT NOT NULL,
    units            BIGINT NOT NULL,
    billed           BIGINT NOT NULL,
    bundled          BIGINT NOT NULL,
    list_value       BIGINT NOT NULL,
    discount         BIGINT NOT NULL,
    payable          BIGINT NOT NULL
);
COMMENT ON TABLE rated.total IS
    'Tổng theo khóa; giá trị − giảm trừ = phải trả ở từng dòng. | Totals by key; list value − discount = payable in each row. Grain: carrier, day, home and serving province, kind and destination.';
COMMENT ON COLUMN rated.total.carrier IS 'Doanh nghiệp | Carrier';
COMMENT ON COLUMN rated.total.day IS 'Ngày bắt đầu sự kiện | Day on which the event starts';
COMMENT ON COLUMN rated.total.home_province IS 'Mã tỉnh đăng ký; trống: không rõ | Code of the home province; empty: unknown';
COMMENT ON COLUMN rated.total.serving_province IS 'Mã tỉnh phục vụ; trống: không rõ | Code of the serving province; empty: unknown';
COMMENT ON COLUMN rated.total.kind IS 'Loại dịch vụ | Kind of usage';
COMMENT ON COLUMN rated.total.destination IS 'Lớp đích | Destination class';
COMMENT ON COLUMN rated.total.events IS 'Số sự kiện đã tính cước | Rated events';
COMMENT ON COLUMN rated.total.units IS 'Lượng thật | Units as used';
COMMENT ON COLUMN rated.total.billed IS 'Lượng tính cước, theo khối | Billed units, by blocks';
COMMENT ON COLUMN rated.total.bundled IS 'Lượng do gói bao | Units that bundles covered';
COMMENT ON COLUMN rated.total.list_value IS 'Giá trị theo giá niêm yết, đồng | List value, dong';
COMMENT ON COLUMN rated.total.discount IS 'Giảm trừ, đồng | Discount, dong';
COMMENT ON COLUMN rated.total.payable IS 'Phải trả, đồng | Payable, dong';
INSERT INTO rated.total BY NAME
SELECT
    carrier, day, home_province, serving_province, kind, destination, events, units, billed,
    bundled, list_value, discount, payable
FROM input.total
WHERE NOT superseded
ORDER BY carrier, day, home_province, serving_province, kind, destination;
