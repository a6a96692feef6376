-- Lines of crowded events: a row an event, measure and nature. Binds: discount, in_kind (natures).
CREATE OR REPLACE TEMP TABLE several_line AS
WITH step AS (
    SELECT w.ord, w.cell, w.n, w.dn, w.free,
           i.class, i.price, i.own_units, c.charge_before - c.charge AS amount,
           least(i.got, c.uncovered_before - c.uncovered) AS lowered,
           i.got - least(i.got, c.uncovered_before - c.uncovered) AS spare
    FROM (SELECT *, unnest(items) AS i, unnest(generate_series(1, len(items))) AS k FROM whole WHERE free = 0) AS w
    JOIN chain AS c ON c.ord = w.ord AND c.k = w.k
    UNION ALL
    SELECT w.ord, w.cell, w.n, w.dn, w.free, -1, 0, 1, c.charge, c.uncovered, w.billed - c.uncovered
    FROM whole AS w
    JOIN chain AS c ON c.ord = w.ord AND c.k = 0
    WHERE w.free > 0
)
SELECT ord, cell, measure, $discount AS nature, sum(lowered) AS units, sum(amount) AS amount
FROM step JOIN line_name USING (free, class) GROUP BY ord, cell, measure HAVING sum(lowered) > 0 OR sum(amount) > 0
UNION ALL
SELECT ord, cell, measure, $in_kind, sum(spare),
       sum(CASE WHEN spare = 0 THEN 0
                WHEN class <> 1 THEN (2 * spare * n + dn) // (2 * dn)
                ELSE (2 * spare * price + own_units) // (2 * own_units) END)
FROM step JOIN line_name USING (free, class) GROUP BY ord, cell, measure HAVING sum(spare) > 0
