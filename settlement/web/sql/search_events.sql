-- Events whose ids begin alike, in the order of ids: those that were never taken, too.
-- Grain: event. Parameters: first, last: of the range of ids; most.
WITH taken AS (
    SELECT event_id, carrier, kind, start_at
    FROM usage.event
    WHERE event_id BETWEEN CAST($first AS UUID) AND CAST($last AS UUID)
), never_taken AS (
    SELECT event_id, any_value(carrier) AS carrier, NULL AS kind, any_value(start_at) AS start_at
    FROM usage.suspense
    WHERE event_id BETWEEN CAST($first AS UUID) AND CAST($last AS UUID)
        AND event_id NOT IN (SELECT event_id FROM taken)
    GROUP BY event_id
), found AS (
    FROM taken
    UNION ALL
    FROM never_taken
)
SELECT 'event' AS what, event_id AS id, carrier, kind, start_at
FROM found
ORDER BY event_id
LIMIT $most;
