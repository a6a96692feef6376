-- Periods and where each stands; signed_at is UTC in the file, and civil time here.
-- Grain: period.
SELECT period, state, run, signed_run, signed_at + INTERVAL 7 HOUR AS signed_at, signed_by, cut_off, is_stale, is_unadjusted
FROM settlement.period
ORDER BY period;
