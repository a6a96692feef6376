-- 8. Counting one day anew by province: events and units of 17 August, by home and serving province
-- Đếm lại ngày 17/8: sự kiện và lượng, theo tỉnh đăng ký và tỉnh phục vụ
-- Grain: carrier, kind, home and serving province.
-- None may come back.

WITH ours AS (
    SELECT carrier, kind, home_province, serving_province, count(*) AS events, sum(units) AS units
    FROM audit.rated_event
    WHERE start_at >= TIMESTAMP '2021-08-17' AND start_at < TIMESTAMP '2021-08-18'
    GROUP BY ALL
), theirs AS (
    SELECT carrier, kind, home_province, serving_province, sum(events) AS events,
        sum(units) AS units
    FROM rated.total
    WHERE day = DATE '2021-08-17'
    GROUP BY ALL
)
SELECT carrier, kind, home_province, serving_province, ours.events, theirs.events AS published,
    ours.units, theirs.units AS published_units
FROM ours
FULL JOIN theirs USING (carrier, kind, home_province, serving_province)
WHERE (ours.events, ours.units) IS DISTINCT FROM (theirs.events, theirs.units);
