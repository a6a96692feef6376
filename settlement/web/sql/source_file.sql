-- A source file with its accounting.
-- Grain: source file. Parameter: file.
SELECT name, sha256, kind, mapping, "rows" AS records, taken, duplicates, suspended, filtered
FROM usage.source_file
WHERE source_file = $file;
