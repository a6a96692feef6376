-- Each owner with the number of its person, and the shard that its events lie in.
-- Grain: owner.
CREATE TABLE input.owner AS
SELECT person.owner_id, CAST(dense_rank() OVER (ORDER BY person.person) AS INTEGER) AS person,
    event.shard
FROM (SELECT DISTINCT owner_id, person FROM input.person) AS person
LEFT JOIN (
    SELECT owner_id, any_value(shard) AS shard
    FROM face.usage.event
    GROUP BY owner_id
) AS event USING (owner_id);
