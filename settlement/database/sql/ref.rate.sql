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
    flat              VARCHAR NOT NULL,
    model             VARCHAR NOT NULL,
    connect_fee       VARCHAR NOT NULL,
    connect_rule      VARCHAR NOT NULL,
    minimum_charge    VARCHAR,
    maximum_charge    VARCHAR,
    zero_units        VARCHAR NOT NULL,
    rounding          VARCHAR NOT NULL,
    round_to          VARCHAR,
    days              VARCHAR,
    hours             VARCHAR,
    crossing          VARCHAR NOT NULL,
    coverage_rule     VARCHAR NOT NULL,
    beyond            VARCHAR,
    source            VARCHAR,
    mark              VARCHAR
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
COMMENT ON COLUMN ref.rate.flat IS 'Khoản cố định của bước, thu một lần, đồng, ghi bằng chữ số thập phân | Flat amount of the step, due once, dong, as decimal text';
COMMENT ON COLUMN ref.rate.model IS 'Mô hình giá: graduated (từng bậc), volume (mọi đơn vị theo bậc của đơn vị cuối), package (theo gói đơn vị), percentage (phần trăm), flat (một giá mỗi sự kiện) | Charge model';
COMMENT ON COLUMN ref.rate.connect_fee IS 'Phí thiết lập cuộc gọi, đồng, ghi bằng chữ số thập phân; cần CAST trước khi tính | Connect fee, dong, as decimal text: CAST it to compute';
COMMENT ON COLUMN ref.rate.connect_rule IS 'Khi nào thu phí thiết lập: if_any_charged hoặc always | When the connect fee is due';
COMMENT ON COLUMN ref.rate.minimum_charge IS 'Cước tối thiểu của một sự kiện có cước; trống: không | Least charge of an event that costs anything; null: none';
COMMENT ON COLUMN ref.rate.maximum_charge IS 'Cước tối đa của một sự kiện; trống: không | Most that an event costs; null: no bound';
COMMENT ON COLUMN ref.rate.zero_units IS 'Sự kiện không có đơn vị: free (miễn phí) hoặc charged (thu khoản cố định của bước đầu) | An event of no units: free, or the first step''s flat amount';
COMMENT ON COLUMN ref.rate.rounding IS 'Cách làm tròn, một lần cho mỗi sự kiện | Rounding, once an event';
COMMENT ON COLUMN ref.rate.round_to IS 'Cước là bội số của, đồng; trống: một đồng | A charge is a multiple of this, dong; null: of one';
COMMENT ON COLUMN ref.rate.days IS 'Ngày áp dụng; trống: mọi ngày | Days on which it holds; null: all';
COMMENT ON COLUMN ref.rate.hours IS 'Khung giờ áp dụng; trống: cả ngày | Hours in which it holds; null: all';
COMMENT ON COLUMN ref.rate.crossing IS 'Cuộc gọi qua hai khung giờ: by_start (theo lúc bắt đầu), split_time (từng mi-li-giây theo khung), split_apart (mỗi phần tính khối riêng) | A call across time bands';
COMMENT ON COLUMN ref.rate.coverage_rule IS 'Phần còn lại sau ưu đãi: continue, restart hoặc restart_raw | How what nothing covers is billed';
COMMENT ON COLUMN ref.rate.beyond IS 'Giới hạn của bước cuối | Bound of the last step';
COMMENT ON COLUMN ref.rate.source IS 'Tài liệu nguồn; trống: nguồn của gói cước nền | Document it was read from; null: that of the plan';
COMMENT ON COLUMN ref.rate.mark IS 'Mức chắc chắn: stated (nêu trong nguồn), derived (suy ra), assumed (giả định); trống: như nguồn | How firmly the source supports it: stated, derived, assumed; null: as its source';
INSERT INTO ref.rate BY NAME
SELECT
    plan, valid_from, rate, kind, destination, step, start_unit, block, price_numerator,
    price_denominator, flat, model, connect_fee, connect_rule, minimum_charge, maximum_charge,
    zero_units, rounding, round_to, days, hours, crossing, coverage_rule, beyond, source, mark
FROM input.rate
ORDER BY plan, valid_from, rate, destination, step;
