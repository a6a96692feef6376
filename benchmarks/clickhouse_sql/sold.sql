-- Totals of purchases and fees: a row a cell.
CREATE TABLE sold ENGINE = Memory AS
SELECT s.cell AS cell, toInt64(count()) AS events, sum(s.units) AS units, sum(s.units) AS billed, sum(s.list) AS list_value,
       sum(o.payable) AS payable, sum(toInt128(s.ord * s.list)) AS list_sum, sum(toInt128(s.ord * o.payable)) AS payable_sum
FROM sale AS s
JOIN offer AS o ON o.pack = s.pack AND o.list = s.list AND o.bits = s.bits
WHERE o.step = (SELECT max(step) FROM offer)
GROUP BY s.cell
