"""Samples of what a carrier claims, where its lines cannot all be had: drawn by both, and bounded.

Frames are frozen by digest, seeds are committed to before any is known, and every figure of the
result can be worked out again from what the home holds.
"""
