-- Counts made while rating: past a stop, throttled, grants given, exhausted.
-- Grain: run and name.
CREATE TABLE rated.counter (
    run   VARCHAR NOT NULL,
    name  VARCHAR NOT NULL,
    count BIGINT NOT NULL
);
COMMENT ON TABLE rated.counter IS
    'Các số đếm khi tính cước (vượt ngưỡng ngừng, giảm tốc độ, ưu đãi đã cấp, đã hết). | Counts made while rating: past a stop, throttled, grants given, exhausted. Grain: run and name.';
COMMENT ON COLUMN rated.counter.run IS 'Mã lần chạy | Id of the run';
COMMENT ON COLUMN rated.counter.name IS 'Tên số đếm | Name of the count';
COMMENT ON COLUMN rated.counter.count IS 'Số đếm | The count';
INSERT INTO rated.counter BY NAME
SELECT
    run, name, count
FROM input.counter
WHERE NOT superseded
ORDER BY run, name;
