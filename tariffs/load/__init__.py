"""Reads the YAML of a catalogue and a package into models, with the answers to readings."""
