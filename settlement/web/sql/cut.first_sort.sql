-- Sorts of a carrier's events with the persons behind each, of months that were not told before.
-- Grain and columns: as cut.sort. Parameters: carrier, least, periods (those told before).
WITH one AS (
    SELECT share.kind, share.day, share.home_province, share.relief, share.agreement,
        coalesce(owner.person, 0) AS person, CAST(sum(share.events) AS BIGINT) AS events
    FROM owners.share_of_record AS share
    LEFT JOIN input.owner AS owner USING (owner_id)
    WHERE share.carrier = $carrier
        AND NOT list_contains($periods, strftime(share.day, '%Y-%m'))
    GROUP BY ALL
), counted AS (
    SELECT kind, day, home_province, relief, agreement, CAST(sum(events) AS BIGINT) AS events,
        min(person, $least) AS persons
    FROM one
    GROUP BY ALL
)

SELECT strftime(day, '%Y-%m') AS period, kind, day, home_province,
    CAST(NULL AS VARCHAR) AS relief_before, relief AS relief_now, agreement, true AS gives, events,
    CASE WHEN len(persons) < $least THEN persons END AS persons
FROM counted
ORDER BY ALL;
