-- Variances whose ids begin so.
-- Grain: variance. Parameters: text: in lower case; most.
SELECT 'variance' AS what, variance AS id, carrier, period, measure AS name
FROM settlement.variance
WHERE starts_with(variance, $text)
ORDER BY variance
LIMIT $most;
