-- Findings of a period, some of them, with the file and record of the event that one is about.
-- stated and found are of balances, in the unit of each.
-- Grain: finding. Parameters: begins, ends: moments; carrier, finding: null for any; rows, after.
SELECT finding.carrier, finding.finding, finding.about, finding.stated, finding.found,
    source.name AS file, event.row, finding.event_id, finding.owner_id, finding.start_at
FROM settlement.finding AS finding
LEFT JOIN usage.event AS event USING (event_id)
LEFT JOIN usage.source_file AS source ON source.source_file = event.source_file
WHERE finding.start_at >= $begins AND finding.start_at < $ends
    AND ($carrier IS NULL OR finding.carrier = $carrier)
    AND ($finding IS NULL OR finding.finding = $finding)
ORDER BY finding.finding, finding.carrier, finding.start_at, finding.event_id, finding.owner_id,
    finding.about
LIMIT $rows OFFSET $after;
