"""Scenarios: what other readings, tariffs or packages would have come to."""
