-- How many variances of a period stand how.
-- Grain: carrier, state and verdict. Parameters: period; carrier: null for any.
SELECT carrier, state, verdict, count(*) AS variances
FROM settlement.variance
WHERE period = $period AND ($carrier IS NULL OR carrier = $carrier)
GROUP BY ALL
ORDER BY ALL;
