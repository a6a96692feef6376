-- 24. Events of one owner that are alike to the millisecond: one day's, and what relief they had
-- Sự kiện của một chủ số dư giống nhau đến từng mili giây trong một ngày, và hỗ trợ của chúng
-- Grain: carrier and kind.
-- Two records that differ in their key alone are two events: a finding to look into, for which the
-- carrier can be asked.

WITH alike AS (
    SELECT carrier, kind, owner_id, start_at, units, list(event_id) AS events
    FROM usage.event
    WHERE start_at >= TIMESTAMP '2021-08-17' AND start_at < TIMESTAMP '2021-08-18'
    GROUP BY carrier, kind, owner_id, start_at, units, destination, counterparty, rating_group
    HAVING count(*) > 1
), one AS (
    SELECT carrier, kind, unnest(events) AS event_id FROM alike
)
SELECT one.carrier, one.kind, count(DISTINCT one.event_id) AS events,
    count(line.event_id) AS relief_lines, coalesce(sum(line.amount), 0) AS amount
FROM one
LEFT JOIN rated.relief_line AS line USING (event_id)
GROUP BY one.carrier, one.kind
ORDER BY one.carrier, one.kind;
