-- 7. Counting the calls anew: how many, how long, and how long as billed
-- Đếm lại các cuộc gọi: số cuộc, thời lượng, thời lượng tính cước
-- Grain: carrier.
-- Blocks are the tariff's (6 s, then 1 s); the partial records of a session are billed as one call.
-- With `'sms'` or `'data'` for `'voice'` it counts those.

WITH call AS (
    SELECT carrier, units, session_key, owner_id
    FROM audit.rated_event
    WHERE kind = 'voice'
), whole AS (
    SELECT carrier, 1 AS events, units FROM call WHERE session_key IS NULL
    UNION ALL
    SELECT carrier, count(*), CAST(sum(units) AS BIGINT)
    FROM call
    WHERE session_key IS NOT NULL
    GROUP BY carrier, owner_id, session_key
), ours AS (
    SELECT whole.carrier, sum(whole.events) AS events, sum(whole.units) AS units,
        sum(audit.billed(whole.units, price.first_block, price.block)) AS billed
    FROM whole
    JOIN (SELECT DISTINCT carrier, first_block, block FROM audit.price WHERE kind = 'voice') AS price
        USING (carrier)
    GROUP BY whole.carrier
), theirs AS (
    SELECT carrier, sum(events) AS events, sum(units) AS units, sum(billed) AS billed
    FROM rated.total
    WHERE kind = 'voice'
    GROUP BY carrier
)
SELECT carrier, ours.events, ours.units, ours.billed,
    (ours.events, ours.units, ours.billed) = (theirs.events, theirs.units, theirs.billed) AS agrees
FROM ours
FULL JOIN theirs USING (carrier)
ORDER BY carrier;
