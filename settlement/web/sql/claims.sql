-- Claims of a period, each version; filed_at is UTC in the file, and civil time here.
-- relief is an item of a statement; of other claims each nature has its own sum: they do not add up.
-- Grain: claim. Parameters: period; carrier: null for any; rows, after.
SELECT
    carrier, grain, version, sha256, form, filed_at + INTERVAL 7 HOUR AS filed_at, rows,
    CASE WHEN grain = 'statement' THEN amount END AS relief, discount, in_kind, contribution,
    forbearance, findings, in_force
FROM settlement.claim
WHERE period = $period AND ($carrier IS NULL OR carrier = $carrier)
ORDER BY carrier, grain, version
LIMIT $rows OFFSET $after;
