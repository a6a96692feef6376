-- Refunds due of a period, paid and left, and what was charged above list value, by what is asked
-- for; what is not is null. due = settled + left_to_pay; overpaid stands beside.
-- Grain: one row, or carrier, plan, usage period, as asked. Parameters: period, carrier: null for
-- any; by_carrier, by_plan, by_month.
WITH standing AS (
    SELECT event_id, carrier, usage_period, refund, paid
    FROM settlement.refund_state
    WHERE ($period IS NULL OR usage_period = $period) AND ($carrier IS NULL OR carrier = $carrier)
), above AS (
    SELECT event_id, carrier, strftime(start_at, '%Y-%m') AS usage_period,
        greatest(charged - list_value, 0) AS overcharge
    FROM settlement.refund
    WHERE charged > list_value AND ($carrier IS NULL OR carrier = $carrier)
        AND ($period IS NULL OR strftime(start_at, '%Y-%m') = $period)
), each AS (
    SELECT event_id, coalesce(standing.carrier, above.carrier) AS carrier,
        coalesce(standing.usage_period, above.usage_period) AS period,
        coalesce(refund, 0) AS refund, coalesce(paid, 0) AS paid, coalesce(overcharge, 0) AS overcharge
    FROM standing
    FULL JOIN above USING (event_id)
), meant AS (
    -- The subscriber's own row comes before those of the account.
    SELECT event_id, true AS is_own, plan
    FROM each
    JOIN usage.event AS event USING (event_id)
    JOIN usage.subscription AS held
        ON held.carrier = event.carrier AND held.subscriber_id = event.subscriber_id
    WHERE $by_plan AND event.start_at >= valid_from
        AND (valid_until IS NULL OR event.start_at < valid_until)
    UNION ALL
    SELECT event_id, false, plan
    FROM each
    JOIN usage.event AS event USING (event_id)
    JOIN usage.subscription AS held
        ON held.carrier = event.carrier AND held.owner_id = event.owner_id
    WHERE $by_plan AND event.start_at >= valid_from
        AND (valid_until IS NULL OR event.start_at < valid_until)
), one AS (
    SELECT event_id, is_own, any_value(plan) AS plan
    FROM meant
    GROUP BY event_id, is_own
    HAVING count(DISTINCT plan) = 1
), chosen AS (
    SELECT event_id, arg_max(plan, is_own) AS plan
    FROM one
    GROUP BY event_id
), plans AS (
    SELECT id, arg_max(name, valid_from) AS name
    FROM ref.plan
    GROUP BY id
)
SELECT CASE WHEN $by_carrier OR $by_plan THEN each.carrier END AS carrier,
    CASE WHEN $by_plan THEN plan END AS plan, CASE WHEN $by_plan THEN plans.name END AS plan_name,
    CASE WHEN $by_month THEN period END AS period, count(*) FILTER (refund > 0) AS refunds,
    coalesce(sum(refund), 0) AS refund, coalesce(sum(least(paid, refund)), 0) AS settled,
    coalesce(sum(greatest(refund - paid, 0)), 0) AS left_to_pay,
    coalesce(sum(greatest(paid - refund, 0)), 0) AS overpaid,
    count(*) FILTER (overcharge > 0) AS overcharged, coalesce(sum(overcharge), 0) AS overcharge
FROM each
LEFT JOIN chosen USING (event_id)
LEFT JOIN plans ON plans.id = plan
GROUP BY ALL
ORDER BY period, refund DESC, overcharge DESC, carrier, plan;
