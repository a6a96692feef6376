-- Variances of a period, every one that is asked for.
-- Grain: variance. Parameters: period; carrier, measure, day, state, verdict: null for any.
SELECT *
FROM settlement.variance
WHERE period = $period AND ($carrier IS NULL OR carrier = $carrier)
    AND ($measure IS NULL OR measure = $measure OR item = $measure)
    AND ($day IS NULL OR day = $day)
    AND ($state IS NULL OR state = $state) AND ($verdict IS NULL OR verdict = $verdict)
ORDER BY carrier, abs(difference) DESC, variance;
