-- Measures over all carriers of a period. Where carriers call one otherwise, it has the titles of
-- which none other is the beginning.
-- kind: of the usage that its units count, which says their unit; '' where they are of several.
-- Grain: programme, measure and nature. Parameter: period.
WITH titles AS (
    SELECT id, list_sort(list_distinct(list(title))) AS vi,
        list_sort(list_distinct(list(title_en))) AS en,
        list_distinct(flatten(list(CAST(
            coalesce(effect::JSON -> 'kinds', scope::JSON -> 'kinds') AS VARCHAR[]
        )))) AS kinds
    FROM ref.measure
    GROUP BY id
),

about AS (
    SELECT id,
        array_to_string(
            list_filter(vi, lambda one:
                len(list_filter(vi, lambda other: other <> one AND starts_with(one, other))) = 0),
            '; ') AS title,
        array_to_string(
            list_filter(en, lambda one:
                len(list_filter(en, lambda other: other <> one AND starts_with(one, other))) = 0),
            '; ') AS title_en,
        CASE WHEN len(kinds) = 1 THEN kinds[1] ELSE '' END AS kind
    FROM titles
)

SELECT line.programme, line.measure, about.title, about.title_en, about.kind, line.nature,
    count(*) AS carriers, sum(line.events) AS events, sum(line.units) AS units,
    sum(line.amount) AS amount
FROM settlement.statement_line AS line
LEFT JOIN about ON about.id = line.measure
WHERE line.period = $period
GROUP BY ALL
ORDER BY line.programme, line.measure, line.nature;
