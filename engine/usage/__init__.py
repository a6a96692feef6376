"""Stored usage: events, master data, members of accounts, merged over parts."""
