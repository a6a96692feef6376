-- How many claims of a period were filed.
-- Grain: one row. Parameters: period; carrier: null for any.
SELECT count(*) AS claims
FROM settlement.claim
WHERE period = $period AND ($carrier IS NULL OR carrier = $carrier);
