-- 10. Are the lines of events, the totals and the lines of the statements the same sums?
-- Dòng hỗ trợ, bảng tổng và dòng của bảng đối soát có cùng một tổng không?
-- Grain: carrier, measure and nature.
-- None may come back.

WITH line AS (
    SELECT carrier, measure, nature, count(*) AS events, sum(units) AS units, sum(amount) AS amount
    FROM rated.relief_line
    GROUP BY ALL
), total AS (
    SELECT carrier, measure, nature, sum(events) AS events, sum(units) AS units,
        sum(amount) AS amount
    FROM rated.relief_total
    GROUP BY ALL
), statement AS (
    SELECT carrier, measure, nature, sum(events) AS events, sum(units) AS units,
        sum(amount) AS amount
    FROM settlement.statement_line
    GROUP BY ALL
)
SELECT carrier, measure, nature, line.amount, total.amount AS in_totals,
    statement.amount AS in_statements
FROM line
FULL JOIN total USING (carrier, measure, nature)
FULL JOIN statement USING (carrier, measure, nature)
WHERE (line.events, line.units, line.amount)
        IS DISTINCT FROM (total.events, total.units, total.amount)
    OR (line.events, line.units, line.amount)
        IS DISTINCT FROM (statement.events, statement.units, statement.amount);
