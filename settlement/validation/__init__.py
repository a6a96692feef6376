"""Published totals, held to what the engine settles of as many events."""
