-- Statements that are not the sums of rated.event, where it has rows of the month; and its rows in
-- which list value − discount is not payable: must be none. Grain: period and carrier.
-- Parameters: none.
WITH summed AS (
    SELECT period, event.carrier, count(*) AS rated, sum(event.list_value) AS list_value,
        sum(event.discount) AS discount, sum(event.payable) AS payable,
        sum(event.in_kind) AS in_kind, sum(event.contribution) AS contribution,
        sum(forbearances) AS forbearances,
        count(*) FILTER (event.list_value - event.discount <> event.payable) AS odd
    FROM rated.event AS event JOIN rated.run USING (run)
    GROUP BY ALL
), stated AS (
    FROM settlement.statement SEMI JOIN summed USING (period)
)
SELECT period, carrier, stated.payable, summed.payable AS summed_payable
FROM stated FULL JOIN summed USING (period, carrier)
WHERE (coalesce(summed.rated, 0), coalesce(summed.list_value, 0), coalesce(summed.discount, 0),
       coalesce(summed.payable, 0), coalesce(summed.in_kind, 0), coalesce(summed.contribution, 0),
       coalesce(summed.forbearances, 0), coalesce(odd, 0))
    IS DISTINCT FROM (stated.rated, stated.list_value, stated.discount, stated.payable,
       stated.in_kind, stated.contribution, stated.forbearances, 0);
