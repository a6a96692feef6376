"""Drafts of overlays: the prices of a carrier that its month needs and nobody has given."""
