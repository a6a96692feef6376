-- Prices of a plan, a row a step.
-- Grain: plan version, rate, destination and step.
CREATE TABLE ref.rate (
    plan              VARCHAR NOT NULL,
    valid_from        TIMESTAMP NOT NULL,
    rate              INTEGER NOT NULL,
    kind              VARCHAR NOT NULL,
    destination       VARCHAR NOT NULL,
    step              INTEGER NOT NULL,
    start_unit        BIGINT NOT NULL,
    block             BIGINT NOT NULL,
    price_numerator   BIGINT NOT NULL,
    price_denominator BIGINT NOT NULL,
    connect_fee       VARCHAR NOT NULL,
    rounding          VARCHAR NOT NULL,
    hours             VARCHAR,
    beyond            VARCHAR
);
COMMENT ON TABLE ref.rate IS
    'Giá cước theo bước của gói cước nền. | Prices of a plan, a row a step. Grain: plan version, rate, destination and step.';
COMMENT ON COLUMN ref.rate.plan IS 'Mã gói cước nền | Id of the plan';
COMMENT ON COLUMN ref.rate.valid_from IS 'Phiên bản có hiệu lực từ | First moment of the plan version';
COMMENT ON COLUMN ref.rate.rate IS 'Thứ tự giá trong phiên bản | Number of the rate in its version';
COMMENT ON COLUMN ref.rate.kind IS 'Loại dịch vụ | Kind of usage';
COMMENT ON COLUMN ref.rate.destination IS 'Lớp đích | Destination class';
COMMENT ON COLUMN ref.rate.step IS 'Thứ tự bước | Number of the step';
COMMENT ON COLUMN ref.rate.start_unit IS 'Bước bắt đầu từ đơn vị (mi-li-giây, byte, tin) | Unit at which the step starts (ms, bytes, messages)';
COMMENT ON COLUMN ref.rate.block IS 'Khối tính cước, đơn vị | Block, units';
COMMENT ON COLUMN ref.rate.price_numerator IS 'Tử số của giá một đơn vị, đồng | Numerator of the exact price of a unit, dong';
COMMENT ON COLUMN ref.rate.price_denominator IS 'Mẫu số của giá một đơn vị | Denominator of it';
COMMENT ON COLUMN ref.rate.connect_fee IS 'Phí thiết lập cuộc gọi, đồng, ghi bằng chữ số thập phân; cần CAST trước khi tính | Connect fee, dong, as decimal text: CAST it to compute';
COMMENT ON COLUMN ref.rate.rounding IS 'Cách làm tròn, một lần cho mỗi sự kiện | Rounding, once an event';
COMMENT ON COLUMN ref.rate.hours IS 'Khung giờ áp dụng; trống: cả ngày | Hours in which it holds; null: all';
COMMENT ON COLUMN ref.rate.beyond IS 'Giới hạn của bước cuối | Bound of the last step';
INSERT INTO ref.rate BY NAME
SELECT
    plan, valid_from, rate, kind, destination, step, start_unit, block, price_numerator,
    price_denominator, connect_fee, rounding, hours, beyond
FROM input.rate
ORDER BY plan, valid_from, rate, destination, step;
