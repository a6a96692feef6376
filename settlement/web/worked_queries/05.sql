-- 5. Is every event of a carrier rated or suspended, and do its statement's counts say so?
-- Mọi sự kiện của doanh nghiệp có được tính cước hoặc bị treo, và bảng đối soát có nói đúng số ấy không?
-- Grain: carrier.

WITH suspended AS (
    SELECT event_id, carrier FROM usage.suspense WHERE stage = 'settle'
), counted AS (
    SELECT carrier, count(*) AS events, 0 AS suspended
    FROM usage.event
    SEMI JOIN audit.settled_file AS settled ON settled.source_file = event.source_file
        AND event.start_at >= settled.begin_at AND event.start_at < settled.end_at
        AND event.carrier = coalesce(settled.carrier, event.carrier)
    GROUP BY carrier
    UNION ALL
    SELECT carrier, count(*) FILTER (taken.event_id IS NULL), count(*)
    FROM suspended
    LEFT JOIN (SELECT event_id FROM usage.event SEMI JOIN suspended USING (event_id)) AS taken
        USING (event_id)
    GROUP BY carrier
), statement AS (
    SELECT carrier, sum(events) AS events, sum(suspended) AS suspended, sum(rated) AS rated
    FROM settlement.statement
    GROUP BY carrier
)
SELECT carrier, sum(counted.events) AS events, sum(counted.suspended) AS suspended,
    sum(counted.events - counted.suspended) AS rated,
    (sum(counted.events), sum(counted.suspended), sum(counted.events - counted.suspended))
        = (statement.events, statement.suspended, statement.rated) AS statement_agrees
FROM counted
JOIN statement USING (carrier)
GROUP BY carrier, statement.events, statement.suspended, statement.rated
ORDER BY carrier;
