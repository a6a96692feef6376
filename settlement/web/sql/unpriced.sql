-- Events that no tariff prices: what a catalogue lacks.
-- Grain: carrier, plan, kind and destination (of a pack its name). Parameters: carrier: null for
-- any; begins, ends.
WITH lacks AS (
    SELECT event_id, event.owner_id, event.subscriber_id, event.carrier, event.start_at, event.kind,
        CASE WHEN event.kind = 'pack' THEN event.pack ELSE event.destination END AS destination
    FROM usage.suspense AS suspense
    JOIN usage.event AS event USING (event_id)
    WHERE suspense.stage = 'settle' AND suspense.reason = 'no_tariff'
        AND ($carrier IS NULL OR suspense.carrier = $carrier)
        AND suspense.start_at >= $begins AND suspense.start_at < $ends
), meant AS (
    -- The subscriber's own row comes before those of the account.
    SELECT event_id, true AS is_own, plan
    FROM lacks
    JOIN usage.subscription AS held USING (carrier, subscriber_id)
    WHERE start_at >= valid_from AND (valid_until IS NULL OR start_at < valid_until)
    UNION ALL
    SELECT event_id, false, plan
    FROM lacks
    JOIN usage.subscription AS held USING (carrier, owner_id)
    WHERE start_at >= valid_from AND (valid_until IS NULL OR start_at < valid_until)
), one AS (
    SELECT event_id, is_own, any_value(plan) AS plan
    FROM meant
    GROUP BY event_id, is_own
    HAVING count(DISTINCT plan) = 1
), chosen AS (
    SELECT event_id, arg_max(plan, is_own) AS plan
    FROM one
    GROUP BY event_id
)
SELECT coalesce(plan, '') AS plan, kind, destination, count(*) AS events, carrier
FROM lacks
LEFT JOIN chosen USING (event_id)
GROUP BY ALL
ORDER BY carrier, events DESC, plan, kind, destination;
