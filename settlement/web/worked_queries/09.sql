-- 9. Does list value − discount = payable hold at every key, and is the discount the sum of its reliefs?
-- Giá trị − giảm trừ = phải trả ở từng dòng, và giảm trừ có bằng tổng các dòng hỗ trợ không?
-- Grain: key of rated.total.
-- None may come back.

WITH relief AS (
    SELECT carrier, day, home_province, serving_province, kind, destination, sum(amount) AS amount
    FROM rated.relief_total
    WHERE nature = 'discount'
    GROUP BY ALL
)
SELECT carrier, day, home_province, serving_province, kind, destination, total.list_value,
    total.discount, total.payable, relief.amount
FROM rated.total AS total
FULL JOIN relief USING (carrier, day, home_province, serving_province, kind, destination)
WHERE total.payable < 0
    OR (total.list_value - total.discount, total.discount)
        IS DISTINCT FROM (total.payable, coalesce(relief.amount, 0));
