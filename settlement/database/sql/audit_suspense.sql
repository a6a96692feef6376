-- Statements whose suspended events are not those of their reasons: must be none.
-- Grain: carrier and period. Parameters: none.
WITH reason AS (
    SELECT period, carrier, sum(events) AS events
    FROM settlement.suspense
    GROUP BY ALL
)
SELECT period, carrier, statement.suspended, reason.events
FROM settlement.statement AS statement
LEFT JOIN reason USING (period, carrier)
WHERE statement.suspended <> coalesce(reason.events, 0);
