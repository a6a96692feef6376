-- Each owner with the number of its person.
-- Grain: owner.
CREATE TABLE input.owner AS
SELECT owner_id, CAST(dense_rank() OVER (ORDER BY person) AS INTEGER) AS person
FROM (SELECT DISTINCT owner_id, person FROM input.person);
