"""Which peers take part: who is asked for and installed; who is not is named, with the remedy."""

from collections.abc import Sequence
from importlib.util import find_spec

OURS = "doisoat"
# What a peer needs that doisoat itself does not: module, and what installs it.
NEEDS = {
    "clickhouse": ("chdb", "pip install 'chdb>=4.4,<5' (or doisoat[peers])"),
}
PEERS = ("duckdb", "polars", "clickhouse", "python")


def not_installed(peers: Sequence[str]) -> dict[str, str]:
    """Of some peers those that are not there: what is missing, and the remedy."""
    return {
        name: f"{NEEDS[name][0]} is not installed: {NEEDS[name][1]}"
        for name in peers
        if name in NEEDS and find_spec(NEEDS[name][0]) is None
    }


def taking_part(sides: Sequence[str], asked: Sequence[str]) -> tuple[str, ...]:
    """Ours, and the sides of a job that are asked for and installed. Args: asked: none: any."""
    missing = not_installed(sides)
    return tuple(
        name
        for name in sides
        if name == OURS or (name not in missing and (not asked or name in asked))
    )
