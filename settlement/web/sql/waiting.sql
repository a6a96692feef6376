-- How many events are suspended, and of how many a refund is due, in a period.
-- Grain: what waits. Parameters: period; carrier: null for any.
SELECT 'suspense' AS what, coalesce(sum(suspended), 0) AS things
FROM settlement.statement
WHERE period = $period AND ($carrier IS NULL OR carrier = $carrier)
UNION ALL
SELECT 'refunds', coalesce(sum(refunds), 0)
FROM settlement.statement
WHERE period = $period AND ($carrier IS NULL OR carrier = $carrier);
