-- Where events came from and what they are: of a pack its name stands as destination.
-- An event that was never taken, since its copies contradict each other, is not among them.
-- Grain: event that is kept. Parameter: events: their ids.
WITH wanted AS (
    SELECT DISTINCT CAST(unnest($events) AS UUID) AS event_id
), recorded AS (
    SELECT event_id, owner_id, subscriber_id, carrier, start_at, kind,
        CASE WHEN kind = 'pack' THEN pack ELSE destination END AS destination, units, charged,
        source_file, row
    FROM usage.event
    SEMI JOIN wanted USING (event_id)
), meant AS (
    -- The subscriber's own row comes before those of the account.
    SELECT event_id, true AS is_own, plan
    FROM recorded
    JOIN usage.subscription AS held USING (carrier, subscriber_id)
    WHERE start_at >= valid_from AND (valid_until IS NULL OR start_at < valid_until)
    UNION ALL
    SELECT event_id, false, plan
    FROM recorded
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
SELECT event_id, source.name AS file, recorded.row, coalesce(plan, '') AS plan,
    recorded.kind, destination, units, charged
FROM recorded
LEFT JOIN chosen USING (event_id)
LEFT JOIN usage.source_file AS source USING (source_file);
