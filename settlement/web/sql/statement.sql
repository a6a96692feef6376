-- A statement.
-- Grain: carrier. Parameters: period, carrier.
SELECT *
FROM settlement.statement
WHERE period = $period AND carrier = $carrier;
