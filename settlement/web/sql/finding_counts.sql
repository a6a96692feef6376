-- How often usage and master data of a period contradict each other.
-- Grain: carrier and finding. Parameters: begins, ends: moments; carrier: null for any.
SELECT carrier, finding, count(*) AS findings
FROM settlement.finding
WHERE start_at >= $begins AND start_at < $ends AND ($carrier IS NULL OR carrier = $carrier)
GROUP BY ALL
ORDER BY ALL;
