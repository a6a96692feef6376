-- Totals of usage that no source touches: a row a cell and zero-rating, whose discount all of it is.
CREATE OR REPLACE TEMP TABLE plain AS
SELECT cell, free, count(*) AS events, sum(units) AS units, sum(billed) AS billed, sum(list) AS list_value,
       sum(ord * list) AS list_sum
FROM plain_event
GROUP BY cell, free
