-- Relief lines that a counted cause leaves out of a cell (times -1), adds to it, or counts again.
-- Grain: event, measure and nature. Parameters: carrier, nature; measure, home_province: null for
-- any; first, last: days of the cell. way: held (lines of its days), again (their records that came
-- again), utc, end (lines that are of another day by UTC, or by the end of their call); sign: of
-- held; files: SHA-256 of their files, null for any; rows, after.
WITH line AS (
    SELECT line.event_id, line.start_at, line.measure, line.nature, line.units, line.amount,
        CAST(line.start_at AS DATE) AS day,
        CAST(CASE
            WHEN $way = 'utc' THEN line.start_at - INTERVAL 7 HOUR
            WHEN $way = 'end' AND event.kind = 'voice'
                THEN line.start_at + to_milliseconds(event.duration)
            ELSE line.start_at
        END AS DATE) AS other_day,
        source.sha256
    FROM rated.relief_line AS line
    JOIN audit.rated_event AS event ON event.event_id = line.event_id
    JOIN usage.source_file AS source ON source.source_file = event.source_file
    WHERE line.carrier = $carrier AND line.nature = $nature
        AND ($measure IS NULL OR line.measure = $measure)
        AND line.start_at >= CAST($first AS DATE) - INTERVAL 2 DAY
        AND line.start_at < CAST($last AS DATE) + INTERVAL 2 DAY
        AND ($home_province IS NULL OR event.home_province = $home_province)
), again AS (
    SELECT duplicate.event_id, count(*) AS times
    FROM usage.duplicate AS duplicate
    JOIN usage.source_file AS source ON source.source_file = duplicate.source_file
    WHERE $files IS NULL OR list_contains($files, source.sha256)
    GROUP BY duplicate.event_id
), moved AS (
    SELECT line.*,
        CASE $way
            WHEN 'held' THEN
                CASE WHEN day BETWEEN $first AND $last
                    AND ($files IS NULL OR list_contains($files, sha256)) THEN $sign ELSE 0 END
            WHEN 'again' THEN
                CASE WHEN day BETWEEN $first AND $last THEN coalesce(again.times, 0) ELSE 0 END
            ELSE CAST(other_day BETWEEN $first AND $last AS INTEGER)
                - CAST(day BETWEEN $first AND $last AS INTEGER)
        END AS times
    FROM line
    LEFT JOIN again USING (event_id)
)
SELECT event_id, start_at, measure, nature, times, times * units AS units, times * amount AS amount,
    count(*) OVER () AS lines,
    CAST(sum(times) OVER () AS HUGEINT) AS times_in_all,
    CAST(sum(times * units) OVER () AS HUGEINT) AS units_in_all,
    CAST(sum(times * amount) OVER () AS HUGEINT) AS amount_in_all
FROM moved
WHERE times <> 0
ORDER BY start_at, event_id, measure, nature
LIMIT $rows OFFSET $after;
