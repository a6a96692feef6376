"""Commands that begin: key, mapping, intake, suspended records, the ministry's home."""
