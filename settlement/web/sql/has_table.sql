-- Is there a table of variances?
-- Grain: one row.
SELECT count(*) AS known
FROM duckdb_tables()
WHERE database_name = current_database() AND schema_name = 'settlement'
    AND table_name = 'variance';
