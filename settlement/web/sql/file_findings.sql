-- Findings about events of a source file, in the order of its records: some of them.
-- Grain: finding. Parameters: file; rows, after.
SELECT event."row", finding.event_id, finding.carrier, finding.finding, finding.about,
    finding.stated, finding.found, finding.start_at
FROM settlement.finding AS finding
JOIN usage.event AS event USING (event_id)
WHERE event.source_file = $file
ORDER BY event."row", finding.finding, finding.event_id, finding.about
LIMIT $rows OFFSET $after;
