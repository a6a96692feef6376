-- 29. Who was given M6, was anyone given it twice, and what is left of it?
-- Ai được cấp M6, có ai được cấp hai lần không, và còn lại bao nhiêu?
-- Grain: carrier.
-- `differ` counts owners whose lines of M6 use another amount than their grants lack.

WITH last AS (
    SELECT run FROM rated.run ORDER BY period DESC LIMIT 1
), had AS (
    SELECT carrier, owner_id, count(*) AS grants, sum(given) AS given, sum(remaining) AS remaining,
        max(expires_at) AS expires_at
    FROM rated.closing_balance
    JOIN last USING (run)
    WHERE balance = 'grant' AND measure = 'M6'
    GROUP BY ALL
), used AS (
    SELECT carrier, owner_id, sum(units) AS units
    FROM rated.relief_line
    WHERE measure = 'M6'
    GROUP BY ALL
)
SELECT carrier, count(*) AS owners, count(*) FILTER (grants > 1) AS twice,
    sum(given) // 60000 AS minutes_given, sum(remaining) // 60000 AS minutes_left,
    count(*) FILTER (remaining = 0) AS used_up, max(expires_at) AS last_expiry,
    count(*) FILTER (given - remaining <> coalesce(used.units, 0)) AS differ
FROM had
LEFT JOIN used USING (carrier, owner_id)
GROUP BY carrier
ORDER BY carrier;
