-- Is there a table of this name in this schema?
-- Grain: one row. Parameters: schema, table.
SELECT count(*) AS known
FROM duckdb_tables()
WHERE database_name = current_database() AND schema_name = $schema AND table_name = $table;
