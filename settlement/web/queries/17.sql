-- 17. Is any line outside its measure: another carrier, kind, segment or payment, or outside its dates?
-- Có dòng hỗ trợ nào nằm ngoài biện pháp của nó không?
-- Grain: relief line.
-- None may come back.

WITH rule AS (
    SELECT id, unnest(string_split(carriers, ', ')) AS carrier, valid_from, valid_until,
        CAST(scope -> 'kinds' AS VARCHAR[]) AS kinds,
        CAST(scope -> 'segments' AS VARCHAR[]) AS segments,
        CAST(scope -> 'payments' AS VARCHAR[]) AS payments
    FROM ref.measure
), lawful AS (
    SELECT relief.event_id, relief.measure, relief.nature
    FROM rated.relief_line AS relief
    JOIN audit.rated_event AS event USING (event_id)
    JOIN rule ON rule.id = relief.measure AND rule.carrier = relief.carrier
        AND relief.start_at >= rule.valid_from AND relief.start_at < rule.valid_until
        AND list_contains(rule.kinds, event.kind)
        AND (rule.segments IS NULL OR list_contains(rule.segments, event.segment))
        AND (rule.payments IS NULL OR list_contains(rule.payments, event.payment))
)
SELECT line.event_id, line.carrier, line.measure, line.nature, line.start_at, line.amount
FROM rated.relief_line AS line
ANTI JOIN lawful USING (event_id, measure, nature);
