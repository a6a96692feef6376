-- A carrier's usage of a period by what is asked for; what is not asked for is null.
-- Grain: kind, day, home province, as asked. Parameters: period, carrier, by_kind, by_day,
-- by_province.
SELECT
    CASE WHEN $by_kind THEN kind END AS kind, CASE WHEN $by_day THEN day END AS day,
    CASE WHEN $by_province THEN home_province END AS home_province,
    sum(events) AS events, sum(units) AS units, sum(list_value) AS list_value
FROM rated.total
WHERE strftime(day, '%Y-%m') = $period AND carrier = $carrier
GROUP BY ALL
ORDER BY ALL;
