-- The sources of a day: a row a source and day that it touches. Binds: day_ms, begin, finish.
CREATE TABLE slot ENGINE = Memory AS
SELECT toInt32(u.o * 128 + u.kind * 32 + day - intDiv($begin, $day_ms)) AS key,
       u.unit AS unit, coalesce(d.layer, toUInt8(1)) AS layer, u.from_ms AS from_ms, u.until_ms AS until_ms,
       u.destinations AS destinations, u.in_hours AS in_hours
FROM (SELECT *, toInt64(arrayJoin(range(intDiv(greatest(from_ms, $begin), $day_ms), intDiv(least(until_ms, $finish) - 1, $day_ms) + 1))) AS day FROM unit) AS u
LEFT JOIN deep AS d ON d.unit = u.unit
