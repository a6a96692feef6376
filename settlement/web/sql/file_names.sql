-- Names of source files.
-- Grain: SHA-256. Parameter: files: SHA-256 of each.
SELECT sha256, min(name) AS name
FROM usage.source_file
WHERE list_contains($files, sha256)
GROUP BY sha256
ORDER BY sha256;
