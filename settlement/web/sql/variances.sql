-- Variances of a period, by carrier, the largest first: some of them.
-- Grain: variance. Parameters: period; carrier, state, verdict: null for any; rows, after.
SELECT *
FROM settlement.variance
WHERE period = $period AND ($carrier IS NULL OR carrier = $carrier)
    AND ($state IS NULL OR state = $state) AND ($verdict IS NULL OR verdict = $verdict)
ORDER BY carrier, abs(difference) DESC, variance
LIMIT $rows OFFSET $after;
