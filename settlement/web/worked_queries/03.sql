-- 3. What came in, and what became of it?
-- Đã nhận những gì, và từng bản ghi đi đâu?
-- Grain: floor and kind of data.

SELECT floor, kind, count(*) AS files, sum(rows) AS records, sum(taken) AS taken,
    sum(duplicates) AS duplicates, sum(suspended) AS suspended, sum(filtered) AS filtered,
    sum(rows) = sum(taken + duplicates + suspended + filtered) AS holds
FROM usage.source_file
GROUP BY floor, kind
ORDER BY floor, kind;
