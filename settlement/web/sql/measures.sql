-- Measures over all carriers of a period.
-- Grain: programme, measure and nature. Parameter: period.
WITH about AS (
    SELECT id, any_value(title ORDER BY place_in_order) AS title,
        any_value(title_en ORDER BY place_in_order) AS title_en
    FROM ref.measure
    GROUP BY id
)
SELECT line.programme, line.measure, about.title, about.title_en, line.nature,
    count(*) AS carriers, sum(line.events) AS events, sum(line.units) AS units,
    sum(line.amount) AS amount
FROM settlement.statement_line AS line
LEFT JOIN about ON about.id = line.measure
WHERE line.period = $period
GROUP BY ALL
ORDER BY line.programme, line.measure, line.nature;
