"""The carrier's own ledger against doisoat, by service and day: what differs, and why."""
