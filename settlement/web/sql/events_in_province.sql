-- Relief lines of a period and a home province, in the order of the file: owners and time.
-- Grain: event, measure and nature. Parameters: as events, and home_province.
WITH line AS (
    SELECT rowid AS place, *
    FROM rated.relief_line
    WHERE rowid > $after AND start_at >= $begins AND start_at < $ends
        AND ($carrier IS NULL OR carrier = $carrier) AND ($measure IS NULL OR measure = $measure)
        AND ($nature IS NULL OR nature = $nature)
        AND ($day IS NULL OR CAST(start_at AS DATE) = $day)
), home AS (
    SELECT line.place, coalesce(locality.province, locality.code, '') AS home_province
    FROM line
    JOIN usage.event AS event ON event.event_id = line.event_id
    JOIN usage.subscription AS subscription
        ON subscription.subscriber_id = event.subscriber_id
        AND subscription.carrier = event.carrier
        AND event.start_at >= subscription.valid_from
        AND event.start_at < coalesce(subscription.valid_until, TIMESTAMP '9999-01-01')
    LEFT JOIN ref.locality AS locality ON locality.code = subscription.home_locality
)
SELECT line.place, line.event_id, line.owner_id, line.start_at, line.carrier, line.measure,
    line.nature, line.units, line.amount
FROM line
JOIN home USING (place)
WHERE home.home_province = $home_province
ORDER BY line.place
LIMIT $limit;
