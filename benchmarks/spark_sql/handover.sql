-- Moments at which an owner's sources end because its next subscription is another carrier's.
-- Binds: begin, finish.
SELECT o, from_ms AS at_ms
FROM (SELECT o, from_ms, carrier, lag(carrier) OVER (PARTITION BY o ORDER BY from_ms) AS before FROM person)
WHERE before IS NOT NULL AND before <> carrier AND from_ms >= :begin AND from_ms < :finish
