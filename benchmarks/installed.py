"""Which peers take part: who is asked for and installed; who does not is named, with the remedy."""

from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from typing import NamedTuple

from doisoat.engine.executors import address
from doisoat.errors import ExecutorError
from doisoat.said import halves_of

OURS = "doisoat"
# What a peer needs that doisoat itself does not: module, and what installs it.
NEEDS = {
    "clickhouse": ("chdb", "pip install 'chdb>=4.4,<5' (or doisoat[peers])"),
}
# The same of jobs.
NUMPY = ("numpy", "pip install numpy (or doisoat[peers])")  # peers' digests: benchmarks.results
JOB_NEEDS = {
    "rate-digest": (NUMPY,),
    "rate-digest-blake3": (("blake3", "pip install 'doisoat[blake3]'"), NUMPY),
}
SLOW = ("spark",)  # take minutes a run: nobody waits for them who did not ask
PEERS = ("duckdb", "polars", "clickhouse", "python", *SLOW)


class Wanted(NamedTuple):
    """Who takes part: peers by name, or none for whoever is installed; slow: slow ones too."""

    peers: tuple[str, ...] = ()
    slow: bool = False


EVERYBODY = Wanted()  # but the slow


def not_installed(peers: Sequence[str]) -> dict[str, str]:
    """Of some peers those that are not there: what is missing, and the remedy."""
    found = {
        name: f"{NEEDS[name][0]} is not installed: {NEEDS[name][1]}"
        for name in peers
        if name in NEEDS and find_spec(NEEDS[name][0]) is None
    }
    if "spark" in peers:
        try:
            address.check("local[2]")
        except ExecutorError as error:
            # The benchmarks' own words are English.
            found["spark"] = f"{halves_of(error.what).en}: {halves_of(error.mend).en}"
    return found


def left_out(asked: Sequence[str], slow: bool = False) -> dict[str, str]:
    """Peers that take no part, and why. Args: as Wanted has them."""
    if asked:
        return not_installed(asked)
    found = not_installed([name for name in PEERS if slow or name not in SLOW])
    if not slow:
        found |= {name: f"it is slow: --peer {name}, or --slow" for name in SLOW}
    return found


def jobs_left_out(jobs: Iterable[str]) -> dict[str, str]:
    """Of some jobs those that nobody can do here: what is missing, and the remedy."""
    return {
        name: f"{module} is not installed: {remedy}"
        for name in jobs
        for module, remedy in reversed(JOB_NEEDS.get(name, ()))
        if find_spec(module) is None
    }


def taking_part(sides: Sequence[str], asked: Sequence[str], slow: bool = False) -> tuple[str, ...]:
    """Ours, and the sides of a job that are asked for and installed. Args: as Wanted has them."""
    missing = not_installed(sides)

    def takes_part(name: str) -> bool:
        return name in asked if asked else slow or name not in SLOW

    return tuple(
        name for name in sides if name == OURS or (name not in missing and takes_part(name))
    )
