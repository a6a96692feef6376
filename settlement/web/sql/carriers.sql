-- Carriers and their statements of a period.
-- Grain: carrier. Parameter: period.
SELECT statement.carrier, carrier.name, carrier.name_en, statement.events, statement.rated,
    statement.suspended, statement.list_value, statement.discount, statement.payable,
    statement.in_kind, statement.contribution, statement.forbearances, statement.relief,
    statement.recognised, statement.own_account
FROM settlement.statement AS statement
LEFT JOIN ref.carrier AS carrier ON carrier.id = statement.carrier
WHERE statement.period = $period
ORDER BY statement.carrier;
