-- How refunds of a period stand, with events that were only charged above list value.
-- Grain: carrier and state. Parameters: period; begins, ends: moments; carrier: null for any.
WITH standing AS (
    SELECT event_id, carrier, state, refund, paid
    FROM settlement.refund_state
    WHERE usage_period = $period
), charged AS (
    SELECT event_id, carrier, greatest(charged - list_value, 0) AS overcharge
    FROM settlement.refund
    WHERE start_at >= $begins AND start_at < $ends
)
SELECT coalesce(standing.carrier, charged.carrier) AS carrier,
    coalesce(standing.state, 'overcharged') AS state, count(*) AS events,
    coalesce(sum(refund), 0) AS refund, coalesce(sum(paid), 0) AS paid,
    coalesce(sum(overcharge), 0) AS overcharge
FROM standing
FULL JOIN charged USING (event_id)
WHERE $carrier IS NULL OR coalesce(standing.carrier, charged.carrier) = $carrier
GROUP BY ALL
ORDER BY ALL;
