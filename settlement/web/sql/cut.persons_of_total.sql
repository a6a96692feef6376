-- Events of some shards by the cells of usage, and up to ten of the persons that they are of.
-- Grain: cell. Parameters: first, after: shards; least.
INSERT INTO input.persons_of_total
WITH one AS (
    SELECT event.carrier, event.kind, CAST(event.start_at AS DATE) AS day, home.home_province,
        owner.person, count(*) AS events
    FROM face.usage.event AS event
    JOIN input.home AS home
        ON home.subscriber_id = event.subscriber_id AND home.carrier = event.carrier
        AND event.start_at >= home.valid_from AND event.start_at < home.valid_until
    LEFT JOIN input.owner AS owner ON owner.owner_id = event.owner_id
    WHERE event.shard >= $first AND event.shard < $after
        AND event.event_id NOT IN (SELECT event_id FROM input.unrated)
    GROUP BY ALL
)
SELECT carrier, kind, day, home_province, CAST(sum(events) AS BIGINT) AS events,
    min(person, $least) AS persons
FROM one
GROUP BY carrier, kind, day, home_province;
