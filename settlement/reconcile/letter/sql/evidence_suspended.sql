-- Suspended records and events of a carrier on some days.
-- Grain: suspended record or event. Parameters: carrier; first, last: days; rows, after.
SELECT suspense.event_id, suspense.start_at, suspense.reason, suspense.sub_reason, suspense.state,
    suspense.stage, source.name AS file, suspense.row, count(*) OVER () AS lines
FROM usage.suspense AS suspense
LEFT JOIN usage.source_file AS source ON source.source_file = suspense.source_file
WHERE suspense.carrier = $carrier AND CAST(suspense.start_at AS DATE) BETWEEN $first AND $last
ORDER BY ALL
LIMIT $rows OFFSET $after;
