"""What looks odd in totals alone, where no line can be had: questions to ask, and no amounts.

Scores are floats: they say where to look, and no đồng is decided by any.
"""
