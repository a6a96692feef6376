-- Where subscribers are at home.
-- Grain: subscription.
CREATE TABLE input.home AS
SELECT
    subscription.subscriber_id, subscription.carrier, subscription.valid_from,
    coalesce(subscription.valid_until, TIMESTAMP '9999-01-01') AS valid_until,
    coalesce(locality.province, locality.code, '') AS home_province
FROM face.usage.subscription AS subscription
LEFT JOIN face.ref.locality AS locality ON locality.code = subscription.home_locality;
