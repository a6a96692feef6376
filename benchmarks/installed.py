"""The sides and jobs that take part: those named, as far as their packages are installed."""

from collections.abc import Iterable, Sequence
from importlib.util import find_spec

OUR_SIDE = "doisoat"
# What a job needs that doisoat itself does not: module, and what installs it.
NUMPY = ("numpy", "pip install numpy (or doisoat[peers])")  # peers' digests: benchmarks.results
JOB_NEEDS = {"rate-digest": NUMPY}
PEERS = ("duckdb", "polars", "python")


def jobs_left_out(jobs: Iterable[str]) -> dict[str, str]:
    """Of some jobs those that nobody can do here: what is missing, and the remedy."""
    return {
        name: f"{module} is not installed: {remedy}"
        for name in jobs
        if name in JOB_NEEDS
        for module, remedy in (JOB_NEEDS[name],)
        if find_spec(module) is None
    }


def taking_part(sides: Sequence[str], named: Sequence[str]) -> tuple[str, ...]:
    """Ours, and the sides of a job that are named; all of them where none is."""
    return tuple(name for name in sides if name == OUR_SIDE or not named or name in named)
