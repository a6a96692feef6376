-- Where the records of events stand: the one that each was read from, and those that said it again.
-- Grain: event and record. Parameters: events (UUID[]); files (VARCHAR[]): SHA-256 of the files whose
-- repeating records are told, null for none.
WITH record AS (
    SELECT event_id, source_file, row, false AS again
    FROM usage.event
    WHERE list_contains($events, event_id)
    UNION ALL
    SELECT event_id, source_file, row, true AS again
    FROM usage.duplicate
    WHERE $files IS NOT NULL AND list_contains($events, event_id)
)
SELECT record.event_id, source.name, record.row, record.again
FROM record
JOIN usage.source_file AS source ON source.source_file = record.source_file
WHERE NOT record.again OR list_contains($files, source.sha256)
ORDER BY record.event_id, record.again, source.name, record.row;
