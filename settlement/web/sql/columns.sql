-- Columns of the tables and views of the file.
-- Grain: column.
SELECT schema_name AS "schema", table_name AS "table", column_name AS name, data_type AS type,
    comment AS about
FROM duckdb_columns()
WHERE database_name = current_database() AND NOT internal
ORDER BY schema_name, table_name, column_index;
