"""Settling a month: whole, from the run in force, or streamed."""
