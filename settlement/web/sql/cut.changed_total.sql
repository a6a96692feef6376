-- Cells whose figures are others than when readers were told them before, and of whom that is: by
-- numbers, 0 whoever is not known; null: of at least so many. What of a cell cannot be counted is
-- one person's, who is not known.
-- Grain: cell. Parameters: least; is_known: whether it is kept who was behind the former ones.
WITH cell AS (
    SELECT period, carrier, kind, day, home_province,
        $is_known AND coalesce(now.is_known, true) AND coalesce(former.is_known, true) AS is_known
    FROM cells.cell_of_total AS now
    FULL JOIN former_cells.cell_of_total AS former
        USING (period, carrier, kind, day, home_province)
    WHERE (now.events, now.units, now.list_value)
        IS DISTINCT FROM (former.events, former.units, former.list_value)
), own AS (
    SELECT share.* FROM owners.share_of_total AS share
    SEMI JOIN cell USING (carrier, kind, day, home_province)
), own_before AS (
    SELECT share.* FROM former_owners.share_of_total AS share
    SEMI JOIN cell USING (carrier, kind, day, home_province)
), one AS (
    SELECT DISTINCT carrier, kind, day, home_province, coalesce(owner.person, 0) AS person
    FROM own
    FULL JOIN own_before USING (carrier, kind, day, home_province, owner_id)
    LEFT JOIN input.owner AS owner USING (owner_id)
    WHERE (own.events, own.units)
        IS DISTINCT FROM (own_before.events, own_before.units)
), counted AS (
    SELECT carrier, kind, day, home_province, min(person, $least) AS persons
    FROM one
    GROUP BY carrier, kind, day, home_province
)

SELECT cell.period, cell.carrier, cell.kind, cell.day, cell.home_province,
    CASE
        WHEN NOT cell.is_known OR counted.persons IS NULL THEN [0]
        WHEN len(counted.persons) < $least THEN counted.persons
    END AS changed
FROM cell
LEFT JOIN counted USING (carrier, kind, day, home_province)
ORDER BY ALL;
