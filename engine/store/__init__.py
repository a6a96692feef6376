"""The store: a home and its parts, commits, and what its readers need of intake."""
