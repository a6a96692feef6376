"""Tariffs: the dated catalogue, the packages, and their compilation."""
