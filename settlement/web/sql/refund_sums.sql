-- What carriers charged above what is owed in a period, where they did.
-- Grain: carrier. Parameters: period; carrier: null for any.
SELECT carrier, refunds, refund, overcharged, overcharge
FROM settlement.statement
WHERE period = $period AND ($carrier IS NULL OR carrier = $carrier)
    AND (refunds > 0 OR overcharged > 0)
ORDER BY carrier;
