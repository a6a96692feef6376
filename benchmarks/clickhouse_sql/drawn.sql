-- What each source had left before an event, and what was still uncovered then: a row an event and
-- source of the first layer. Cover comes in the owner's order, so running sums say it.
CREATE TABLE drawn ENGINE = Memory AS
SELECT toUInt8(1) AS layer, ord, cell, kind, units, billed, raw, numerator, denominator, free, unit, is_raw, demand, tail,
       if(is_open, own - least(own, taken - demand), 0) AS own_left,
       if(is_open AND is_late,
          more - least(more, taken - demand - least(own, taken - demand) - (early - least(own, early))), 0) AS more_left
FROM (
    SELECT *, sum(demand) OVER w AS taken, sum(if(is_late, 0, demand)) OVER w AS early
    FROM (
        SELECT e.ord AS ord, e.cell AS cell, e.kind AS kind, e.units AS units, e.billed AS billed, e.raw AS raw,
               e.numerator AS numerator, e.denominator AS denominator, e.free AS free,
               e.is_open AS is_open, e.unit AS unit, u.raw = 1 AS is_raw, u.own AS own, u.more AS more,
               e.start_ms >= u.more_from_ms AS is_late,
               toInt64(CASE WHEN e.free > 0 OR NOT e.is_open THEN 0 WHEN u.raw = 1 THEN e.raw ELSE e.billed END) AS demand,
               toInt64(if(u.raw = 1, e.billed - e.raw, 0)) AS tail
        FROM (SELECT * FROM event WHERE layer = 1) AS e JOIN unit AS u ON u.unit = e.unit
    )
    WINDOW w AS (PARTITION BY unit ORDER BY ord ROWS UNBOUNDED PRECEDING)
)
