"""Suspense: records that could not be rated, what was decided of them, and their recycling."""
