-- Events that are in no total: they are suspended.
-- Grain: event.
CREATE TABLE input.unrated AS
SELECT DISTINCT event_id
FROM face.usage.suspense
WHERE stage = 'settle' AND event_id IS NOT NULL;
