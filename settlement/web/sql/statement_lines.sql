-- Lines of a statement, each measure as it is called for that carrier.
-- kind: as of measures.sql.
-- Grain: programme, measure and nature. Parameters: period, carrier.
SELECT line.programme, line.measure, measure.title, measure.title_en, measure.document,
    coalesce(nullif(measure.document_vi, ''), measure.document) AS document_vi,
    CASE WHEN len(counted) = 1 THEN counted[1] ELSE '' END AS kind, line.nature, line.events,
    line.units, line.amount, line.vat
FROM settlement.statement_line AS line
LEFT JOIN (
    SELECT *, CAST(
        coalesce(effect::JSON -> 'kinds', scope::JSON -> 'kinds') AS VARCHAR[]
    ) AS counted
    FROM ref.measure
) AS measure
    ON measure.id = line.measure AND (
        measure.carriers IS NULL
        OR list_contains(string_split(measure.carriers, ', '), line.carrier)
    )
WHERE line.period = $period AND line.carrier = $carrier
QUALIFY row_number() OVER (
    PARTITION BY line.programme, line.measure, line.nature ORDER BY measure.place_in_order
) = 1
ORDER BY line.programme, line.measure, line.nature;
