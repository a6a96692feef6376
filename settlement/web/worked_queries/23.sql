-- 23. Which amounts of relief are repeated most?
-- Những số tiền nào lặp lại nhiều nhất?
-- Grain: measure and amount.

SELECT measure, nature, amount, count(*) AS lines, count(DISTINCT owner_id) AS owners
FROM rated.relief_line
WHERE nature = 'discount'
GROUP BY ALL
ORDER BY lines DESC, measure, amount
LIMIT 10;
