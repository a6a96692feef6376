-- Relief lines of a period and a home province, in the order of the file: owners and time.
-- Grain: event, measure and nature. Parameters: as events, and home_province.
WITH line AS (
    SELECT rowid AS place, *
    FROM rated.relief_line
    WHERE rowid > $after AND start_at >= $begins AND start_at < $ends
        AND ($carrier IS NULL OR carrier = $carrier) AND ($measure IS NULL OR measure = $measure)
        AND ($nature IS NULL OR nature = $nature)
        AND ($day IS NULL OR CAST(start_at AS DATE) = $day)
)
SELECT line.place, line.event_id, line.owner_id, line.start_at, line.carrier, line.measure,
    line.nature, line.units, line.amount
FROM line
JOIN audit.rated_event AS event ON event.event_id = line.event_id
WHERE event.home_province = $home_province
ORDER BY line.place
LIMIT $limit;
