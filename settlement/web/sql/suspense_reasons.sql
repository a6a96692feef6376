-- Suspended events of a period, by what is to be done about them.
-- Grain: carrier and reason. Parameters: period; carrier: null for any.
SELECT carrier, reason, events
FROM settlement.suspense
WHERE period = $period AND ($carrier IS NULL OR carrier = $carrier)
ORDER BY carrier, reason;
