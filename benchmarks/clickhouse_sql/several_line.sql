-- Lines of crowded events: a row an event, measure and nature. Binds: discount, in_kind (natures).
CREATE TABLE several_line ENGINE = Memory AS
WITH step AS (
    SELECT w.ord AS ord, w.cell AS cell, w.n AS n, w.dn AS dn, toInt64(w.free) AS free,
           w.item.6 AS class, w.item.7 AS price, w.item.8 AS own_units, c.charge_before - c.charge AS amount,
           least(w.item.5, c.uncovered_before - c.uncovered) AS lowered,
           w.item.5 - least(w.item.5, c.uncovered_before - c.uncovered) AS spare
    FROM (SELECT *, arrayJoin(arrayZip(items, arrayEnumerate(items))) AS pair, pair.1 AS item, pair.2 AS k FROM whole WHERE free = 0) AS w
    JOIN chain AS c ON c.ord = w.ord AND c.k = w.k
    UNION ALL
    SELECT w.ord, w.cell, w.n, w.dn, toInt64(w.free), toInt64(-1), toInt64(0), toInt64(1), c.charge, c.uncovered, w.billed - c.uncovered
    FROM (SELECT * FROM whole WHERE free > 0) AS w
    JOIN (SELECT * FROM chain WHERE k = 0) AS c ON c.ord = w.ord
), named AS (
    SELECT s.ord AS ord, s.cell AS cell, s.amount AS amount, s.lowered AS lowered, s.spare AS spare, l.measure AS measure,
           CASE WHEN s.spare = 0 THEN 0
                WHEN s.class <> 1 THEN intDiv(2 * s.spare * s.n + s.dn, 2 * s.dn)
                ELSE intDiv(2 * s.spare * s.price + s.own_units, 2 * greatest(s.own_units, 1)) END AS kind_value
    FROM step AS s
    JOIN line_name AS l ON l.free = s.free AND l.class = s.class
)
SELECT ord, cell, measure, toInt64($discount) AS nature, sum(lowered) AS units, sum(amount) AS amount
FROM named GROUP BY ord, cell, measure HAVING sum(lowered) > 0 OR sum(named.amount) > 0
UNION ALL
SELECT ord, cell, measure, toInt64($in_kind), sum(spare), sum(kind_value)
FROM named GROUP BY ord, cell, measure HAVING sum(spare) > 0
