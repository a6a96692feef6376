"""Claims: what a carrier declares of a period, read strictly, kept as received, by versions."""
