"""The forms of files: delimited text, JSON lines, Parquet, Arrow, SQLite, and binary records."""
