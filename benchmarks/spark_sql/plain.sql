-- Totals of usage that no source touches: a row a cell and zero-rating, whose discount all of it is.
SELECT cell, free, count(*) AS events, sum(units) AS units, sum(billed) AS billed, sum(list) AS list_value,
       sum(ord * list) AS list_sum
FROM (
    SELECT ord, cell, units, billed, free, (2 * billed * numerator + denominator) div (2 * denominator) AS list
    FROM event
    WHERE unit IS NULL
)
GROUP BY cell, free
