"""Adjustments, claims, reconciliations and refunds as a home stores them."""
