"""Rating by workers that share storage: the steps common to all schedulers.

A plan is staged, somebody runs its ranges wherever he likes, and what the attempts that stand wrote
is read back, bucket by bucket. The staging area goes, with what killed attempts left in it; one of
a driver that died goes when the home is next written to.
"""

import contextlib
import hashlib
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

import polars as pl

import doisoat
from doisoat.engine.executors.attempt import ATTEMPTS, PLAN, Work, Written, read_result
from doisoat.engine.executors.build import build_of
from doisoat.engine.executors.executor import Basis, Rate
from doisoat.engine.executors.objects import Objects
from doisoat.engine.executors.plan import files_of_parts, ranges_of, stage_plan
from doisoat.engine.executors.storage import Folder, Storage
from doisoat.engine.rating.rater import BucketResult
from doisoat.engine.store import commit
from doisoat.engine.store.home import JOURNAL, Home, Part
from doisoat.errors import ConservationError
from doisoat.tariffs.compile.program import Program

REMOVE_TRIES = 20
REMOVE_SECONDS = 0.2
Ranges = Sequence[tuple[int, int]]
# Runs the ranges of a plan: the attempt that stands for each bucket, in any order.
Scheduler = Callable[[Work, Ranges], Sequence[Written]]


@cache
def own_build() -> dict[str, str]:
    """Which doisoat this process is."""
    return build_of(Path(str(doisoat.__file__)).parent, doisoat.__version__)


def rate_over(
    schedule: Scheduler, basis: Basis, tasks: int | None = None, objects: Objects | None = None
) -> Rate:
    """Who rates a home so.

    Args: tasks: how many ranges at most, a bucket each unless said; objects: what workers share,
        else the home itself: what they read of its parts is put there.
    """

    def rate_home(
        home: Home,
        program: Program,
        period: tuple[int, int],
        usage: Sequence[Part],
        subscriptions: pl.DataFrame,
        ports: pl.DataFrame,
        opening: pl.DataFrame,
        *,
        threads: int = 2,
        carrier: str | None = None,
        copies: pl.DataFrame | None = None,
    ) -> Iterator[BucketResult]:
        """As engine.rating.bucket.rate_home; threads are the workers' affair."""
        ranges = ranges_of(home.buckets, home.buckets if tasks is None else tasks)
        storage: Storage = objects or Folder(home.path.absolute())
        if objects is not None:
            clear_dead(objects, home)
            for part, entry in files_of_parts(home, usage):
                objects.put(f"usage/part={part.id}", entry, part.path / entry.name)
        with staging_area(storage, home) as (area, path):
            plan = stage_plan(
                path, storage.where, own_build(), basis, home, program, period, usage,
                subscriptions, ports, opening, carrier, ranges, copies,
            )  # fmt: skip
            (path / PLAN).write_bytes(plan)
            storage.end(area, path)
            work = Work(storage.where, area, hashlib.sha256(plan).hexdigest())
            for written in in_order(schedule(work, ranges), home.buckets):
                yield read_result(storage, written)

    return rate_home


def in_order(written: Sequence[Written], buckets: int) -> list[Written]:
    """One attempt for each bucket, in the order of the buckets.

    Raises: ConservationError if a bucket has none, or several.
    """
    ordered = sorted(written)
    numbers = [attempt.bucket for attempt in ordered]
    if numbers != list(range(buckets)):
        raise ConservationError(
            f"results of buckets {numbers} came back of {buckets} buckets", "bucket plan",
            "report this run: nothing was published",
        )  # fmt: skip
    return ordered


def area_start(home: Home) -> str:
    """How the areas of a home are called: those of others may lie beside them.

    By what its log begins with and where it lies: neither changes with the machine that settles it.
    """
    log = home.path / JOURNAL
    whose = bytes(home.path.absolute())
    if log.exists():
        with log.open("rb") as file:
            whose += b":" + file.readline()
    return f"{commit.STAGING_PREFIX}{hashlib.sha256(whose).hexdigest()[:16]}-"


def clear_dead(objects: Objects, home: Home) -> None:
    """Remove the areas of drivers of this home that died. Only for the holder of its lock."""
    for area in objects.folders(area_start(home)):
        objects.remove(area)


@contextlib.contextmanager
def staging_area(storage: Storage, home: Home) -> Iterator[tuple[str, Path]]:
    """A new area with a folder for attempts; at the end it goes, with all that is in it."""
    area = f"{area_start(home)}{secrets.token_hex(8)}"
    path = storage.begin(area)
    storage.begin(f"{area}/{ATTEMPTS}")
    try:
        yield area, path
    finally:
        for _ in range(REMOVE_TRIES):  # An attempt that lost may write until it is killed.
            if storage.remove(area):
                break
            time.sleep(REMOVE_SECONDS)
