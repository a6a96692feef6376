-- Totals of crowded events: rows of lines of relief, and with nature NULL of the events themselves.
CREATE OR REPLACE TEMP TABLE several AS
SELECT cell, measure, nature, count(*) AS events, sum(units) AS units, NULL AS billed, NULL AS bundled,
       sum(amount) AS list_value, NULL AS payable, NULL AS list_sum, NULL AS payable_sum
FROM several_line GROUP BY cell, measure, nature
UNION ALL
SELECT cell, NULL, NULL, count(*), sum(units), sum(billed), sum(bundled), sum(list), sum(payable),
       sum(ord * list), sum(ord * payable)
FROM several_event
GROUP BY cell
