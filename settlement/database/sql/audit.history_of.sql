-- All that one owner did, in order, with what each measure took off it.
-- Grain: event, measure and nature; an event without relief has one row.
-- Parameter: of_owner, UUID or its text.
CREATE MACRO audit.history_of(of_owner) AS TABLE
SELECT event.start_at, event.event_id, event.subscriber_id, event.kind,
    event.destination AS recorded, event.units, event.pack, event.charged, line.measure, line.nature,
    line.units AS relieved, line.amount
FROM usage.event AS event
LEFT JOIN rated.relief_line AS line ON line.event_id = event.event_id
    AND line.owner_id = CAST(of_owner AS UUID)
WHERE event.owner_id = CAST(of_owner AS UUID)
ORDER BY event.start_at, event.event_id, line.measure, line.nature;
COMMENT ON MACRO TABLE audit.history_of IS
    'history_of(chủ số dư): mọi sự kiện của một chủ số dư theo thời gian, kèm hỗ trợ. | history_of(owner): all events of an owner in time, with their relief. Grain: event, measure and nature; an event without relief has one row.';
