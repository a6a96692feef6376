-- What source files of usage are called.
-- Grain: SHA-256 of a file.
SELECT sha256, min(name) AS name
FROM usage.source_file
GROUP BY sha256
ORDER BY sha256;
