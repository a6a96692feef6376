-- Whose the events of the other owners are, and where at home they were rated.
-- Grain: event. Parameters: first, last: owners, in the order of their ids.
INSERT INTO input.elsewhere
SELECT event_id, owner_id, home_province
FROM face.audit.rated_event
SEMI JOIN input.other USING (event_id)
WHERE owner_id BETWEEN CAST($first AS UUID) AND CAST($last AS UUID);
