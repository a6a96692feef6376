-- What each owner of some shards has of the cells of relief.
-- Grain: cell and owner. Parameters: first, after: shards.
INSERT INTO owners.share_of_relief_total
WITH line AS (
    SELECT line.event_id, line.carrier, line.measure, line.nature, line.owner_id, line.units,
        line.amount
    FROM face.rated.relief_line AS line
    JOIN input.owner AS owner ON owner.owner_id = line.owner_id
    WHERE owner.shard >= $first AND owner.shard < $after
)

SELECT line.carrier, line.measure, line.nature, CAST(event.start_at AS DATE) AS day,
    home.home_province, line.owner_id, count(*) AS events,
    CAST(sum(line.units) AS BIGINT) AS units, CAST(sum(line.amount) AS BIGINT) AS amount
FROM face.usage.event AS event
JOIN line ON line.event_id = event.event_id
JOIN input.home AS home
    ON home.subscriber_id = event.subscriber_id AND home.carrier = event.carrier
    AND event.start_at >= home.valid_from AND event.start_at < home.valid_until
WHERE event.shard >= $first AND event.shard < $after
GROUP BY ALL;
