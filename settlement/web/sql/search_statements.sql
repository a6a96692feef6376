-- Statements of a period.
-- Grain: carrier. Parameter: period.
SELECT 'statement' AS what, carrier AS id, carrier, period, events AS records, suspended
FROM settlement.statement
WHERE period = $period
ORDER BY carrier;
