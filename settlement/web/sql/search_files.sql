-- Source files in whose name the text stands, or whose SHA-256 begins so.
-- Grain: source file. Parameters: text; most.
SELECT 'file' AS what, CAST(source_file AS VARCHAR) AS id, name, "rows" AS records, suspended,
    lower(name) = lower($text) OR sha256 = lower($text) AS is_exact
FROM usage.source_file
WHERE contains(lower(name), lower($text))
    OR (length($text) >= 8 AND starts_with(sha256, lower($text)))
ORDER BY is_exact DESC, name, source_file
LIMIT $most;
