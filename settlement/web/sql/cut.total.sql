-- Usage as it is cut for readers: cells of a line (period, carrier, kind), a day and a province.
-- Grain: cell.
SELECT
    strftime(day, '%Y-%m') AS period, carrier, kind, day, home_province,
    CAST(sum(events) AS BIGINT) AS events, CAST(sum(units) AS BIGINT) AS units,
    CAST(sum(list_value) AS BIGINT) AS list_value
FROM face.rated.total
GROUP BY ALL
ORDER BY ALL;
