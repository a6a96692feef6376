"""Queries of the page and of the console: which are allowed, and the process that runs them."""
