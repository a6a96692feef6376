"""Commands of a month: where it stands, its settlement, and what belongs to it."""
