-- Schemas, tables, views, macros and columns without a comment in both languages: must be none.
-- Grain: object. Parameters: none.
SELECT schema_name || '.' || table_name || '.' || column_name AS object, comment
FROM duckdb_columns()
WHERE NOT internal AND database_name = current_database()
  AND (comment IS NULL OR NOT contains(comment, ' | '))
UNION ALL
SELECT schema_name || '.' || table_name, comment
FROM duckdb_tables()
WHERE NOT internal AND database_name = current_database()
  AND (comment IS NULL OR NOT contains(comment, ' | '))
UNION ALL
SELECT schema_name || '.' || view_name, comment
FROM duckdb_views()
WHERE NOT internal AND database_name = current_database()
  AND (comment IS NULL OR NOT contains(comment, ' | '))
UNION ALL
SELECT schema_name || '.' || function_name, comment
FROM duckdb_functions()
WHERE NOT internal AND database_name = current_database()
  AND (comment IS NULL OR NOT contains(comment, ' | '))
ORDER BY object;
