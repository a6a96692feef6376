-- Owners and subscribers that have each other, each pair named by its owner: by subscriptions, and
-- by records that name an account which has no row of theirs.
-- Grain: owner and subscriber.
CREATE TABLE input.person AS
SELECT owner_id, subscriber_id, owner_id AS person
FROM (
    SELECT owner_id, subscriber_id FROM face.usage.subscription
    UNION
    SELECT owner_id, subscriber_id FROM face.usage.event WHERE owner_id <> subscriber_id
);
