-- Events of the other owners.
-- Grain: event.
CREATE TABLE input.other AS
SELECT event_id
FROM face.usage.event
ANTI JOIN input.home USING (owner_id);
