-- The run in force of a period.
-- Grain: run. Parameter: period.
SELECT run, period, digest, semantics_version, package, package_digest, readings
FROM rated.run
WHERE period = $period;
