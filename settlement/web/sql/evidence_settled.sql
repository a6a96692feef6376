-- Lines of a cell that an earlier run has otherwise than the one in force, or alone; as it has them,
-- less as they are now.
-- Grain: event, measure and nature. Parameters: as evidence, and run: the earlier one.
WITH line AS (
    SELECT event_id, start_at, measure, nature, 1 AS times, units, amount
    FROM history.relief_line
    WHERE run = $run AND carrier = $carrier AND nature = $nature
        AND ($measure IS NULL OR measure = $measure)
        AND CAST(start_at AS DATE) BETWEEN $first AND $last
    UNION ALL
    SELECT event_id, start_at, measure, nature, -1 AS times, -units AS units, -amount AS amount
    FROM rated.relief_line
    WHERE carrier = $carrier AND nature = $nature AND ($measure IS NULL OR measure = $measure)
        AND CAST(start_at AS DATE) BETWEEN $first AND $last
), moved AS (
    SELECT event_id, any_value(start_at) AS start_at, measure, nature,
        CAST(sum(times) AS BIGINT) AS times, CAST(sum(units) AS BIGINT) AS units,
        CAST(sum(amount) AS BIGINT) AS amount
    FROM line
    GROUP BY event_id, measure, nature
    HAVING sum(times) <> 0 OR sum(units) <> 0 OR sum(amount) <> 0
)
SELECT moved.*,
    count(*) OVER () AS lines,
    CAST(sum(moved.times) OVER () AS HUGEINT) AS times_in_all,
    CAST(sum(moved.units) OVER () AS HUGEINT) AS units_in_all,
    CAST(sum(moved.amount) OVER () AS HUGEINT) AS amount_in_all
FROM moved
JOIN audit.rated_event AS event USING (event_id)
WHERE $home_province IS NULL OR event.home_province = $home_province
ORDER BY moved.start_at, event_id, measure, nature
LIMIT $rows OFFSET $after;
