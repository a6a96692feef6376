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
COMMENT ON COLUMN rated.counter.name IS 'volumes_ (lưu lượng của gói), bonuses_ (lưu lượng tặng thêm), grants_ (ưu đãi): _given (đã cấp), _exhausted (đã dùng hết); past_stop_ (dùng sau khi gói phải ngừng), throttled_ (bị giảm tốc độ): _events (sự kiện), _units (lượng, mi-li-giây, byte và tin cộng chung) | volumes_ (of packs), bonuses_, grants_: _given, _exhausted; past_stop_ (used after the pack should have stopped), throttled_: _events, _units (ms, bytes and messages in one sum)';
COMMENT ON COLUMN rated.counter.count IS 'Số đếm | The count';
INSERT INTO rated.counter BY NAME
SELECT
    run, name, count
FROM input.counter
WHERE NOT superseded
ORDER BY run, name;
