-- 13. Packs and fees: each measure worked out from the events, the catalogue and the measure's own words
-- Gói cước và cước tháng: tính lại từng biện pháp từ sự kiện, danh mục giá và nội dung biện pháp
-- Grain: carrier and measure.
-- `ours` are ours, `lines` and `amount` what was published.

WITH RECURSIVE month AS (
    -- A cap over the programme goes on from the month that a run opens with.
    SELECT CAST(period || '-01' AS TIMESTAMP) AS begins,
        max(CASE WHEN opening_run IS NULL THEN begins END) OVER (ORDER BY period) AS first_begins
    FROM rated.run
), sold AS (
    SELECT event.event_id, event.subscriber_id, event.owner_id, event.carrier, event.kind,
        event.recorded, event.start_at, event.pack, event.plan, event.segment, event.payment,
        event.home_locality, event.home_province, plan.service, month.begins, month.first_begins,
        audit.half_up(CAST(coalesce(pack.price, plan.monthly_fee) AS DECIMAL(18, 4)) * 10000, 10000)
            AS price
    FROM audit.rated_event AS event
    JOIN month ON month.begins = date_trunc('month', event.start_at)
    LEFT JOIN ref.pack AS pack ON pack.id = event.pack AND event.start_at >= pack.valid_from
        AND event.start_at < coalesce(pack.valid_until, TIMESTAMP '9999-01-01')
    LEFT JOIN ref.plan AS plan ON plan.id = event.plan AND event.start_at >= plan.valid_from
        AND event.start_at < coalesce(plan.valid_until, TIMESTAMP '9999-01-01')
    WHERE event.kind IN ('pack', 'fee') AND event.recorded <> 'renewal_failed'
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
    SELECT measure.id, measure.exclusive_group, measure.valid_from, measure.valid_until,
        row_number() OVER (PARTITION BY effect ->> 'type' ORDER BY programme.precedence,
            measure.place_in_order, measure.id, measure.carriers, measure.scope) AS step,
        effect, effect ->> 'type' AS type, string_split(carriers, ', ') AS carriers,
        CAST(cap ->> 'amount' AS DECIMAL(18, 4)) AS cap, cap ->> 'per' AS per, cap ->> 'over' AS over,
        CAST(effect -> 'except_segments' AS VARCHAR[]) AS exempt,
        CAST(scope -> 'kinds' AS VARCHAR[]) AS kinds, CAST(scope -> 'packs' AS VARCHAR[]) AS packs,
        CAST(scope -> 'destinations' AS VARCHAR[]) AS destinations,
        CAST(scope -> 'plans' AS VARCHAR[]) AS plans,
        CAST(scope -> 'segments' AS VARCHAR[]) AS segments,
        CAST(scope -> 'payments' AS VARCHAR[]) AS payments,
        CAST(scope -> 'services' AS VARCHAR[]) AS services,
        CAST(place ->> 'directive' AS INTEGER) AS directive
    FROM ref.measure AS measure
    JOIN ref.programme AS programme ON programme.id = measure.programme
    WHERE effect ->> 'type' IN ('price_cut', 'contribution', 'fee_in_kind')
        AND list_has_all(['pack', 'fee'], CAST(scope -> 'kinds' AS VARCHAR[]))
), ordered AS (
    SELECT DISTINCT here.event_id, distancing.directive
    FROM (SELECT event_id, start_at, unnest([home_locality, home_province]) AS locality FROM sold)
        AS here
    JOIN ref.distancing_order AS distancing ON distancing.locality = here.locality
        AND here.start_at >= distancing.valid_from AND here.start_at < distancing.valid_until
), touched AS (
    SELECT sold.event_id, sold.carrier, sold.price, rule.*
    FROM sold
    JOIN rule ON list_contains(rule.kinds, sold.kind)
        AND (rule.carriers IS NULL OR list_contains(rule.carriers, sold.carrier))
        AND sold.start_at >= rule.valid_from AND sold.start_at < rule.valid_until
        AND (rule.packs IS NULL OR list_contains(rule.packs, sold.pack))
        AND (rule.destinations IS NULL OR list_contains(rule.destinations, sold.recorded))
        AND (rule.plans IS NULL OR list_contains(rule.plans, sold.plan))
        AND (rule.payments IS NULL OR list_contains(rule.payments, sold.payment))
        AND (rule.services IS NULL OR list_contains(rule.services, sold.service))
    LEFT JOIN ordered ON ordered.event_id = sold.event_id AND ordered.directive = rule.directive
    LEFT JOIN entitled ON entitled.event_id = sold.event_id
    WHERE (rule.directive IS NULL OR ordered.directive IS NOT NULL)
        AND (rule.segments IS NULL
            OR list_has_any(rule.segments, list_append(coalesce(lists, []), sold.segment)))
        AND NOT coalesce(
            list_has_any(rule.exempt, list_append(coalesce(lists, []), sold.segment)), false)
),
opened AS (
    SELECT owner_id, as_of, measure, sum(given) AS given
    FROM usage.balance
    WHERE balance = 'cap'
    GROUP BY ALL
), cut AS (
    -- Each cut on what those before it have left, one step after the other.
    SELECT event_id, owner_id, carrier, pack, start_at, kind = 'fee' AS is_fee, begins, first_begins,
        price, 0 AS step, price AS remaining, CAST(0 AS BIGINT) AS relief,
        CAST(NULL AS VARCHAR) AS measure, CAST([] AS VARCHAR[]) AS had_effect
    FROM sold
    WHERE event_id IN (SELECT event_id FROM touched WHERE type = 'price_cut')
    UNION ALL
    SELECT event_id, owner_id, carrier, pack, start_at, is_fee, begins, first_begins, price,
        step, remaining - relief, relief, measure,
        CASE WHEN relief > 0 THEN list_append(had_effect, exclusive_group) ELSE had_effect END
    FROM (
        SELECT *, CAST(CASE per WHEN 'event' THEN least(gives, cap)
            -- Of an owner's events in order each has what those before it have left of the cap.
            WHEN 'owner' THEN least(to_here, room) - least(to_here - gives, room)
            ELSE gives END AS BIGINT) AS relief
        FROM (
            SELECT *, greatest(0, cap - given) AS room,
                sum(gives) OVER (
                    PARTITION BY owner_id, CASE over WHEN 'programme' THEN first_begins ELSE begins END
                    ORDER BY date_trunc('second', start_at), is_fee, start_at, event_id
                    ROWS UNBOUNDED PRECEDING
                ) AS to_here
            FROM (
                SELECT cut.* EXCLUDE (relief) REPLACE (cut.step + 1 AS step, touched.id AS measure),
                    touched.exclusive_group, touched.per, touched.over, touched.cap,
                    CASE over WHEN 'programme' THEN coalesce(opened.given, 0) ELSE 0 END AS given,
                    CASE
                        WHEN touched.id IS NULL THEN 0
                        WHEN list_contains(cut.had_effect, touched.exclusive_group) THEN 0
                        ELSE remaining - least(remaining, audit.half_up(greatest(0, CASE
                            WHEN (effect ->> 'percent') IS NOT NULL THEN remaining * 1000000
                                - CASE effect ->> 'base' WHEN 'list' THEN cut.price ELSE remaining END
                                * CAST(CAST(effect ->> 'percent' AS DECIMAL(18, 4)) * 10000 AS BIGINT)
                            WHEN (effect ->> 'minus') IS NOT NULL THEN remaining * 1000000
                                - CAST(CAST(effect ->> 'minus' AS DECIMAL(18, 4)) * 1000000 AS BIGINT)
                            ELSE coalesce(CAST(CAST(effect -> 'new_price' ->> pack
                                AS DECIMAL(18, 4)) * 1000000 AS BIGINT), remaining * 1000000)
                            END), 1000000))
                    END AS gives
                FROM cut
                LEFT JOIN touched ON touched.event_id = cut.event_id AND touched.type = 'price_cut'
                    AND touched.step = cut.step + 1
                LEFT JOIN opened ON opened.owner_id = cut.owner_id
                    AND opened.as_of = cut.first_begins AND opened.measure = touched.id
                WHERE cut.step < (SELECT max(step) FROM rule WHERE type = 'price_cut')
            )
        )
    )
), hit AS (
    SELECT carrier, measure, relief AS amount FROM cut WHERE relief > 0
    UNION ALL
    SELECT carrier, id AS measure, CASE
        WHEN type = 'contribution'
        THEN audit.half_up(CAST(effect ->> 'amount' AS DECIMAL(18, 4)) * 10000, 10000)
        WHEN effect ->> 'in_kind_value' = 'list_price' THEN price
        ELSE 0
        END AS amount
    FROM touched
    WHERE type <> 'price_cut'
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
