-- Days of the class holiday, for rates that hold on some days only.
-- Grain: day.
CREATE TABLE ref.holiday (
    day    DATE NOT NULL,
    name   VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    mark   VARCHAR NOT NULL
);
COMMENT ON TABLE ref.holiday IS
    'Ngày nghỉ lễ, cho giá chỉ áp dụng một số ngày. | Days of the class holiday, for rates that hold on some days only. Grain: day.';
COMMENT ON COLUMN ref.holiday.day IS 'Ngày | Day';
COMMENT ON COLUMN ref.holiday.name IS 'Tên ngày lễ | Name of the holiday';
COMMENT ON COLUMN ref.holiday.source IS 'Nguồn | Source';
COMMENT ON COLUMN ref.holiday.mark IS 'Mức tin cậy: stated, derived hoặc assumed | How firmly the source supports it';
INSERT INTO ref.holiday BY NAME
SELECT
    day, name, source, mark
FROM input.holiday
ORDER BY day;
