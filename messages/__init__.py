"""The one catalogue of words: each text that a user reads, in every language that it is in."""
