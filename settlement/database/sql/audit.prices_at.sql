-- Prices of all plans in force at a moment.
-- Grain: plan, rate, destination and step. Parameter: moment, a TIMESTAMP of Vietnam civil time.
CREATE MACRO audit.prices_at(moment) AS TABLE
SELECT plan.carrier, rate.plan, rate.kind, rate.destination, rate.step, rate.start_unit, rate.block,
    rate.price_numerator, rate.price_denominator, rate.connect_fee, rate.days, rate.hours,
    coalesce(rate.source, plan.source) AS source, coalesce(rate.mark, plan.mark) AS mark
FROM ref.rate AS rate
JOIN ref.plan AS plan ON plan.id = rate.plan AND plan.valid_from = rate.valid_from
WHERE plan.valid_from <= moment AND moment < coalesce(plan.valid_until, TIMESTAMP '9999-01-01')
ORDER BY rate.plan, rate.kind, rate.destination, rate.rate, rate.step;
COMMENT ON MACRO TABLE audit.prices_at IS
    'prices_at(thời điểm): giá của mọi gói cước nền lúc đó. | prices_at(TIMESTAMP): prices of all plans in force then. Grain: plan, rate, destination and step.';
