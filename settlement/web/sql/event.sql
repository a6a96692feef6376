-- An event, beside the file that it came in.
-- Grain: event. Parameter: event.
SELECT event.event_id, event.owner_id, event.subscriber_id, event.carrier, event.start_at,
    event.duration, event.kind, event.destination, event.counterparty, event.rating_group,
    event.locality, event.units, event.session_key, event.pack, event.charged, event.shard,
    source.name AS file, source.sha256, event.row
FROM usage.event AS event
LEFT JOIN usage.source_file AS source ON source.source_file = event.source_file
WHERE event.event_id = CAST($event AS UUID);
