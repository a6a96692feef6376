-- Relief of a period by what is asked for; what is not asked for is null.
-- Grain: nature, since natures do not add up; carrier, measure, day, home province, as asked. Parameters: period; carrier,
-- measure, nature, day, home_province: null for any; by_carrier, by_measure, by_day, by_province.
SELECT
    CASE WHEN $by_carrier THEN carrier END AS carrier,
    CASE WHEN $by_measure THEN measure END AS measure,
    nature,
    CASE WHEN $by_day THEN day END AS day,
    CASE WHEN $by_province THEN home_province END AS home_province,
    sum(events) AS events, sum(units) AS units, sum(amount) AS amount
FROM rated.relief_total
WHERE strftime(day, '%Y-%m') = $period
    AND ($carrier IS NULL OR carrier = $carrier) AND ($measure IS NULL OR measure = $measure)
    AND ($nature IS NULL OR nature = $nature) AND ($day IS NULL OR day = $day)
    AND ($home_province IS NULL OR home_province = $home_province)
GROUP BY ALL
ORDER BY ALL;
