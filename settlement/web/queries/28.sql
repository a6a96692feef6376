-- 28. Is any subscriber in two subscriptions of a carrier at once, or a subscription without an end after its start?
-- Có thuê bao nào có hai dòng chồng nhau không?
-- Grain: subscriber.
-- None may come back.

WITH told AS (
    SELECT subscriber_id, carrier, valid_from,
        coalesce(valid_until, TIMESTAMP '9999-01-01') AS valid_until,
        lead(valid_from) OVER (PARTITION BY subscriber_id ORDER BY valid_from, valid_until) AS next
    FROM usage.subscription
)
SELECT subscriber_id, carrier, valid_from, valid_until, next
FROM told
WHERE next < valid_until OR valid_until <= valid_from;
