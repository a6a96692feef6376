-- 18. The allow-list: which hosts were free from 5 August, for how many sessions, and which were not?
-- Danh sách miễn cước: địa chỉ nào được miễn từ 5/8, bao nhiêu phiên, địa chỉ nào không?
-- Grain: host.

WITH session AS (
    SELECT event_id, rating_group FROM usage.event
    WHERE kind = 'data' AND rating_group <> '' AND units > 0 AND start_at >= TIMESTAMP '2021-08-05'
), freed AS (
    SELECT event_id, string_agg(DISTINCT measure, ', ' ORDER BY measure) AS measures
    FROM rated.relief_line
    WHERE measure IN ('M3', 'M10')
    GROUP BY event_id
)
SELECT session.rating_group AS host, any_value(listed.list) AS list, count(*) AS sessions,
    count(*) FILTER (freed.measures = 'M3') AS by_m3,
    count(*) FILTER (contains(freed.measures, 'M10')) AS by_m10,
    count(*) FILTER (freed.measures IS NULL) AS not_free
FROM session
LEFT JOIN freed USING (event_id)
LEFT JOIN ref.zero_rated_host AS listed ON listed.host = session.rating_group
GROUP BY ALL
ORDER BY sessions DESC, host;
