-- Events that began before a moment and ended after it, and what relieved them.
-- Grain: event. Parameter: moment, a TIMESTAMP of Vietnam civil time.
CREATE MACRO audit.crossing(moment) AS TABLE
SELECT event.event_id, event.carrier, event.kind, event.destination AS recorded, event.start_at,
    event.start_at + to_milliseconds(event.duration) AS end_at, event.units,
    (SELECT coalesce(sum(line.amount), 0) FROM rated.relief_line AS line
        WHERE line.event_id = event.event_id AND line.nature = 'discount') AS discount,
    (SELECT string_agg(DISTINCT line.measure, ', ' ORDER BY line.measure)
        FROM rated.relief_line AS line WHERE line.event_id = event.event_id) AS measures
FROM usage.event AS event
WHERE event.start_at < moment AND event.start_at > moment - INTERVAL 31 DAY
    AND event.start_at + to_milliseconds(event.duration) > moment;
COMMENT ON MACRO TABLE audit.crossing IS
    'crossing(thời điểm): sự kiện bắt đầu trước và kết thúc sau thời điểm đó. | crossing(TIMESTAMP): events that began before it and ended after it. Grain: event.';
