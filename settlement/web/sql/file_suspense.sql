-- What is suspended of a source file, in the order of its records: some of them.
-- Grain: suspended record or event. Parameters: file; rows, after.
SELECT "row", event_id, carrier, reason, sub_reason, state, stage, start_at
FROM usage.suspense
WHERE source_file = $file
ORDER BY "row", stage, event_id
LIMIT $rows OFFSET $after;
