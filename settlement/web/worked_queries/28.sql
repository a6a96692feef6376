-- 28. Is any subscriber in two different subscriptions of an owner at once, or a subscription without an end after its start?
-- Có thuê bao nào cùng lúc ở hai dòng của một chủ số dư, hoặc không kết thúc sau khi bắt đầu, không?
-- Grain: subscriber and owner.
-- None may come back.

WITH told AS (
    SELECT subscriber_id, owner_id, carrier, valid_from,
        coalesce(valid_until, TIMESTAMP '9999-01-01') AS valid_until,
        (plan, segment, payment, home_locality) AS terms,
        lead(valid_from) OVER own AS next, lead(terms) OVER own AS next_terms
    FROM usage.subscription
    WINDOW own AS (PARTITION BY subscriber_id, owner_id ORDER BY valid_from, valid_until)
)
SELECT subscriber_id, owner_id, carrier, valid_from, valid_until, next
FROM told
WHERE (next < valid_until AND next_terms <> terms) OR valid_until <= valid_from;
