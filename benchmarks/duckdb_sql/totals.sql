-- Totals by cell.
CREATE OR REPLACE TEMP TABLE total AS
SELECT cell, sum(events)::BIGINT AS events, sum(units)::BIGINT AS units, sum(billed)::BIGINT AS billed,
       sum(bundled)::BIGINT AS bundled, sum(list_value)::BIGINT AS list_value,
       sum(list_value - payable)::BIGINT AS discount, sum(payable)::BIGINT AS payable,
       sum(list_sum) AS list_sum, sum(payable_sum) AS payable_sum
FROM (
    SELECT cell, events, units, billed, 0 AS bundled, list_value, CASE WHEN free > 0 THEN 0 ELSE list_value END AS payable,
           list_sum, CASE WHEN free > 0 THEN 0 ELSE list_sum END AS payable_sum
    FROM plain
    UNION ALL
    SELECT cell, events, units, billed, bundled, list_value, payable, list_sum, payable_sum FROM single
    UNION ALL
    SELECT cell, events, units, billed, bundled, list_value, payable, list_sum, payable_sum
    FROM several WHERE nature IS NULL
    UNION ALL
    SELECT cell, events, units, billed, 0, list_value, payable, list_sum, payable_sum FROM sold
)
GROUP BY cell
