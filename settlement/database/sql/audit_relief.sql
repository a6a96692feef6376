-- Keys whose discount is not the sum of their reliefs of nature discount: must be none.
-- Grain: key of rated.total. Parameters: none.
WITH relief AS (
    SELECT carrier, day, home_province, serving_province, kind, destination,
        sum(amount) AS amount
    FROM rated.relief_total
    WHERE nature = 'discount'
    GROUP BY ALL
)
SELECT carrier, day, home_province, serving_province, kind, destination,
    total.discount, relief.amount
FROM rated.total AS total
FULL JOIN relief USING (carrier, day, home_province, serving_province, kind, destination)
WHERE coalesce(total.discount, 0) <> coalesce(relief.amount, 0);
