"""Who may use the page, and what its server keeps in a home."""
