-- Totals by carrier and day.
SELECT carrier, day, sum(events)::BIGINT, sum(units)::BIGINT, sum(billed)::BIGINT, sum(bundled)::BIGINT,
       sum(list_value)::BIGINT, sum(list_value - payable)::BIGINT, sum(payable)::BIGINT, sum(list_sum), sum(payable_sum)
FROM (
    SELECT carrier, day, events, units, billed, 0 AS bundled, list_value, payable, list_sum, payable_sum FROM plain
    UNION ALL
    SELECT carrier, day, events, units, billed, bundled, list_value, payable, list_sum, payable_sum FROM single
    UNION ALL
    SELECT carrier, day, events, units, billed, bundled, list_value, payable, list_sum, payable_sum
    FROM several WHERE measure IS NULL
)
GROUP BY carrier, day
