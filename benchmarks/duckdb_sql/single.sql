-- Totals of events with one source: a row a cell, zero-rating and class of that source.
CREATE OR REPLACE TEMP TABLE single AS
SELECT cell, free, class, count(*) AS events, sum(units) AS units, sum(billed) AS billed,
       sum(bundled) AS bundled, sum(list) AS list_value, sum(payable) AS payable,
       sum(ord * list) AS list_sum, sum(ord * payable) AS payable_sum,
       count(*) FILTER (WHERE lowered > 0 OR list > payable) AS discounts,
       sum(lowered) AS discount_units, sum(list - payable) AS discount,
       count(*) FILTER (WHERE spare > 0) AS kinds, sum(spare) AS kind_units, sum(kind_value) AS kind_amount
FROM priced
GROUP BY cell, free, class
