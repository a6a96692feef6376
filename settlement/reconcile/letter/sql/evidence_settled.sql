-- Lines of a cell that an earlier run has otherwise than the one in force, or alone; as it has them,
-- less as they are now.
-- Of an event that is rated no more the home is its owner's, by the rows that held when it began:
-- both runs are of the same subscriptions. Nothing is known of a run that was let go of.
-- Grain: event, measure and nature. Parameters: as evidence, and run: the earlier one.
WITH line AS (
    SELECT event_id, owner_id, start_at, measure, nature, 1 AS times, units, amount
    FROM history.relief_line
    WHERE run = $run AND carrier = $carrier AND nature = $nature
        AND ($measure IS NULL OR measure = $measure)
        AND CAST(start_at AS DATE) BETWEEN $first AND $last
    UNION ALL
    SELECT event_id, owner_id, start_at, measure, nature, -1 AS times, -units AS units,
        -amount AS amount
    FROM rated.relief_line
    WHERE carrier = $carrier AND nature = $nature AND ($measure IS NULL OR measure = $measure)
        AND CAST(start_at AS DATE) BETWEEN $first AND $last
        AND EXISTS (SELECT 1 FROM history.run WHERE run = $run)
), moved AS (
    SELECT event_id, any_value(owner_id) AS owner_id, any_value(start_at) AS start_at, measure,
        nature, CAST(sum(times) AS BIGINT) AS times, CAST(sum(units) AS BIGINT) AS units,
        CAST(sum(amount) AS BIGINT) AS amount
    FROM line
    GROUP BY event_id, measure, nature
    HAVING sum(times) <> 0 OR sum(units) <> 0 OR sum(amount) <> 0
), rated AS MATERIALIZED (
    SELECT event_id, home_province
    FROM audit.rated_event
    SEMI JOIN moved USING (event_id)
    WHERE $home_province IS NOT NULL
), home AS (
    SELECT event_id, home_province
    FROM rated
    UNION ALL
    SELECT DISTINCT moved.event_id, coalesce(locality.province, locality.code, '')
    FROM moved
    ANTI JOIN rated USING (event_id)
    JOIN usage.subscription AS subscription
        ON subscription.owner_id = moved.owner_id AND moved.start_at >= subscription.valid_from
        AND moved.start_at < coalesce(subscription.valid_until, TIMESTAMP '9999-01-01')
    LEFT JOIN ref.locality AS locality ON locality.code = subscription.home_locality
)
SELECT event_id, start_at, measure, nature, times, units, amount,
    count(*) OVER () AS lines,
    CAST(sum(times) OVER () AS HUGEINT) AS times_in_all,
    CAST(sum(units) OVER () AS HUGEINT) AS units_in_all,
    CAST(sum(amount) OVER () AS HUGEINT) AS amount_in_all
FROM moved
WHERE $home_province IS NULL
    OR event_id IN (SELECT event_id FROM home WHERE home_province = $home_province)
ORDER BY start_at, event_id, measure, nature
LIMIT $rows OFFSET $after;
