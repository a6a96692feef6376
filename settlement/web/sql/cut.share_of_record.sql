-- What each of some owners has of each sort of event: its kind, and the relief that it has.
-- Grain: kind, relief, agreement, day, home province and owner. relief: measure/nature of each line,
-- '' without any; agreement: 2 where each line is of the event's units, 1 where lines are of each
-- other's, else 0. Parameters: first, last: owners, in the order of their ids.
INSERT INTO owners.share_of_record
WITH line AS (
    SELECT event_id, string_agg(measure || '/' || nature, ' ' ORDER BY measure, nature) AS relief,
        min(units) AS least_units, max(units) AS most_units
    FROM face.rated.relief_line
    WHERE owner_id BETWEEN CAST($first AS UUID) AND CAST($last AS UUID)
    GROUP BY event_id
), placed AS (
    SELECT event.event_id, event.carrier, event.kind, event.start_at, home.home_province,
        event.owner_id, event.units
    FROM face.usage.event AS event
    JOIN input.home AS home ON home.owner_id = event.owner_id
    WHERE event.owner_id BETWEEN CAST($first AS UUID) AND CAST($last AS UUID)
        AND event.event_id NOT IN (SELECT event_id FROM input.unrated)
    UNION ALL
    SELECT event.event_id, event.carrier, event.kind, event.start_at, elsewhere.home_province,
        elsewhere.owner_id, event.units
    FROM face.usage.event AS event
    JOIN input.elsewhere AS elsewhere ON elsewhere.event_id = event.event_id
    WHERE elsewhere.owner_id BETWEEN CAST($first AS UUID) AND CAST($last AS UUID)
)

SELECT placed.carrier, placed.kind, coalesce(line.relief, '') AS relief,
    CASE
        WHEN line.event_id IS NULL THEN 2
        WHEN line.least_units <> line.most_units THEN 0
        WHEN line.least_units = placed.units THEN 2
        ELSE 1
    END AS agreement,
    CAST(placed.start_at AS DATE) AS day, placed.home_province, placed.owner_id,
    count(*) AS events, CAST(sum(placed.units) AS BIGINT) AS units
FROM placed
LEFT JOIN line ON line.event_id = placed.event_id
GROUP BY ALL;
