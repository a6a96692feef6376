"""Identifiers of 128 bits: in tables two columns of 64 bits, `_hi` and `_lo`; else one number."""

from collections.abc import Mapping
from typing import Any

LOW = (1 << 64) - 1


def joined(hi: int, lo: int) -> int:
    return hi << 64 | lo


def halves(number: int) -> tuple[int, int]:
    return number >> 64, number & LOW


def named(row: Mapping[str, Any], name: str) -> int:
    """The identifier of this name in a row of a table."""
    return joined(int(row[f"{name}_hi"]), int(row[f"{name}_lo"]))
