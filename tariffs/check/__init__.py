"""Checks a catalogue and a package for gaps, overlaps and what no usage can reach."""
