-- Totals of purchases and fees: a row a cell.
SELECT s.cell, count(*) AS events, sum(s.units) AS units, sum(s.units) AS billed, sum(s.list) AS list_value,
       sum(o.payable) AS payable, sum(s.ord * s.list) AS list_sum, sum(s.ord * o.payable) AS payable_sum
FROM sale AS s
JOIN (SELECT * FROM offer WHERE step = (SELECT max(step) FROM offer)) AS o
  ON o.pack = s.pack AND o.list = s.list AND o.bits = s.bits
GROUP BY s.cell
