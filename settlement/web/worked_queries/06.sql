-- 6. What is not rated, and why?
-- Những gì chưa được tính cước, vì sao?
-- Grain: stage, reason, and class of the destination as recorded.

SELECT suspense.stage, suspense.severity, suspense.reason, suspense.sub_reason, event.kind,
    event.destination AS recorded, count(*) AS rows
FROM usage.suspense AS suspense
LEFT JOIN usage.event AS event ON event.event_id = suspense.event_id AND suspense.stage = 'settle'
GROUP BY suspense.stage, suspense.severity, suspense.reason, suspense.sub_reason, event.kind,
    event.destination
ORDER BY stage, rows DESC, reason, sub_reason, event.kind, recorded
LIMIT 12;
