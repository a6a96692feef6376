-- What each owner of some shards has of the cells of usage.
-- Grain: cell and owner. Parameters: first, after: shards.
INSERT INTO owners.share_of_total
SELECT event.carrier, event.kind, CAST(event.start_at AS DATE) AS day, home.home_province,
    event.owner_id, count(*) AS events, CAST(sum(event.units) AS BIGINT) AS units
FROM face.usage.event AS event
JOIN input.home AS home
    ON home.subscriber_id = event.subscriber_id AND home.carrier = event.carrier
    AND event.start_at >= home.valid_from AND event.start_at < home.valid_until
WHERE event.shard >= $first AND event.shard < $after
    AND event.event_id NOT IN (SELECT event_id FROM input.unrated)
GROUP BY ALL;
