-- Who is behind each cell, as numbers of persons, up to as many as matter.
-- Grain: cell. Parameter: least.
CREATE TABLE input.known_persons_of_total AS
WITH one AS (
    SELECT share.carrier, share.kind, share.day, share.home_province, owner.person,
        sum(share.events) AS events
    FROM owners.share_of_total AS share
    LEFT JOIN input.owner AS owner ON owner.owner_id = share.owner_id
    GROUP BY ALL
)

SELECT carrier, kind, day, home_province, CAST(sum(events) AS BIGINT) AS events,
    coalesce(min(person, $least), []) AS persons
FROM one
GROUP BY carrier, kind, day, home_province;
