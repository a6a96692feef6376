"""Keys and pseudonyms: subscribers' numbers are kept under keys only."""
