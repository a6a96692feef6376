-- One event, from the record of a file to the line of a statement.
-- Grain: event, measure and nature; an event without relief has one row.
-- Parameter: of_event, UUID or its text.
CREATE MACRO audit.trace(of_event) AS TABLE
SELECT source.name AS file, source.sha256, event.row, event.event_id, event.carrier, event.kind,
    event.start_at, event.units, event.charged, line.measure, line.nature, line.units AS relieved,
    line.amount, measure.document, statement.period, statement.programme,
    statement.amount AS statement_amount
FROM usage.event AS event
JOIN usage.source_file AS source ON source.source_file = event.source_file
LEFT JOIN rated.relief_line AS line ON line.event_id = event.event_id
LEFT JOIN (SELECT id, any_value(document) AS document FROM ref.measure GROUP BY id) AS measure
    ON measure.id = line.measure
LEFT JOIN settlement.statement_line AS statement
    ON statement.carrier = line.carrier AND statement.measure = line.measure
    AND statement.nature = line.nature
    AND statement.period = strftime(line.start_at, '%Y-%m')
WHERE event.event_id = CAST(of_event AS UUID);
COMMENT ON MACRO TABLE audit.trace IS
    'trace(sự kiện): từ bản ghi trong tệp nguồn đến dòng của bảng đối soát. | trace(event): from the record of a source file to the line of a statement. Grain: event, measure and nature; an event without relief has one row.';
