-- A carrier's statements, period by period.
-- Grain: period. Parameter: carrier.
SELECT period, events, rated, suspended, list_value, discount, payable, in_kind, contribution,
    forbearances, relief, recognised, own_account
FROM settlement.statement
WHERE carrier = $carrier
ORDER BY period;
