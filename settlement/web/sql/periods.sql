-- Periods and where each stands.
-- Grain: period.
SELECT period, state, run, signed_run, signed_at, signed_by, cut_off, is_stale, is_unadjusted
FROM settlement.period
ORDER BY period;
