-- 11. Each statement worked out anew from totals, lines, refunds and suspense
-- Lập lại từng bảng đối soát từ bảng tổng, dòng hỗ trợ, hoàn trả và phần treo
-- Grain: statement.
-- None may come back.

WITH total AS (
    SELECT strftime(day, '%Y-%m') AS period, carrier, sum(events) AS rated,
        sum(list_value) AS list_value, sum(discount) AS discount, sum(payable) AS payable
    FROM rated.total
    GROUP BY ALL
), line AS (
    SELECT strftime(start_at, '%Y-%m') AS period, carrier,
        coalesce(sum(amount) FILTER (nature = 'in_kind'), 0) AS in_kind,
        coalesce(sum(amount) FILTER (nature = 'contribution'), 0) AS contribution,
        count(*) FILTER (nature = 'forbearance') AS forbearances
    FROM rated.relief_line
    GROUP BY ALL
), due AS (
    SELECT strftime(start_at, '%Y-%m') AS period, carrier,
        count(*) FILTER (refund > 0) AS refunds, sum(refund) AS refund,
        count(*) FILTER (charged > list_value) AS overcharged,
        sum(greatest(charged - list_value, 0)) AS overcharge
    FROM settlement.refund
    GROUP BY ALL
), held AS (
    SELECT period, carrier, sum(events) AS suspended FROM settlement.suspense GROUP BY ALL
)
SELECT period, carrier, statement.list_value, total.list_value AS ours
FROM settlement.statement AS statement
LEFT JOIN total USING (period, carrier)
LEFT JOIN line USING (period, carrier)
LEFT JOIN due USING (period, carrier)
LEFT JOIN held USING (period, carrier)
WHERE (statement.rated, statement.suspended, statement.list_value, statement.discount,
        statement.payable, statement.in_kind, statement.contribution, statement.forbearances,
        statement.refunds, statement.refund, statement.overcharged, statement.overcharge)
    IS DISTINCT FROM
        (coalesce(total.rated, 0), coalesce(held.suspended, 0), coalesce(total.list_value, 0),
        coalesce(total.discount, 0), coalesce(total.payable, 0), coalesce(line.in_kind, 0),
        coalesce(line.contribution, 0), coalesce(line.forbearances, 0), coalesce(due.refunds, 0),
        coalesce(due.refund, 0), coalesce(due.overcharged, 0), coalesce(due.overcharge, 0));
