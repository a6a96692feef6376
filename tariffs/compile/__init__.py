"""Turns a catalogue and a package into the tables that the kernel rates by."""
