-- drawn.sql for a further layer: its sources see what those before left uncovered. Binds: layer.
SELECT CAST(:layer AS BIGINT) AS layer, ord, cell, kind, units, billed, raw, numerator, denominator, free, unit, is_raw, demand, tail,
       CASE WHEN is_open THEN own - least(own, taken - demand) ELSE 0 END AS own_left,
       CASE WHEN is_open AND is_late
            THEN more - least(more, taken - demand - least(own, taken - demand) - (early - least(own, early)))
            ELSE 0 END AS more_left
FROM (
    SELECT *, sum(demand) OVER w AS taken, sum(CASE WHEN is_late THEN 0 ELSE demand END) OVER w AS early
    FROM (
        SELECT /*+ BROADCAST(u) */
               e.*, u.raw = 1 AS is_raw, u.own, u.more, e.start_ms >= u.more_from_ms AS is_late,
               CASE WHEN e.free > 0 OR NOT e.is_open THEN 0 WHEN u.raw = 1 THEN c.raw_open
                    ELSE c.raw_open + c.tail_open END AS demand,
               CASE WHEN u.raw = 1 THEN c.tail_open ELSE 0 END AS tail
        FROM (
            SELECT ord, cell, kind, units, billed, raw, numerator, denominator, free, is_open, unit, start_ms
            FROM event WHERE layer = :layer
        ) AS e
        JOIN unit AS u ON u.unit = e.unit
        JOIN crowded AS c ON c.ord = e.ord
    )
    WINDOW w AS (PARTITION BY unit ORDER BY ord ROWS UNBOUNDED PRECEDING)
)
