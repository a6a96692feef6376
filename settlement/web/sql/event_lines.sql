-- Relief lines of an event, each measure as it is called for their carrier.
-- Grain: measure and nature. Parameter: event.
SELECT line.measure, measure.title, measure.title_en, measure.document,
    coalesce(nullif(measure.document_vi, ''), measure.document) AS document_vi, line.nature,
    line.units, line.amount
FROM rated.relief_line AS line
LEFT JOIN ref.measure AS measure
    ON measure.id = line.measure AND (
        measure.carriers IS NULL
        OR list_contains(string_split(measure.carriers, ', '), line.carrier)
    )
WHERE line.event_id = CAST($event AS UUID)
QUALIFY row_number() OVER (
    PARTITION BY line.measure, line.nature ORDER BY measure.place_in_order
) = 1
ORDER BY line.measure, line.nature;
