-- 13. Packs and fees: each measure worked out from the events, the catalogue and the measure's own words
-- Gói cước và cước tháng: tính lại từng biện pháp từ sự kiện, bảng giá và nội dung biện pháp.
-- Grain: carrier and measure.
-- `ours` are ours, `lines` and `amount` what was published.

WITH sold AS (
    SELECT event.event_id, event.subscriber_id, event.owner_id, event.carrier, event.kind,
        event.start_at, event.pack, event.segment, event.payment,
        event.home_locality, event.home_province, plan.service,
        CAST(coalesce(pack.price, plan.monthly_fee) AS DECIMAL(18, 4)) AS price
    FROM audit.rated_event AS event
    LEFT JOIN ref.pack AS pack ON pack.id = event.pack AND event.start_at >= pack.valid_from
        AND event.start_at < coalesce(pack.valid_until, TIMESTAMP '9999-01-01')
    LEFT JOIN ref.plan AS plan ON plan.id = event.plan AND event.start_at >= plan.valid_from
        AND event.start_at < coalesce(plan.valid_until, TIMESTAMP '9999-01-01')
    WHERE event.kind IN ('pack', 'fee')
        AND strftime(event.day, '%Y-%m') IN (SELECT period FROM rated.run)
), listed AS (
    SELECT DISTINCT named.subscriber_id, named.owner_id, allowed.list, allowed.valid_from,
        coalesce(allowed.valid_until, TIMESTAMP '9999-01-01') AS valid_until
    FROM usage.allow_list AS allowed
    JOIN (SELECT *, unnest([subscriber_id, owner_id]) AS whom FROM usage.subscription) AS named
        ON named.whom = allowed.subscriber_id
), entitled AS (
    SELECT sold.event_id, list_distinct(list(listed.list)) AS lists
    FROM sold
    JOIN listed ON listed.owner_id = sold.owner_id
        AND listed.subscriber_id IN (sold.subscriber_id, sold.owner_id)
        AND sold.start_at >= listed.valid_from AND sold.start_at < listed.valid_until
    GROUP BY sold.event_id
), rule AS (
    SELECT id, string_split(carriers, ', ') AS carriers, valid_from, valid_until,
        effect ->> 'type' AS type, CAST(effect -> 'new_price' AS MAP(VARCHAR, VARCHAR)) AS new_price,
        CAST(effect ->> 'percent' AS DECIMAL(18, 4)) AS percent,
        CAST(effect ->> 'amount' AS BIGINT) AS amount,
        CAST(effect -> 'except_segments' AS VARCHAR[]) AS exempt,
        CAST(scope -> 'kinds' AS VARCHAR[]) AS kinds, CAST(scope -> 'packs' AS VARCHAR[]) AS packs,
        CAST(scope -> 'segments' AS VARCHAR[]) AS segments,
        CAST(scope -> 'payments' AS VARCHAR[]) AS payments,
        CAST(scope -> 'services' AS VARCHAR[]) AS services,
        CAST(place ->> 'directive' AS INTEGER) AS directive
    FROM ref.measure
    WHERE effect ->> 'type' IN ('price_cut', 'contribution', 'fee_in_kind')
), ordered AS (
    SELECT DISTINCT here.event_id, distancing.directive
    FROM (SELECT event_id, start_at, unnest([home_locality, home_province]) AS locality FROM sold)
        AS here
    JOIN ref.distancing_order AS distancing ON distancing.locality = here.locality
        AND here.start_at >= distancing.valid_from AND here.start_at < distancing.valid_until
), hit AS (
    SELECT sold.carrier, rule.id AS measure,
        CAST(CASE
            WHEN type = 'contribution' THEN amount
            WHEN type = 'fee_in_kind' THEN price
            WHEN percent IS NULL THEN price - CAST(new_price[pack] AS DECIMAL(18, 4))
            ELSE price - round(price * (100 - percent) / 100, 0)
        END AS BIGINT) AS amount
    FROM sold
    JOIN rule ON list_contains(rule.kinds, sold.kind)
        AND (rule.carriers IS NULL OR list_contains(rule.carriers, sold.carrier))
        AND sold.start_at >= rule.valid_from AND sold.start_at < rule.valid_until
        AND (rule.packs IS NULL OR list_contains(rule.packs, sold.pack))
        AND (rule.payments IS NULL OR list_contains(rule.payments, sold.payment))
        AND (rule.services IS NULL OR list_contains(rule.services, sold.service))
    LEFT JOIN ordered ON ordered.event_id = sold.event_id AND ordered.directive = rule.directive
    LEFT JOIN entitled ON entitled.event_id = sold.event_id
    WHERE (rule.directive IS NULL OR ordered.directive IS NOT NULL)
        AND (rule.segments IS NULL
            OR list_has_any(rule.segments, list_append(coalesce(lists, []), sold.segment)))
        AND NOT coalesce(
            list_has_any(rule.exempt, list_append(coalesce(lists, []), sold.segment)), false)
), ours AS (
    SELECT carrier, measure, count(*) AS lines, sum(amount) AS amount FROM hit GROUP BY ALL
), theirs AS (
    SELECT carrier, measure, count(*) AS lines, sum(amount) AS amount
    FROM rated.relief_line
    WHERE measure IN (SELECT id FROM rule)
    GROUP BY ALL
)
SELECT measure, carrier, ours.lines AS our_lines, theirs.lines, ours.amount AS our_amount,
    theirs.amount
FROM ours
FULL JOIN theirs USING (carrier, measure)
ORDER BY measure, carrier;
