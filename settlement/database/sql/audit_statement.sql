-- Statements that are not the sums of their totals and of the tax of their lines: must be none.
-- Grain: carrier and period. Parameters: none.
WITH total AS (
    SELECT strftime(day, '%Y-%m') AS period, carrier, sum(events) AS rated,
        sum(list_value) AS list_value, sum(discount) AS discount, sum(payable) AS payable
    FROM rated.total
    GROUP BY ALL
), line AS (
    SELECT period, carrier, sum(vat) AS vat,
        sum(amount) FILTER (nature = 'in_kind') AS in_kind,
        sum(amount) FILTER (nature = 'contribution') AS contribution
    FROM settlement.statement_line
    GROUP BY ALL
), programme AS (
    SELECT period, carrier, sum(relief) AS relief, sum(recognised + own_account) AS parted
    FROM settlement.programme
    GROUP BY ALL
)
SELECT period, carrier, statement.payable, total.payable AS total_payable,
    statement.discount_vat, line.vat
FROM settlement.statement AS statement
FULL JOIN total USING (period, carrier)
LEFT JOIN line USING (period, carrier)
LEFT JOIN programme USING (period, carrier)
WHERE (statement.rated, statement.list_value, statement.discount, statement.payable)
        IS DISTINCT FROM (coalesce(total.rated, 0), coalesce(total.list_value, 0),
            coalesce(total.discount, 0), coalesce(total.payable, 0))
   OR (statement.discount_vat, statement.in_kind, statement.contribution)
        IS DISTINCT FROM (coalesce(line.vat, 0), coalesce(line.in_kind, 0),
            coalesce(line.contribution, 0))
   OR (statement.relief, statement.recognised + statement.own_account)
        IS DISTINCT FROM (coalesce(programme.relief, 0), coalesce(programme.parted, 0))
   OR statement.events <> statement.rated + statement.suspended;
