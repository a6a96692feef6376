"""Published claims by area: read, added up, held to bounds, and against an earlier version."""
