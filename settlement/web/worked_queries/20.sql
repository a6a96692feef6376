-- 20. Refunds worked out anew: what was charged for packs and fees, less what they should have cost
-- Tính lại khoản hoàn trả: số đã thu của gói cước và cước tháng, trừ số phải trả
-- Grain: carrier.
-- What was charged for calls is beside a list value that packs decide: `doisoat explain` has it.

WITH cut AS (
    SELECT event_id, sum(amount) AS discount FROM rated.relief_line WHERE nature = 'discount' GROUP BY ALL
), sold AS (
    SELECT event.event_id, event.carrier, event.charged,
        CAST(coalesce(pack.price, plan.monthly_fee) AS DECIMAL(18, 4)) AS price,
        coalesce(cut.discount, 0) AS discount
    FROM audit.rated_event AS event
    LEFT JOIN ref.pack AS pack ON pack.id = event.pack AND event.start_at >= pack.valid_from
        AND event.start_at < coalesce(pack.valid_until, TIMESTAMP '9999-01-01')
    LEFT JOIN ref.plan AS plan ON plan.id = event.plan AND event.start_at >= plan.valid_from
        AND event.start_at < coalesce(plan.valid_until, TIMESTAMP '9999-01-01')
    LEFT JOIN cut USING (event_id)
    WHERE event.kind IN ('pack', 'fee') AND event.charged IS NOT NULL
), ours AS (
    SELECT event_id, carrier,
        greatest(0, least(charged, price) - (price - discount)) AS refund
    FROM sold
    WHERE refund > 0
)
SELECT ours.carrier, count(*) AS our_refunds, CAST(sum(ours.refund) AS BIGINT) AS our_refund,
    count(*) FILTER (theirs.refund = ours.refund) AS the_same,
    (SELECT count(*) FROM settlement.refund AS r WHERE r.carrier = ours.carrier AND r.refund > 0)
        AS published
FROM ours
LEFT JOIN settlement.refund AS theirs USING (event_id)
GROUP BY ours.carrier
ORDER BY ours.carrier;
