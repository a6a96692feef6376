-- Is there a table of this name among the settlements?
-- Grain: one row. Parameter: table.
SELECT count(*) AS known
FROM duckdb_tables()
WHERE database_name = current_database() AND schema_name = 'settlement' AND table_name = $table;
