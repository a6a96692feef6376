-- Sorts of a carrier's events with the persons behind each, beside the former edition: events that
-- stayed, that got other relief, that went, and that came.
-- Grain: period, kind, day, home province, relief before and now, agreement and gives. relief_before,
-- relief_now: null where there was none, or is none any more; gives: false of owners of whom some
-- events went and some came, which may be the same ones told otherwise: what these change may cancel;
-- events: of now; persons: by numbers, 0 whoever is not known; null: at least so many.
-- Parameters: carrier, least, periods (those told before: of the others see cut.first_sort).
WITH share AS (
    SELECT coalesce(now.kind, former.kind) AS kind, coalesce(now.day, former.day) AS day,
        coalesce(now.home_province, former.home_province) AS home_province,
        coalesce(now.owner_id, former.owner_id) AS owner_id,
        coalesce(now.relief, former.relief) AS relief,
        coalesce(now.agreement, former.agreement) AS agreement,
        coalesce(now.events, 0) AS events, coalesce(now.units, 0) AS units,
        coalesce(former.events, 0) AS events_before, coalesce(former.units, 0) AS units_before,
        CASE
            WHEN (now.events, now.units) = (former.events, former.units) THEN now.events
            WHEN now.events = former.events THEN 0
            ELSE coalesce(least(now.events, former.events), 0)
        END AS stayed
    FROM (
        FROM owners.share_of_record
        WHERE carrier = $carrier AND list_contains($periods, strftime(day, '%Y-%m'))
    ) AS now
    FULL JOIN (FROM former_owners.share_of_record WHERE carrier = $carrier) AS former
        USING (kind, day, home_province, owner_id, relief, agreement)
), changed AS (
    SELECT *
    FROM share
    WHERE events <> stayed OR events_before <> stayed
), whole AS (
    SELECT kind, day, home_province, owner_id, sum(events) = sum(events_before)
        AND sum(units) = sum(units_before) AS is_same
    FROM share
    SEMI JOIN changed USING (kind, day, home_province, owner_id)
    GROUP BY kind, day, home_province, owner_id
), moved AS (
    SELECT kind, day, home_province, owner_id,
        any_value(relief) FILTER (events_before > stayed) AS relief_before,
        any_value(relief) FILTER (events > stayed) AS relief_now,
        min(agreement) AS agreement, CAST(sum(events - stayed) AS BIGINT) AS events
    FROM changed
    SEMI JOIN (FROM whole WHERE is_same) AS own USING (kind, day, home_province, owner_id)
    GROUP BY kind, day, home_province, owner_id
    HAVING count(*) FILTER (events_before > stayed) = 1 AND count(*) FILTER (events > stayed) = 1
        AND any_value(relief) FILTER (events_before > stayed)
            <> any_value(relief) FILTER (events > stayed)
), other AS (
    SELECT *,
        bool_or(events_before > stayed) OVER own AND bool_or(events > stayed) OVER own AS is_mixed
    FROM changed
    ANTI JOIN moved USING (kind, day, home_province, owner_id)
    WINDOW own AS (PARTITION BY owner_id)
), sort AS (
    SELECT kind, day, home_province, relief AS relief_before, relief AS relief_now, agreement,
        true AS gives, owner_id, stayed AS events
    FROM share
    WHERE stayed > 0
    UNION ALL BY NAME
    SELECT *, true AS gives
    FROM moved
    UNION ALL BY NAME
    SELECT kind, day, home_province, relief AS relief_before, CAST(NULL AS VARCHAR) AS relief_now,
        agreement, NOT is_mixed AS gives, owner_id, 0 AS events
    FROM other
    WHERE events_before > stayed
    UNION ALL BY NAME
    SELECT kind, day, home_province, CAST(NULL AS VARCHAR) AS relief_before, relief AS relief_now,
        agreement, NOT is_mixed AS gives, owner_id, events - stayed AS events
    FROM other
    WHERE events > stayed
), one AS (
    SELECT sort.* EXCLUDE (owner_id, events), coalesce(owner.person, 0) AS person,
        CAST(sum(sort.events) AS BIGINT) AS events
    FROM sort
    LEFT JOIN input.owner AS owner USING (owner_id)
    GROUP BY ALL
), counted AS (
    SELECT * EXCLUDE (person, events), CAST(sum(events) AS BIGINT) AS events,
        min(person, $least) AS persons
    FROM one
    GROUP BY ALL
)

SELECT strftime(day, '%Y-%m') AS period, kind, day, home_province, relief_before, relief_now,
    agreement, gives, events, CASE WHEN len(persons) < $least THEN persons END AS persons
FROM counted
ORDER BY ALL;
