-- Periods that have a run in force.
-- Grain: period.
SELECT period
FROM rated.run
ORDER BY period;
