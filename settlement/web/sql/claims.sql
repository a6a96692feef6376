-- Claims of a period, each version.
-- Grain: claim. Parameters: period; carrier: null for any; rows, after.
SELECT
    carrier, grain, version, sha256, form, filed_at, rows, amount, findings, in_force
FROM settlement.claim
WHERE period = $period AND ($carrier IS NULL OR carrier = $carrier)
ORDER BY carrier, grain, version
LIMIT $rows OFFSET $after;
