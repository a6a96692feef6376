"""Users of the page, and the files that its server keeps in a home."""
