-- What each source had left before an event, and what was still uncovered then: a row an event and
-- source of the first layer. Cover comes in the owner's order, so running sums say it.
SELECT 1L AS layer, ord, cell, kind, units, billed, raw, numerator, denominator, free, unit, is_raw, demand, tail,
       CASE WHEN is_open THEN own - least(own, taken - demand) ELSE 0 END AS own_left,
       CASE WHEN is_open AND is_late
            THEN more - least(more, taken - demand - least(own, taken - demand) - (early - least(own, early)))
            ELSE 0 END AS more_left
FROM (
    SELECT *, sum(demand) OVER w AS taken, sum(CASE WHEN is_late THEN 0 ELSE demand END) OVER w AS early
    FROM (
        SELECT /*+ BROADCAST(u) */
               e.ord, e.cell, e.kind, e.units, e.billed, e.raw, e.numerator, e.denominator, e.free,
               e.is_open, e.unit, u.raw = 1 AS is_raw, u.own, u.more, e.start_ms >= u.more_from_ms AS is_late,
               CASE WHEN e.free > 0 OR NOT e.is_open THEN 0 WHEN u.raw = 1 THEN e.raw ELSE e.billed END AS demand,
               CASE WHEN u.raw = 1 THEN e.billed - e.raw ELSE 0 END AS tail
        FROM event AS e JOIN unit AS u ON u.unit = e.unit
        WHERE e.layer = 1
    )
    WINDOW w AS (PARTITION BY unit ORDER BY ord ROWS UNBOUNDED PRECEDING)
)
