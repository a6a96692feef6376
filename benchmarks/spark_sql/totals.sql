-- Totals by cell.
SELECT cell, sum(events) AS events, sum(units) AS units, sum(billed) AS billed, sum(bundled) AS bundled,
       sum(list_value) AS list_value, sum(list_value - payable) AS discount, sum(payable) AS payable,
       sum(CAST(list_sum AS DECIMAL(38, 0))) AS list_sum, sum(CAST(payable_sum AS DECIMAL(38, 0))) AS payable_sum
FROM (
    SELECT cell, events, units, billed, 0L AS bundled, list_value, CASE WHEN free > 0 THEN 0 ELSE list_value END AS payable,
           list_sum, CASE WHEN free > 0 THEN 0 ELSE list_sum END AS payable_sum
    FROM plain
    UNION ALL
    SELECT cell, events, units, billed, bundled, list_value, payable, list_sum, payable_sum FROM single
    UNION ALL
    SELECT cell, count(*), sum(units), sum(billed), sum(bundled), sum(list), sum(payable),
           sum(ord * list), sum(ord * payable)
    FROM several_event GROUP BY cell
    UNION ALL
    SELECT cell, events, units, billed, 0L, list_value, payable, list_sum, payable_sum FROM sold
)
GROUP BY cell
