"""The published database, relief.duckdb: its tables, how they are declared and filled."""
