-- Relief by carrier, day, measure and nature.
SELECT carrier, day, measure, nature, sum(events)::BIGINT, sum(units)::BIGINT, sum(amount)::BIGINT
FROM (
    SELECT carrier, day, 'M3' AS measure, 'discount' AS nature, free_events AS events, free_units AS units, free_amount AS amount
    FROM plain WHERE free_events > 0
    UNION ALL
    SELECT carrier, day, 'M4', 'discount', cut_events, cut_events, cut_amount FROM plain WHERE cut_events > 0
    UNION ALL
    SELECT carrier, day, measure, 'discount', discounts, discount_units, discount FROM single WHERE discounts > 0
    UNION ALL
    SELECT carrier, day, measure, 'in_kind', kinds, kind_units, kind_amount FROM single WHERE kinds > 0
    UNION ALL
    SELECT carrier, day, measure, nature, events, units, list_value FROM several WHERE measure IS NOT NULL
)
GROUP BY ALL
