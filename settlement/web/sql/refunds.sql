-- Refunds of a period and how they stand, and events charged above list value, the largest first:
-- some of them.
-- Grain: event. Parameters: period; begins, ends: moments; carrier, state: null for any; rows,
-- after.
WITH standing AS (
    SELECT event_id, carrier, start_at, state, refund, paid
    FROM settlement.refund_state
    WHERE usage_period = $period
), charged AS (
    SELECT event_id, carrier, start_at, charged, list_value, payable,
        greatest(charged - list_value, 0) AS overcharge
    FROM settlement.refund
    WHERE start_at >= $begins AND start_at < $ends
)
SELECT coalesce(standing.carrier, charged.carrier) AS carrier,
    coalesce(standing.state, 'overcharged') AS state, coalesce(refund, 0) AS refund,
    coalesce(paid, 0) AS paid, coalesce(overcharge, 0) AS overcharge, charged, list_value, payable,
    event_id, coalesce(standing.start_at, charged.start_at) AS start_at
FROM standing
FULL JOIN charged USING (event_id)
WHERE ($carrier IS NULL OR coalesce(standing.carrier, charged.carrier) = $carrier)
    AND ($state IS NULL OR coalesce(standing.state, 'overcharged') = $state)
ORDER BY carrier, state, refund DESC, overcharge DESC, event_id
LIMIT $rows OFFSET $after;
