-- What each of some owners has of the cells of usage, by the owner and the home that audit.rated_event
-- has of each event.
-- Grain: cell and owner. Parameters: first, last: owners, in the order of their ids.
INSERT INTO owners.share_of_total
WITH placed AS (
    SELECT event.carrier, event.kind, event.start_at, home.home_province, event.owner_id, event.units
    FROM face.usage.event AS event
    JOIN input.home AS home ON home.owner_id = event.owner_id
    WHERE event.owner_id BETWEEN CAST($first AS UUID) AND CAST($last AS UUID)
        AND event.event_id NOT IN (SELECT event_id FROM input.unrated)
    UNION ALL
    SELECT event.carrier, event.kind, event.start_at, elsewhere.home_province, elsewhere.owner_id,
        event.units
    FROM face.usage.event AS event
    JOIN input.elsewhere AS elsewhere ON elsewhere.event_id = event.event_id
    WHERE elsewhere.owner_id BETWEEN CAST($first AS UUID) AND CAST($last AS UUID)
)

SELECT carrier, kind, CAST(start_at AS DATE) AS day, home_province, owner_id, count(*) AS events,
    CAST(sum(units) AS BIGINT) AS units
FROM placed
GROUP BY ALL;
