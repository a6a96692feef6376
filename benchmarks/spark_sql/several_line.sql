-- Lines of crowded events: a row an event, measure and nature. Binds: discount, in_kind (natures).
WITH step AS (
    SELECT ord, cell, n, dn, free, item.class, item.price, item.own_units, charge[k] - charge[k + 1] AS amount,
           least(item.got, uncovered[k] - uncovered[k + 1]) AS lowered,
           item.got - least(item.got, uncovered[k] - uncovered[k + 1]) AS spare
    FROM chain LATERAL VIEW posexplode(items) AS k, item
    WHERE free = 0
    UNION ALL
    SELECT ord, cell, n, dn, free, -1, 0, 1, charge[0], uncovered[0], billed - uncovered[0]
    FROM chain
    WHERE free > 0
)
SELECT ord, cell, measure, CAST(:discount AS BIGINT) AS nature, sum(lowered) AS units, sum(amount) AS amount
FROM step JOIN line_name USING (free, class) GROUP BY ord, cell, measure HAVING sum(lowered) > 0 OR sum(amount) > 0
UNION ALL
SELECT ord, cell, measure, CAST(:in_kind AS BIGINT), sum(spare),
       sum(CASE WHEN spare = 0 THEN 0
                WHEN class <> 1 THEN (2 * spare * n + dn) div (2 * dn)
                ELSE (2 * spare * price + own_units) div (2 * own_units) END)
FROM step JOIN line_name USING (free, class) GROUP BY ord, cell, measure HAVING sum(spare) > 0
