-- How many events a period has, and how many of them are suspended.
-- Grain: one row. Parameters: period; carrier: null for any.
SELECT coalesce(sum(events), 0) AS events, coalesce(sum(suspended), 0) AS suspended
FROM settlement.statement
WHERE period = $period AND ($carrier IS NULL OR carrier = $carrier);
