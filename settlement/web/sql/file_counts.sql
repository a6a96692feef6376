-- How many events, suspended records and findings there are of a source file.
-- Grain: what there is. Parameter: file.
SELECT 'events' AS what, count(*) AS things
FROM usage.event
WHERE source_file = $file
UNION ALL
SELECT 'suspense', count(*)
FROM usage.suspense
WHERE source_file = $file
UNION ALL
SELECT 'findings', count(*)
FROM settlement.finding
JOIN usage.event AS event USING (event_id)
WHERE event.source_file = $file;
