-- Events of a source file in the order of its records: some of them.
-- Grain: event. Parameters: file; rows, after.
SELECT "row", event_id, carrier, kind,
    CASE WHEN kind = 'pack' THEN pack ELSE destination END AS destination, units, charged, start_at
FROM usage.event
WHERE source_file = $file
ORDER BY "row", event_id
LIMIT $rows OFFSET $after;
