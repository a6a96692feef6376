"""Tests of totals alone, where no line can be had: they raise questions, and change no amount.

Scores are floats: they say where to look, and no đồng is decided by any.
"""
