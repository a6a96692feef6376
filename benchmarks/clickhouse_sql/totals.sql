-- Totals by cell.
CREATE TABLE total ENGINE = Memory AS
SELECT cell, sum(events) AS events, sum(units) AS units, sum(billed) AS billed,
       sum(bundled) AS bundled, sum(list_value) AS list_value, sum(list_value - payable) AS discount, sum(payable) AS payable,
       sum(list_sum) AS list_sum, sum(payable_sum) AS payable_sum
FROM (
    SELECT cell, events, units, billed, toInt64(0) AS bundled, list_value, if(free > 0, 0, list_value) AS payable,
           list_sum, if(free > 0, toInt128(0), list_sum) AS payable_sum
    FROM plain
    UNION ALL
    SELECT cell, events, units, billed, bundled, list_value, payable, list_sum, payable_sum FROM single
    UNION ALL
    SELECT cell, toInt64(count()), sum(units), sum(billed), sum(bundled), sum(list), sum(payable),
           sum(toInt128(ord * list)), sum(toInt128(ord * payable))
    FROM several_event GROUP BY cell
    UNION ALL
    SELECT cell, events, units, billed, toInt64(0), list_value, payable, list_sum, payable_sum FROM sold
)
GROUP BY cell
