"""Lines of a run and of a claim, side by side: trees of digests, places and files."""
