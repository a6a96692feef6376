-- How many events of a period are suspended.
-- Grain: one row. Parameters: begins, ends: moments; carrier, reason: null for any.
SELECT count(*) AS events
FROM usage.suspense
WHERE stage = 'settle' AND start_at >= $begins AND start_at < $ends
    AND ($carrier IS NULL OR carrier = $carrier) AND ($reason IS NULL OR reason = $reason);
