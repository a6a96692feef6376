-- Relief lines of an event, each measure as it is called for the event's carrier.
-- Grain: measure and nature. Parameter: event.
WITH about AS (
    SELECT measure.id, event.carrier,
        any_value(measure.title ORDER BY measure.place_in_order) AS title,
        any_value(measure.title_en ORDER BY measure.place_in_order) AS title_en,
        any_value(measure.document ORDER BY measure.place_in_order) AS document,
        any_value(coalesce(nullif(measure.document_vi, ''), measure.document)
            ORDER BY measure.place_in_order) AS document_vi
    FROM ref.measure AS measure
    JOIN (SELECT DISTINCT carrier FROM rated.relief_line WHERE event_id = CAST($event AS UUID))
        AS event
        ON measure.carriers IS NULL
            OR list_contains(string_split(measure.carriers, ', '), event.carrier)
    GROUP BY measure.id, event.carrier
)
SELECT line.measure, about.title, about.title_en, about.document, about.document_vi, line.nature,
    line.units, line.amount
FROM rated.relief_line AS line
LEFT JOIN about ON about.id = line.measure AND about.carrier = line.carrier
WHERE line.event_id = CAST($event AS UUID)
ORDER BY line.measure, line.nature;
