"""Models of catalogue and package: which fields they have, and what each may say."""
