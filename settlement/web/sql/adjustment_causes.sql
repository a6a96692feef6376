-- What adjustments of a period, and those booked into it, rest on: after − before.
-- Grain: adjustment, carrier and cause. Parameters: period; carrier: null for any.
WITH booked AS (
    SELECT adjustment, usage_period, booked_period, carrier
    FROM settlement.adjustment
    WHERE (usage_period = $period OR booked_period = $period)
        AND ($carrier IS NULL OR carrier = $carrier)
), of_events AS (
    SELECT adjustment, carrier, cause, count(DISTINCT event_id) AS changed_events,
        sum(list_value) AS list_value, sum(discount) AS discount, sum(payable) AS payable,
        sum(refund) AS refund
    FROM settlement.adjustment_event
    SEMI JOIN booked USING (adjustment, carrier)
    GROUP BY ALL
), of_lines AS (
    SELECT adjustment, carrier, cause,
        sum(amount) FILTER (nature = 'in_kind') AS in_kind,
        sum(amount) FILTER (nature = 'contribution') AS contribution,
        sum(events) FILTER (nature = 'forbearance') AS forbearances
    FROM settlement.adjustment_line
    SEMI JOIN booked USING (adjustment, carrier)
    GROUP BY ALL
)
SELECT usage_period, booked_period, carrier, cause, coalesce(changed_events, 0) AS changed_events,
    coalesce(list_value, 0) AS list_value, coalesce(discount, 0) AS discount,
    coalesce(payable, 0) AS payable, coalesce(in_kind, 0) AS in_kind,
    coalesce(contribution, 0) AS contribution, coalesce(forbearances, 0) AS forbearances,
    coalesce(refund, 0) AS refund, adjustment
FROM of_events
FULL JOIN of_lines USING (adjustment, carrier, cause)
JOIN booked USING (adjustment, carrier)
ORDER BY booked_period, usage_period, adjustment, carrier, cause;
