-- What is suspended of an event, and why.
-- Grain: suspended record or event. Parameter: event.
SELECT source.name AS file, suspense.row, suspense.reason, suspense.sub_reason, suspense.state,
    suspense.address, suspense.stage
FROM usage.suspense AS suspense
LEFT JOIN usage.source_file AS source ON source.source_file = suspense.source_file
WHERE suspense.event_id = CAST($event AS UUID)
ORDER BY ALL;
