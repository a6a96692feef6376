-- Usage as it is cut for readers: cells of a line (period, carrier, kind), a day and a province.
-- Grain: cell. persons: who is behind it, by numbers; null: at least so many; none where what is
-- kept of usage is not all that the cell counts. Parameter: least.
WITH cell AS (
    SELECT
        strftime(day, '%Y-%m') AS period, carrier, kind, day, home_province,
        CAST(sum(events) AS BIGINT) AS events, CAST(sum(units) AS BIGINT) AS units,
        CAST(sum(list_value) AS BIGINT) AS list_value
    FROM face.rated.total
    GROUP BY ALL
)
SELECT cell.*, known.events IS NOT DISTINCT FROM cell.events AS is_known,
    CASE
        WHEN known.events IS DISTINCT FROM cell.events THEN []
        WHEN len(known.persons) < $least THEN known.persons
    END AS persons
FROM cell
LEFT JOIN input.known_persons_of_total AS known USING (carrier, kind, day, home_province)
ORDER BY ALL;
