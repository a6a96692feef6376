-- Relief by key, measure and nature.
-- Grain: key of rated.total, measure and nature.
CREATE TABLE rated.relief_total (
    carrier          VARCHAR NOT NULL,
    day              DATE NOT NULL,
    home_province    VARCHAR NOT NULL,
    serving_province VARCHAR NOT NULL,
    kind             VARCHAR NOT NULL,
    destination      VARCHAR NOT NULL,
    measure          VARCHAR NOT NULL,
    nature           VARCHAR NOT NULL,
    events           BIGINT NOT NULL,
    units            BIGINT NOT NULL,
    amount           BIGINT NOT NULL
);
COMMENT ON TABLE rated.relief_total IS
    'Tổng hỗ trợ theo khóa, biện pháp và tính chất. | Relief by key, measure and nature. Grain: key of rated.total, measure and nature.';
COMMENT ON COLUMN rated.relief_total.carrier IS 'Doanh nghiệp | Carrier';
COMMENT ON COLUMN rated.relief_total.day IS 'Ngày bắt đầu sự kiện | Day on which the event starts';
COMMENT ON COLUMN rated.relief_total.home_province IS 'Mã tỉnh đăng ký; trống: không rõ | Code of the home province; empty: unknown';
COMMENT ON COLUMN rated.relief_total.serving_province IS 'Mã tỉnh phục vụ; trống: không rõ | Code of the serving province; empty: unknown';
COMMENT ON COLUMN rated.relief_total.kind IS 'Loại dịch vụ | Kind of usage';
COMMENT ON COLUMN rated.relief_total.destination IS 'Lớp đích | Destination class';
COMMENT ON COLUMN rated.relief_total.measure IS 'Biện pháp | Measure';
COMMENT ON COLUMN rated.relief_total.nature IS 'Tính chất: discount, in_kind, contribution, forbearance | Nature: discount, in_kind, contribution, forbearance';
COMMENT ON COLUMN rated.relief_total.events IS 'Số dòng hỗ trợ | Relief lines';
COMMENT ON COLUMN rated.relief_total.units IS 'Lượng được hỗ trợ | Units relieved';
COMMENT ON COLUMN rated.relief_total.amount IS 'Số tiền, đồng | Amount, dong';
INSERT INTO rated.relief_total BY NAME
SELECT
    carrier, day, home_province, serving_province, kind, destination, measure, nature, events,
    units, amount
FROM input.relief_total
WHERE NOT superseded
ORDER BY carrier, day, home_province, serving_province, kind, destination, measure, nature;
