"""Adjustments and refunds: booked, checked, read from files."""
