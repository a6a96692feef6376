"""A worker's task: rates buckets of a plan and writes each result where the driver reads it.

Several attempts at one bucket may run, be killed, or end at once: each writes a folder that no
other attempt writes, and the driver takes the one that its scheduler says ended well.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from doisoat.engine.arrow.columns import Ints
from doisoat.engine.executors.plan import (
    CATALOGUE,
    PACKAGE,
    PORTS,
    TABLES,
    TRAITS,
    Entry,
    Plan,
    table_name,
)
from doisoat.engine.executors.storage import Storage, reached, refuse_other
from doisoat.engine.kernel.program import Traits
from doisoat.engine.rating.allow_lists import with_segments
from doisoat.engine.rating.bucket import blocks_of
from doisoat.engine.rating.rater import BucketResult, Rater, Standing
from doisoat.engine.store import commit
from doisoat.engine.store.home import Home, Part
from doisoat.engine.usage.bucket_moves import Moves
from doisoat.engine.usage.usage import Usage
from doisoat.tariffs.compile.compile import compile_program
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import Package

RESULT, PLAN, ATTEMPTS = "result.json", "plan.json", "attempts"
FRAMES = tuple(
    field.name for field in fields(BucketResult) if field.type in (pl.DataFrame, "pl.DataFrame")
)
PARQUET: Mapping[str, Any] = {"compression": "zstd", "compression_level": 1, "statistics": False}


class Work(NamedTuple):
    """Where a plan lies, and which it is: all that a worker is sent."""

    where: str  # of the home, as `storage.reached` takes it
    area: str  # the staging area in it
    plan: str  # SHA-256


class Written(NamedTuple):
    """A bucket's result as an attempt wrote it."""

    bucket: int
    folder: str
    sha256: str  # of its result.json, which names the files


@dataclass(frozen=True)
class StagedUsage(Usage):
    """A bucket's usage by what was staged of it: nothing is looked for."""

    staged_changes: tuple[pl.DataFrame, ...] = ()

    def changes(self, bucket: int) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
        stored, stand, leaving, coming = self.staged_changes
        return stored, stand, leaving, coming


class Ready(NamedTuple):
    """What the buckets of a plan share, made once a worker."""

    storage: Storage
    plan: Plan
    rater: Rater
    trait_table: pl.DataFrame
    traits: Traits
    ports: Ints


@lru_cache(maxsize=1)
def made_ready(work: Work) -> Ready:
    """Read a plan and compile its program: by the very catalogue and package that it names."""
    storage = reached(work.where)
    plan = Plan.read(storage.read(f"{work.area}/{PLAN}"), work.plan)
    staged = plan.staged
    catalogue, package = (_json(storage, work.area, staged[name]) for name in (CATALOGUE, PACKAGE))
    program = compile_program(Catalogue.model_validate(catalogue), Package.model_validate(package))
    words = pl.DataFrame({"segment": pl.Series(plan.content["segments"], dtype=pl.String)})
    rater = Rater(with_segments(program, words))
    traits, ports = (_table(storage, work.area, staged[name]) for name in (TRAITS, PORTS))
    return Ready(storage, plan, rater, traits, rater.resolve_traits(traits), rater.ports(ports))


def rate(work: Work, buckets: tuple[int, int], attempt: str) -> list[Written]:
    """Rate the buckets [first, after) of a plan.

    Args: attempt: who tries, for people; its folder has more of a name.
    Raises: DoisoatError; nothing else sees what a failed attempt wrote.
    """
    ready = made_ready(work)
    folder = f"{work.area}/{ATTEMPTS}/{attempt}-{secrets.token_hex(8)}"
    return [_written(ready, work, bucket, f"{folder}-{bucket:02d}") for bucket in range(*buckets)]


def _written(ready: Ready, work: Work, bucket: int, folder: str) -> Written:
    got: list[Path] = []
    try:
        result = _rated(ready, work, bucket, got)
    finally:  # Usage stays on no worker, whatever became of it.
        for path in got:
            ready.storage.let_go(path)
    path = ready.storage.begin(folder)
    digest = write_result(path, result)
    ready.storage.end(folder, path)
    return Written(bucket, folder, digest)


def _rated(ready: Ready, work: Work, bucket: int, got: list[Path]) -> BucketResult:
    """Args: got: is told of the files of parts that were got."""
    storage, plan, rater = ready.storage, ready.plan, ready.rater
    content, staged = plan.content, plan.staged
    tables = {name: _table(storage, work.area, staged[table_name(name, bucket)]) for name in TABLES}
    parts, traits, height = [], [], 0
    for part in content["parts"]:
        folder, path = f"usage/part={part['id']}", Path()
        for entry in part["files"][bucket]:
            got.append(storage.got(folder, Entry(**entry), known=True))
            path = got[-1].parent
        manifest = {"files": part["files"][bucket], "counts": {"events": part["events"]}}
        parts.append(Part(part["id"], path, manifest))
        traits.append(ready.trait_table.slice(height, part["traits"]))
        height += part["traits"]
    traits.append(ready.trait_table.slice(height))
    changes = tuple(tables[name] for name in ("stored", "stand", "leaving", "coming"))
    stored, stand, _, coming = changes
    home = Home(Path(), content["buckets"])
    usage = StagedUsage(home, parts, traits, stored, stand, Moves(coming), staged_changes=changes)
    return rater.rate(
        bucket,
        ((n, ready.traits, streams) for n, streams in blocks_of(usage, content["columns"], bucket)),
        rater.subscriptions(tables["subscription"]),
        rater.opening(tables["opening"]),
        ready.ports,
        (content["period"][0], content["period"][1]),
        copies=Standing(usage.copies(bucket), ready.traits),
        carrier=content["carrier"],
    )


def _json(storage: Storage, area: str, entry: Entry) -> Any:
    path = storage.got(area, entry)
    content = json.loads(path.read_bytes())
    storage.let_go(path)
    return content


def _table(storage: Storage, area: str, entry: Entry) -> pl.DataFrame:
    path = storage.got(area, entry)
    frame = pl.read_parquet(path, glob=False, hive_partitioning=False, memory_map=False)
    storage.let_go(path)
    return frame


def write_result(path: Path, result: BucketResult) -> str:
    """A bucket's result as files; returns the SHA-256 of the one that names the others."""
    for name in FRAMES:
        frame: pl.DataFrame = getattr(result, name)
        if frame.width:
            frame.write_parquet(path / f"{name}.parquet", **PARQUET)
    content = commit.exact_json(
        {
            "bucket": result.bucket,
            "shards": {
                f"{shard:04d}": digest.hex() for shard, digest in result.shard_digests.items()
            },
            "counters": result.counters,
            "checksums": list(result.checksums),
            "rows": result.rows,
            "files": commit.part_manifest(path),
        }
    )
    (path / RESULT).write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def read_result(storage: Storage, written: Written) -> BucketResult:
    """A bucket's result, as it was written: each file by its SHA-256."""
    name = f"{written.folder}/{RESULT}"
    content = storage.read(name)
    refuse_other(name, hashlib.sha256(content).hexdigest(), written.sha256)
    result = json.loads(content)
    frames = {field: pl.DataFrame() for field in FRAMES}
    for file in result["files"]:
        entry = Entry(**file)
        frames[entry.name.removesuffix(".parquet")] = _table(storage, written.folder, entry)
    return BucketResult(
        bucket=result["bucket"],
        shard_digests={
            int(shard): bytes.fromhex(digest) for shard, digest in result["shards"].items()
        },
        counters=result["counters"],
        checksums=(result["checksums"][0], result["checksums"][1]),
        rows=result["rows"],
        **frames,
    )
