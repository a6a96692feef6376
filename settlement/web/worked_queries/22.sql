-- 22. Who had most relief?
-- Ai được hỗ trợ nhiều nhất?
-- Grain: balance owner.
-- Discounts alone; the next question is `FROM audit.history_of('…')` of the first.

SELECT owner_id, any_value(carrier) AS carrier, count(*) AS lines,
    string_agg(DISTINCT measure, ', ' ORDER BY measure) AS measures, sum(amount) AS discount
FROM rated.relief_line
WHERE nature = 'discount'
GROUP BY owner_id
ORDER BY discount DESC, owner_id
LIMIT 10;
