-- 16. Did anyone get more than the 50 minutes of M6?
-- Có ai được hơn 50 phút của M6 không?
-- Grain: carrier.

WITH given AS (
    SELECT carrier, owner_id, sum(units) AS used FROM rated.relief_line WHERE measure = 'M6' GROUP BY ALL
)
SELECT carrier, count(*) AS owners, sum(used) // 60000 AS minutes, max(used) AS most_ms,
    count(*) FILTER (used = 3000000) AS used_up, count(*) FILTER (used > 3000000) AS too_much
FROM given
GROUP BY carrier
ORDER BY carrier;
