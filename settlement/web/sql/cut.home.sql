-- Where owners are at home of whom all rows say the same, and whose records none but they can mean:
-- nearly all.
-- Grain: owner.
CREATE TABLE input.home AS
SELECT subscription.owner_id,
    any_value(coalesce(locality.province, locality.code, '')) AS home_province
FROM face.usage.subscription AS subscription
LEFT JOIN face.ref.locality AS locality ON locality.code = subscription.home_locality
WHERE subscription.owner_id NOT IN (
    SELECT subscriber_id FROM face.usage.subscription WHERE owner_id <> subscriber_id
)
GROUP BY subscription.owner_id
HAVING count(DISTINCT coalesce(locality.province, locality.code, '')) = 1;
