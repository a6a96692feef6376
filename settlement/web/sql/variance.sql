-- A variance.
-- Grain: variance. Parameter: variance.
SELECT *
FROM settlement.variance
WHERE variance = $variance;
