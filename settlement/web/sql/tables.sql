-- Tables and views of the file.
-- Grain: table.
SELECT schema_name AS "schema", table_name AS "table", 'table' AS kind, comment AS about,
    estimated_size AS "rows"
FROM duckdb_tables()
WHERE database_name = current_database() AND NOT internal
UNION ALL
SELECT schema_name, view_name, 'view', comment, NULL
FROM duckdb_views()
WHERE database_name = current_database() AND NOT internal
ORDER BY ALL;
