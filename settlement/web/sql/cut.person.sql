-- Who is one person as far as can be known: owners and subscribers that have each other, in one.
-- Grain: owner and subscriber. To be made again of itself until no person changes.
SELECT owner_id, subscriber_id, min(person) OVER (PARTITION BY owner_id) AS person
FROM (
    SELECT owner_id, subscriber_id, min(person) OVER (PARTITION BY subscriber_id) AS person
    FROM input.person
);
