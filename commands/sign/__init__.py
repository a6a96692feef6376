"""Commands that sign a month, make its papers and packs, and correct it."""
