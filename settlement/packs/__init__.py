"""Evidence packs: one carrier's month, to be recomputed without doisoat."""
