-- Totals of usage that no source touches: a row a cell and zero-rating, whose discount all of it is.
CREATE TABLE plain ENGINE = Memory AS
SELECT cell, free, toInt64(count()) AS events, sum(units) AS units, sum(billed) AS billed, sum(list) AS list_value,
       sum(toInt128(ord * list)) AS list_sum
FROM (
    SELECT toInt64(ord) AS ord, cell, units, billed, free,
           intDiv(2 * billed * numerator + denominator, 2 * denominator) AS list
    FROM event
    WHERE unit = 0
)
GROUP BY cell, free
