-- How each envelope is used up by day, in whole million dong: the exact sum of a day, less the cells
-- that are told of it, would be the sum of those that are not.
-- Grain: programme, carrier where each has a part of its own, and day.
CREATE TABLE settlement.burn_down (
    period             VARCHAR NOT NULL,
    programme          VARCHAR NOT NULL,
    carrier            VARCHAR,
    day                DATE NOT NULL,
    relief             BIGINT NOT NULL,
    recognised         BIGINT NOT NULL,
    recognised_to_date BIGINT NOT NULL,
    remaining          BIGINT NOT NULL,
    runs_out           DATE
);
COMMENT ON TABLE settlement.burn_down IS
    'Giá trị chương trình được dùng dần theo ngày, làm tròn đến triệu đồng. | How each envelope is used up by day, in whole million dong. Grain: programme, carrier where each has a part of its own, and day.';
COMMENT ON COLUMN settlement.burn_down.period IS 'Kỳ, YYYY-MM | Period, YYYY-MM';
COMMENT ON COLUMN settlement.burn_down.programme IS 'Chương trình: ref.programme.id | Programme: ref.programme.id';
COMMENT ON COLUMN settlement.burn_down.carrier IS 'Doanh nghiệp có phần riêng; trống: giá trị chung | Carrier whose part it is; null: the envelope is common';
COMMENT ON COLUMN settlement.burn_down.day IS 'Ngày sự kiện bắt đầu, giờ Việt Nam | Day of the event''s start, Vietnam civil time';
COMMENT ON COLUMN settlement.burn_down.relief IS 'Hỗ trợ tính vào giá trị chương trình trong ngày, đồng, tròn triệu | Relief of the day that counts against the envelope, dong, in whole millions';
COMMENT ON COLUMN settlement.burn_down.recognised IS 'Được ghi nhận trong ngày, đồng, tròn triệu | Recognised of the day, dong, in whole millions';
COMMENT ON COLUMN settlement.burn_down.recognised_to_date IS 'Được ghi nhận, lũy kế đến hết ngày, đồng, tròn triệu | Recognised to date, when the day ends, dong, in whole millions';
COMMENT ON COLUMN settlement.burn_down.remaining IS 'Còn lại khi hết ngày, đồng, tròn triệu | Left when the day ends, dong, in whole millions';
COMMENT ON COLUMN settlement.burn_down.runs_out IS 'Ngày hết giá trị, hoặc ngày dự báo; trống: không có | Day on which nothing is left, or its forecast; null: none';
INSERT INTO settlement.burn_down BY NAME
SELECT
    period, programme, carrier, day,
    (relief + 500000) // 1000000 * 1000000 AS relief,
    (recognised + 500000) // 1000000 * 1000000 AS recognised,
    (recognised_to_date + 500000) // 1000000 * 1000000 AS recognised_to_date,
    (remaining + 500000) // 1000000 * 1000000 AS remaining,
    runs_out
FROM input.burn_down
ORDER BY period, programme, carrier, day;
