"""Variances: how they come about, are carried on, move from state to state, and add up."""
