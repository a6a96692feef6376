-- Lines of a statement, each measure as it is called for that carrier.
-- Grain: programme, measure and nature. Parameters: period, carrier.
WITH about AS (
    SELECT id, any_value(title ORDER BY place_in_order) AS title,
        any_value(title_en ORDER BY place_in_order) AS title_en,
        any_value(document ORDER BY place_in_order) AS document,
        any_value(coalesce(nullif(document_vi, ''), document) ORDER BY place_in_order)
            AS document_vi
    FROM ref.measure
    WHERE carriers IS NULL OR list_contains(string_split(carriers, ', '), $carrier)
    GROUP BY id
)
SELECT line.programme, line.measure, about.title, about.title_en, about.document,
    about.document_vi, line.nature, line.events, line.units, line.amount, line.vat
FROM settlement.statement_line AS line
LEFT JOIN about ON about.id = line.measure
WHERE line.period = $period AND line.carrier = $carrier
ORDER BY line.programme, line.measure, line.nature;
