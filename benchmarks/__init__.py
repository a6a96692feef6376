"""Benchmarks: each asserts its answer, then times."""
