"""Intake: one module per format of a carrier's file."""
