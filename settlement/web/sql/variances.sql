-- Variances of a period.
-- Grain: variance. Parameters: period; carrier: null for any.
SELECT *
FROM settlement.variance
WHERE period = $period AND ($carrier IS NULL OR carrier = $carrier)
ORDER BY ALL;
