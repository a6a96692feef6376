-- Carriers, measures and natures whose lines, totals and statements disagree: must be none.
-- Grain: carrier, measure and nature. Parameters: none.
WITH line AS (
    SELECT carrier, measure, nature, count(*) AS events, sum(units) AS units,
        sum(amount) AS amount
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
SELECT carrier, measure, nature, line.events, total.events AS total_events,
    statement.events AS statement_events, line.amount, total.amount AS total_amount,
    statement.amount AS statement_amount
FROM line
FULL JOIN total USING (carrier, measure, nature)
FULL JOIN statement USING (carrier, measure, nature)
WHERE (line.events, line.units, line.amount)
        IS DISTINCT FROM (total.events, total.units, total.amount)
   OR (line.events, line.units, line.amount)
        IS DISTINCT FROM (statement.events, statement.units, statement.amount);
