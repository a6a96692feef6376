-- How many variances of a period nobody has decided on yet.
-- Grain: one row. Parameters: period; carrier: null for any.
SELECT 'variances' AS what, count(*) AS things
FROM settlement.variance
WHERE period = $period AND ($carrier IS NULL OR carrier = $carrier)
    AND state IN ('open', 'asked');
