-- Envelopes of which carriers, days or lines beyond the cut-off do not sum up: must be none.
-- Grain: period, programme and carrier (null: of all). Parameters: none.
-- A run of before there was a burn-down has no days, and a rule but first_come no lines.
WITH programme AS (
    SELECT period, programme, sum(relief) AS relief, sum(recognised) AS recognised
    FROM settlement.programme
    GROUP BY ALL
), day AS (
    SELECT period, programme, sum(relief) AS relief, sum(recognised) AS recognised
    FROM settlement.burn_down
    GROUP BY ALL
), line AS (
    SELECT strftime(start_at, '%Y-%m') AS period, programme, carrier,
        sum(own_account) AS own_account, bool_or(own_account NOT BETWEEN 1 AND relief) AS odd
    FROM settlement.own_account
    GROUP BY ALL
)
SELECT period, programme, NULL AS carrier, programme.recognised, day.recognised AS by_days
FROM programme
JOIN day USING (period, programme)
WHERE (programme.relief, programme.recognised) IS DISTINCT FROM (day.relief, day.recognised)
UNION ALL
SELECT period, programme, carrier, told.own_account, line.own_account
FROM settlement.programme AS told
LEFT JOIN line USING (period, programme, carrier)
WHERE told.recognised + told.own_account <> told.relief
   OR line.own_account <> told.own_account
   OR line.odd;
