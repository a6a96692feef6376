"""Commands of tariffs: the catalogue, a quote, and what-ifs."""
