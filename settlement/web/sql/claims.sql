-- Claims of a period, each version; filed_at is UTC in the file, and Vietnam civil time here.
-- amount_in_all is of all natures together; of a statement it is the item relief.
-- Grain: claim. Parameters: period; carrier: null for any; rows, after.
SELECT
    carrier, grain, version, sha256, form, filed_at + INTERVAL 7 HOUR AS filed_at, rows,
    amount AS amount_in_all, findings, in_force
FROM settlement.claim
WHERE period = $period AND ($carrier IS NULL OR carrier = $carrier)
ORDER BY carrier, grain, version
LIMIT $rows OFFSET $after;
