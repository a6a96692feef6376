-- Lines of purchases and fees: a row a cell, measure and nature. Binds: discount (nature).
CREATE TABLE sold_line ENGINE = Memory AS
WITH touched AS (
    SELECT cell, pack, list, bits, toInt64(count()) AS events, sum(units) AS units FROM sale WHERE bits <> 0
    GROUP BY cell, pack, list, bits
)
SELECT t.cell AS cell, k.measure AS measure, toInt64($discount) AS nature, sum(t.events) AS events, sum(t.units) AS units,
       sum(t.events * o.lowered) AS amount
FROM touched AS t
JOIN offer AS o ON o.pack = t.pack AND o.list = t.list AND o.bits = t.bits
JOIN cut AS k ON k.step = o.step
WHERE o.lowered > 0
GROUP BY t.cell, k.measure
UNION ALL
SELECT t.cell, x.measure, x.nature, sum(t.events), sum(t.events),
       sum(t.events * if(x.of_list = 1, t.list, x.amount))
FROM touched AS t
CROSS JOIN extra AS x
WHERE bitAnd(t.bits, x.bit) <> 0
GROUP BY t.cell, x.measure, x.nature
