-- Relief lines of owners of some shards by the cells of relief, and up to ten of their persons.
-- Grain: cell. Parameters: first, after: shards; least.
INSERT INTO input.persons_of_relief_total
WITH line AS (
    SELECT line.event_id, line.carrier, line.measure, line.nature, owner.person
    FROM face.rated.relief_line AS line
    JOIN input.owner AS owner ON owner.owner_id = line.owner_id
    WHERE owner.shard >= $first AND owner.shard < $after
), one AS (
    SELECT line.carrier, line.measure, line.nature, CAST(event.start_at AS DATE) AS day,
        home.home_province, line.person, count(*) AS events
    FROM face.usage.event AS event
    JOIN line ON line.event_id = event.event_id
    JOIN input.home AS home
        ON home.subscriber_id = event.subscriber_id AND home.carrier = event.carrier
        AND event.start_at >= home.valid_from AND event.start_at < home.valid_until
    WHERE event.shard >= $first AND event.shard < $after
    GROUP BY ALL
)
SELECT carrier, measure, nature, day, home_province, CAST(sum(events) AS BIGINT) AS events,
    min(person, $least) AS persons
FROM one
GROUP BY carrier, measure, nature, day, home_province;
