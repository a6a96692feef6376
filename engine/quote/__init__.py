"""Quotes: what a use would cost."""
