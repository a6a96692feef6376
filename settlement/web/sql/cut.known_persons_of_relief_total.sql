-- Who is behind each cell, as numbers of persons, up to as many as matter.
-- Grain: cell. Parameter: least.
CREATE TABLE input.known_persons_of_relief_total AS
WITH one AS (
    SELECT share.carrier, share.measure, share.nature, share.day, share.home_province, owner.person,
        sum(share.events) AS events
    FROM owners.share_of_relief_total AS share
    LEFT JOIN input.owner AS owner ON owner.owner_id = share.owner_id
    GROUP BY ALL
)

SELECT carrier, measure, nature, day, home_province, CAST(sum(events) AS BIGINT) AS events,
    coalesce(min(person, $least), []) AS persons
FROM one
GROUP BY carrier, measure, nature, day, home_province;
