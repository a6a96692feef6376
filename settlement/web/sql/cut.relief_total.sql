-- Relief as it is cut for readers: cells of a line of a statement, a day and a province.
-- Grain: cell. persons: as cut.total. Parameter: least.
WITH cell AS (
    SELECT
        strftime(total.day, '%Y-%m') AS period, total.carrier, line.programme, total.measure,
        total.nature, total.day, total.home_province,
        CAST(sum(total.events) AS BIGINT) AS events, CAST(sum(total.units) AS BIGINT) AS units,
        CAST(sum(total.amount) AS BIGINT) AS amount
    FROM face.rated.relief_total AS total
    JOIN face.settlement.statement_line AS line
        ON line.period = strftime(total.day, '%Y-%m') AND line.carrier = total.carrier
        AND line.measure = total.measure AND line.nature = total.nature
    GROUP BY ALL
)
SELECT cell.*, known.events IS NOT DISTINCT FROM cell.events AS is_known,
    CASE
        WHEN known.events IS DISTINCT FROM cell.events THEN []
        WHEN len(known.persons) < $least THEN known.persons
    END AS persons
FROM cell
LEFT JOIN input.known_persons_of_relief_total AS known USING (carrier, measure, nature, day, home_province)
ORDER BY ALL;
