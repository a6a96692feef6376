"""The papers of a settled run: minutes, a page of charts, and the same figures for machines."""
