"""Requests to the page's server: heads, bodies, limits, sessions, and what is refused."""
