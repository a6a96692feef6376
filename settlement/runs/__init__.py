"""Runs and the state of their periods, and what a run keeps beside its figures."""
