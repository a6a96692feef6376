"""Commands that keep house: the store, users and settings."""
