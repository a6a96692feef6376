"""A mapping drafted out of a file's head and a sample of its rows."""
