-- How many events are suspended, of how many a refund is not yet paid whole, and how many findings
-- there are, in a period.
-- Grain: what waits. Parameters: period; carrier: null for any.
SELECT 'suspense' AS what, coalesce(sum(suspended), 0) AS things
FROM settlement.statement
WHERE period = $period AND ($carrier IS NULL OR carrier = $carrier)
UNION ALL
SELECT 'refunds', count(*)
FROM settlement.refund_state
WHERE usage_period = $period AND ($carrier IS NULL OR carrier = $carrier)
    AND state IN ('due', 'part_paid')
UNION ALL
SELECT 'findings', count(*)
FROM settlement.finding
WHERE strftime(start_at, '%Y-%m') = $period AND ($carrier IS NULL OR carrier = $carrier);
