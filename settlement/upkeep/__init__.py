"""The upkeep of a home: batches, compaction, retention, erasure, lineage, status."""
