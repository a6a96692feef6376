-- 17. Is any line outside its measure: another carrier, kind, segment or payment, or outside its dates?
-- Có dòng hỗ trợ nào nằm ngoài biện pháp của nó: doanh nghiệp, loại, phân khúc, hình thức trả, ngày?
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
), suspect AS MATERIALIZED (
    SELECT *
    FROM rated.relief_line
    ANTI JOIN lawful USING (event_id, measure, nature)
), listed AS (
    SELECT DISTINCT named.subscriber_id, named.owner_id, named.payment, allowed.list,
        greatest(named.valid_from, allowed.valid_from) AS valid_from,
        least(coalesce(named.valid_until, TIMESTAMP '9999-01-01'),
            coalesce(allowed.valid_until, TIMESTAMP '9999-01-01')) AS valid_until
    FROM usage.allow_list AS allowed
    JOIN (SELECT *, unnest([subscriber_id, owner_id]) AS whom FROM usage.subscription) AS named
        ON named.whom = allowed.subscriber_id
), entitled AS (
    SELECT suspect.event_id, suspect.measure, suspect.nature
    FROM suspect
    JOIN usage.event AS event USING (event_id)
    JOIN listed ON listed.owner_id = suspect.owner_id
        AND listed.subscriber_id IN (event.subscriber_id, suspect.owner_id)
        AND suspect.start_at >= listed.valid_from AND suspect.start_at < listed.valid_until
    JOIN rule ON rule.id = suspect.measure AND rule.carrier = suspect.carrier
        AND suspect.start_at >= rule.valid_from AND suspect.start_at < rule.valid_until
        AND list_contains(rule.kinds, event.kind) AND list_contains(rule.segments, listed.list)
        AND (rule.payments IS NULL OR list_contains(rule.payments, listed.payment))
)
SELECT event_id, carrier, measure, nature, start_at, amount
FROM suspect
ANTI JOIN entitled USING (event_id, measure, nature);
