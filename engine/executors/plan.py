"""The plan of a month to rate, in canonical JSON: all that workers read of the month.

A plan names all that a bucket's result is a function of, by digest: what is read of the home, and
the tables that its maker staged (master data, the catalogue and package, copies and events that
lie apart). It knows no engine: ranges of buckets go to whoever is free.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, Self

import polars as pl

from doisoat.engine.executors.executor import Basis
from doisoat.engine.files.slices import write_table
from doisoat.engine.rating.allow_lists import JOIN
from doisoat.engine.rating.bucket import carriers_own
from doisoat.engine.rating.rater import Rater
from doisoat.engine.store import commit
from doisoat.engine.store.home import Home, Part
from doisoat.engine.usage.stored_parts import of_bucket
from doisoat.engine.usage.usage import Usage, usage_of
from doisoat.errors import ExecutorError
from doisoat.messages.text import message
from doisoat.tariffs.compile.program import Program

FORMAT_VERSION = 1
CATALOGUE, PACKAGE = "catalogue.json", "package.json"
TRAITS, PORTS = "trait.parquet", "port.parquet"


class Entry(NamedTuple):
    """A file, under its name in the home or in the staging area."""

    name: str
    size: int
    sha256: str


class Plan(NamedTuple):
    """The content of a plan, checked."""

    content: Mapping[str, Any]

    @classmethod
    def read(cls, content: bytes, digest: str) -> Self:
        """A plan as it was staged; ExecutorError if it is another than was told of."""
        actual = hashlib.sha256(content).hexdigest()
        if actual != digest:
            raise ExecutorError(
                message(
                    "the plan's SHA-256 is {actual}, not {digest}", actual=actual, digest=digest
                ),
                "plan.json",
                message("look at what workers share: it gives back other bytes than were written"),
            )
        return cls(json.loads(content))

    @property
    def staged(self) -> dict[str, Entry]:
        """What the maker of the plan staged, by name."""
        return {entry["name"]: Entry(**entry) for entry in self.content["staged"]}


def ranges_of(buckets: int, tasks: int) -> list[tuple[int, int]]:
    """Buckets [first, after) for each task, as even as can be; no range is empty.

    Raises: ExecutorError for a plan of no buckets, or of no tasks.
    """
    if buckets < 1 or tasks < 1:
        raise ExecutorError(
            message(
                "a plan of {buckets} buckets in {tasks} tasks rates nothing",
                buckets=buckets,
                tasks=tasks,
            ),
            "bucket plan",
            message("take usage in first, and give it at least one bucket and one task"),
        )
    tasks = min(buckets, tasks)
    cuts = [at * buckets // tasks for at in range(tasks + 1)]
    return list(pairwise(cuts))


def stage_plan(
    area: Path,
    where: str,
    build: Mapping[str, str],
    basis: Basis,
    home: Home,
    program: Program,
    period: tuple[int, int],
    parts: Sequence[Part],
    subscriptions: pl.DataFrame,
    ports: pl.DataFrame,
    opening: pl.DataFrame,
    carrier: str | None,
    ranges: Sequence[tuple[int, int]],
    copies: pl.DataFrame | None = None,
) -> bytes:
    """Write what workers need into `area`, and return the plan that names it.

    Args: where: the home as workers know it, a path or a URL; build: of this doisoat, which theirs
        must be; ranges: of `ranges_of`; the rest as of `bucket.rate_home`.
    Raises: as rating on threads does, for what is wrong with master data.
    """
    usage = usage_of(home, parts, subscriptions, copies)
    carrier_rows = carriers_own(subscriptions, carrier)
    rater = Rater(program)
    rater.opening(opening)  # What it refuses is said before anything is sent.
    columns = rater.streamed_columns(rater.subscriptions(carrier_rows))
    for name, model in ((CATALOGUE, basis.catalogue), (PACKAGE, basis.package)):
        (area / name).write_bytes(commit.exact_json(model.model_dump(mode="json")))
    write_table(usage.trait_table, area / TRAITS)
    write_table(ports, area / PORTS)
    for bucket in range(home.buckets):
        for name, frame in _tables_of(usage, carrier_rows, opening, bucket).items():
            write_table(frame, area / table_name(name, bucket))
    segments = subscriptions["segment"].unique()
    plan = {
        "format_version": FORMAT_VERSION,
        "build": dict(build),
        "semantics_version": basis.semantics_version,
        "run": basis.run,
        "home": where,
        "period": list(period),
        "carrier": carrier,
        "segments": sorted(segments.filter(segments.str.contains(JOIN, literal=True))),
        "columns": list(columns),
        "buckets": home.buckets,
        "ranges": [list(bucket_range) for bucket_range in ranges],
        "parts": [
            {**_part(home, part), "traits": traits.height}
            for part, traits in zip(parts, usage.traits, strict=False)  # then those of copies alone
        ],
        "staged": commit.part_manifest(area),
    }
    return commit.exact_json(plan)


TABLES = ("subscription", "opening", "stored", "stand", "leaving", "coming")


def table_name(name: str, bucket: int) -> str:
    """A table of one bucket in the staging area."""
    return f"{name}={bucket:02d}.parquet"


def _tables_of(
    usage: Usage, subscriptions: pl.DataFrame, opening: pl.DataFrame, bucket: int
) -> dict[str, pl.DataFrame]:
    """What a bucket's result depends on beside its files; TABLES."""
    buckets = usage.home.buckets
    stored, stand, leaving, coming = usage.changes(bucket)
    frames = (
        of_bucket(subscriptions, bucket, buckets), of_bucket(opening, bucket, buckets), stored,
        stand, leaving, coming,
    )  # fmt: skip
    return dict(zip(TABLES, frames, strict=True))


def _part(home: Home, part: Part) -> dict[str, Any]:
    names = [{home.bucket_name(bucket), home.narrow_name(bucket)} for bucket in range(home.buckets)]
    return {
        "id": part.id,
        "events": part.manifest["counts"]["events"],
        "files": [
            [entry for entry in part.manifest["files"] if entry["name"] in wanted]
            for wanted in names
        ],
    }  # fmt: skip


def files_of_parts(home: Home, parts: Iterable[Part]) -> Iterator[tuple[Part, Entry]]:
    """All files that a plan's workers may read of the parts."""
    for part in parts:
        for files in _part(home, part)["files"]:
            yield from ((part, Entry(**entry)) for entry in files)
