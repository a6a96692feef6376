"""Settling a month: whole, or from the run in force."""
