"""A carrier's claim against what is recomputed: the cells that differ, and why (docs/reconcile.md)."""
