-- How each envelope is used up.
-- Grain: programme, carrier where each has a part of its own, and day. Parameter: period.
SELECT programme, carrier, day, relief, recognised, recognised_to_date, remaining, runs_out
FROM settlement.burn_down
WHERE period = $period
ORDER BY programme, carrier, day;
