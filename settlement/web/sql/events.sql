-- Relief lines of a period, in the order of the file: owners and time.
-- Grain: event, measure and nature. Parameters: begins, ends: moments; carrier, measure, nature, day:
-- null for any; after: the place of the last line that was told; limit.
SELECT rowid AS place, event_id, owner_id, start_at, carrier, measure, nature, units, amount
FROM rated.relief_line
WHERE rowid > $after AND start_at >= $begins AND start_at < $ends
    AND ($carrier IS NULL OR carrier = $carrier) AND ($measure IS NULL OR measure = $measure)
    AND ($nature IS NULL OR nature = $nature)
    AND ($day IS NULL OR CAST(start_at AS DATE) = $day)
ORDER BY rowid
LIMIT $limit;
