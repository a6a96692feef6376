-- 4. Does each file's account agree with the rows in the tables, and is no record's number left out?
-- Số bản ghi của từng tệp có khớp với các bảng, và có số thứ tự nào bị bỏ sót không?
-- Grain: source file.
-- None may come back, but for files of which a record became several events (rating groups).
-- Numbers from 1 to n that miss none and repeat none add up to n (n + 1) / 2. Where somebody
-- decided which of several copies is right, the event may have gone from one record to another:
-- each is counted as it was when its file was taken in.

WITH found AS (
    SELECT source_file, 'taken' AS state, count(*) AS records, sum(row) AS numbers, max(row) AS last
    FROM (
        SELECT source_file, row
        FROM usage.event
        ANTI JOIN (SELECT * FROM usage.suspense WHERE stage = 'intake' AND state = 'chosen') AS later
            USING (source_file, row)
        UNION ALL
        SELECT source_file, row
        FROM usage.suspense
        WHERE stage = 'contradicted' AND state = 'set_aside'
    ) AS taken
    GROUP BY source_file
    UNION ALL
    SELECT source_file, 'duplicate', count(*), sum(row), max(row)
    FROM usage.duplicate
    GROUP BY source_file
    UNION ALL
    SELECT source_file, 'suspended', count(*), sum(row), max(row)
    FROM usage.suspense
    WHERE stage = 'intake'
    GROUP BY source_file
), counted AS (
    SELECT source_file, sum(records) FILTER (state = 'taken') AS taken,
        sum(records) FILTER (state = 'duplicate') AS duplicates,
        sum(records) FILTER (state = 'suspended') AS suspended, sum(numbers) AS numbers,
        max(last) AS last
    FROM found
    GROUP BY source_file
)
SELECT source.source_file, source.name, source.rows, source.taken, counted.taken AS in_tables,
    counted.numbers, counted.last
FROM usage.source_file AS source
LEFT JOIN counted USING (source_file)
WHERE source.floor = 'usage' AND source.filtered = 0 AND source.taken > 0
    AND (source.taken, source.duplicates, source.suspended, source.rows,
            CAST(source.rows AS HUGEINT) * (source.rows + 1) // 2)
        IS DISTINCT FROM (coalesce(counted.taken, 0), coalesce(counted.duplicates, 0),
            coalesce(counted.suspended, 0), counted.last, counted.numbers);
