-- Lines of purchases and fees: a row a cell, measure and nature. Binds: discount (nature).
WITH touched AS (
    SELECT cell, pack, list, bits, count(*) AS events, sum(units) AS units FROM sale WHERE bits <> 0
    GROUP BY cell, pack, list, bits
)
SELECT t.cell, k.measure, CAST(:discount AS BIGINT) AS nature, sum(t.events) AS events, sum(t.units) AS units,
       sum(t.events * o.lowered) AS amount
FROM touched AS t
JOIN offer AS o ON o.pack = t.pack AND o.list = t.list AND o.bits = t.bits AND o.lowered > 0
JOIN cut AS k ON k.step = o.step
GROUP BY t.cell, k.measure
UNION ALL
SELECT t.cell, x.measure, x.nature, sum(t.events), sum(t.events),
       sum(t.events * CASE WHEN x.of_list = 1 THEN t.list ELSE x.amount END)
FROM touched AS t
JOIN extra AS x ON t.bits & x.bit <> 0
GROUP BY t.cell, x.measure, x.nature
