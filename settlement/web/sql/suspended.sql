-- Suspended events of a period, by carrier and reason, as their files have them: some of them.
-- One that was never taken, since its copies contradict each other, is where the first one stands.
-- Grain: event. Parameters: begins, ends: moments; carrier, reason: null for any; rows, after.
WITH first_copy AS (
    -- The copy that was taken comes before those that were suspended when taken in.
    SELECT event_id, source_file, row
    FROM usage.suspense
    WHERE stage <> 'settle' AND event_id IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY event_id ORDER BY stage = 'contradicted' DESC, source_file, row
    ) = 1
)
SELECT suspense.carrier, suspense.reason, source.name AS file,
    coalesce(suspense.row, first_copy.row) AS row, suspense.event_id, suspense.start_at
FROM usage.suspense AS suspense
LEFT JOIN first_copy USING (event_id)
LEFT JOIN usage.source_file AS source
    ON source.source_file = coalesce(suspense.source_file, first_copy.source_file)
WHERE suspense.stage = 'settle' AND suspense.start_at >= $begins AND suspense.start_at < $ends
    AND ($carrier IS NULL OR suspense.carrier = $carrier)
    AND ($reason IS NULL OR suspense.reason = $reason)
ORDER BY suspense.carrier, suspense.reason, file, row, suspense.event_id
LIMIT $rows OFFSET $after;
