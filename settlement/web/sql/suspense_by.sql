-- Suspended events of a period by reason and by what else is asked for; what is not is null.
-- One that was never taken, since its copies contradict each other, has the file of the first, and
-- no plan, kind and destination.
-- Grain: reason; carrier, plan and kind, kind and destination (of a pack its name), file, as asked.
-- Parameters: begins, ends: moments; carrier, reason: null for any; by_carrier, by_plan,
-- by_destination, by_file.
WITH waiting AS (
    SELECT event_id, carrier, reason, source_file
    FROM usage.suspense
    WHERE stage = 'settle' AND start_at >= $begins AND start_at < $ends
        AND ($carrier IS NULL OR carrier = $carrier) AND ($reason IS NULL OR reason = $reason)
), first_copy AS (
    SELECT event_id, arg_min(source_file, (stage <> 'contradicted', source_file, row)) AS source_file
    FROM usage.suspense
    SEMI JOIN waiting USING (event_id)
    WHERE stage <> 'settle'
    GROUP BY event_id
), recorded AS (
    SELECT event_id, owner_id, subscriber_id, carrier, start_at, kind,
        CASE WHEN kind = 'pack' THEN pack ELSE destination END AS destination
    FROM usage.event
    SEMI JOIN waiting USING (event_id)
), meant AS (
    -- The subscriber's own row comes before those of the account.
    SELECT event_id, true AS is_own, plan
    FROM recorded
    JOIN usage.subscription AS held USING (carrier, subscriber_id)
    WHERE $by_plan AND start_at >= valid_from AND (valid_until IS NULL OR start_at < valid_until)
    UNION ALL
    SELECT event_id, false, plan
    FROM recorded
    JOIN usage.subscription AS held USING (carrier, owner_id)
    WHERE $by_plan AND start_at >= valid_from AND (valid_until IS NULL OR start_at < valid_until)
), one AS (
    SELECT event_id, is_own, any_value(plan) AS plan
    FROM meant
    GROUP BY event_id, is_own
    HAVING count(DISTINCT plan) = 1
), chosen AS (
    SELECT event_id, arg_max(plan, is_own) AS plan
    FROM one
    GROUP BY event_id
), plans AS (
    SELECT id, arg_max(name, valid_from) AS name
    FROM ref.plan
    GROUP BY id
)
SELECT CASE WHEN $by_carrier THEN waiting.carrier END AS carrier, reason,
    CASE WHEN $by_plan THEN plan END AS plan, CASE WHEN $by_plan THEN plans.name END AS plan_name,
    CASE WHEN $by_plan OR $by_destination THEN recorded.kind END AS kind,
    CASE WHEN $by_plan OR $by_destination THEN destination END AS destination,
    CASE WHEN $by_file THEN source.name END AS file, count(*) AS events
FROM waiting
LEFT JOIN recorded USING (event_id)
LEFT JOIN chosen USING (event_id)
LEFT JOIN plans ON plans.id = plan
LEFT JOIN first_copy USING (event_id)
LEFT JOIN usage.source_file AS source
    ON source.source_file = coalesce(waiting.source_file, first_copy.source_file)
GROUP BY ALL
ORDER BY events DESC, carrier, reason, plan, kind, destination, file;
