-- The sources of a day: a row a source and day that it touches. Binds: day_ms, begin, finish.
CREATE OR REPLACE TEMP TABLE slot AS
SELECT u.o * 128 + u.kind * 32 + day - $begin // $day_ms AS key,
       u.unit, coalesce(d.layer, 1)::UTINYINT AS layer, u.from_ms, u.until_ms, u.destinations, u.in_hours, u.raw
FROM (
    SELECT *, unnest(generate_series(
        greatest(from_ms, $begin) // $day_ms, (least(until_ms, $finish) - 1) // $day_ms)) AS day
    FROM unit
) AS u
LEFT JOIN deep AS d ON d.unit = u.unit
