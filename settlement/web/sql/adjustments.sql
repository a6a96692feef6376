-- Adjustments of a period and those booked into it: after − before.
-- Grain: adjustment and carrier. Parameters: period; carrier: null for any.
SELECT usage_period, booked_period, carrier, events, suspended, list_value, discount, payable,
    in_kind, contribution, forbearances, refund, adjustment, run_before, run_after
FROM settlement.adjustment
WHERE (usage_period = $period OR booked_period = $period)
    AND ($carrier IS NULL OR carrier = $carrier)
ORDER BY booked_period, usage_period, adjustment, carrier;
