"""A carrier's claim against what is recomputed: what differs, and why (docs/reconcile.md)."""
