"""The letter to a carrier: its facts, its sentences, and the lines behind it."""
