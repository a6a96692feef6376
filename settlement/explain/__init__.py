"""Explanations of the charge of one event or quote, also as a letter to a subscriber."""
