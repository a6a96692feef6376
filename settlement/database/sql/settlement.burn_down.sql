-- What each envelope recognises day by day, what is left, and a forecast of the day it runs out.
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
    'Giá trị chương trình được dùng dần theo ngày. | How each envelope is used up by day. Grain: programme, carrier where each has a part of its own, and day.';
COMMENT ON COLUMN settlement.burn_down.period IS 'Kỳ, YYYY-MM | Period, YYYY-MM';
COMMENT ON COLUMN settlement.burn_down.programme IS 'Chương trình: ref.programme.id | Programme: ref.programme.id';
COMMENT ON COLUMN settlement.burn_down.carrier IS 'Doanh nghiệp có phần riêng; trống: giá trị chung | Carrier whose part it is; null: the envelope is common';
COMMENT ON COLUMN settlement.burn_down.day IS 'Ngày sự kiện bắt đầu, giờ Việt Nam | Day of the event''s start, Vietnam civil time';
COMMENT ON COLUMN settlement.burn_down.relief IS 'Hỗ trợ tính vào giá trị chương trình trong ngày, đồng | Relief of the day that counts against the envelope, dong';
COMMENT ON COLUMN settlement.burn_down.recognised IS 'Được ghi nhận trong ngày, đồng | Recognised of the day, dong';
COMMENT ON COLUMN settlement.burn_down.recognised_to_date IS 'Được ghi nhận, lũy kế đến hết ngày, đồng | Recognised to date, when the day ends, dong';
COMMENT ON COLUMN settlement.burn_down.remaining IS 'Còn lại khi hết ngày, đồng | Left when the day ends, dong';
COMMENT ON COLUMN settlement.burn_down.runs_out IS 'Ngày hết giá trị, hoặc ngày dự báo theo mức bình quân từ ngày đầu có hỗ trợ của kỳ; trống: chưa có hỗ trợ, đã hết từ kỳ trước, hoặc còn hơn một trăm năm | Day on which nothing is left, or its forecast by the mean since the period''s first day with relief; null: no relief yet, used up before the period, or more than a century away';
INSERT INTO settlement.burn_down BY NAME
SELECT
    period, programme, carrier, day, relief, recognised, recognised_to_date, remaining, runs_out
FROM input.burn_down
WHERE NOT superseded
ORDER BY period, programme, carrier, day;
