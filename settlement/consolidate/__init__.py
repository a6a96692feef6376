"""The ministry's home: carriers' evidence packs taken in, settled, and compared with the result."""
