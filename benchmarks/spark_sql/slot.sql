-- The sources of a day: a row a source and day that it touches. Sources that hold at one time stand in
-- different layers, in their order; within a layer an owner has at most one of a kind at any moment.
-- Binds: day_ms, begin, finish.
SELECT u.o * 128 + u.kind * 32 + u.day - :begin div :day_ms AS key,
       u.unit, coalesce(d.layer, 1) AS layer, u.from_ms, u.until_ms, u.destinations, u.in_hours
FROM (
    SELECT *, explode(sequence(
        greatest(from_ms, :begin) div :day_ms, (least(until_ms, :finish) - 1) div :day_ms)) AS day
    FROM unit
) AS u
LEFT JOIN deep AS d ON d.unit = u.unit
