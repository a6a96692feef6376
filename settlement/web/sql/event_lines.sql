-- Relief lines of an event.
-- Grain: measure and nature. Parameter: event.
WITH about AS (
    SELECT id, any_value(title ORDER BY place_in_order) AS title,
        any_value(title_en ORDER BY place_in_order) AS title_en,
        any_value(document ORDER BY place_in_order) AS document
    FROM ref.measure
    GROUP BY id
)
SELECT line.measure, about.title, about.title_en, about.document, line.nature, line.units,
    line.amount
FROM rated.relief_line AS line
LEFT JOIN about ON about.id = line.measure
WHERE line.event_id = CAST($event AS UUID)
ORDER BY line.measure, line.nature;
