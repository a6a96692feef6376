"""Checks of a home: its store, runs, suspense, database and log."""
