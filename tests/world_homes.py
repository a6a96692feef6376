"""Random worlds written as homes, as if intake had taken their records in.

The other way round: tests.home_worlds.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import polars as pl

from doisoat.engine.files.bucket_file import write_bucket
from doisoat.engine.files.slices import write_table
from doisoat.engine.intake.records.conflict import CONFLICT
from doisoat.engine.oracle.oracle import Event, OpenPack, Port, Subscription
from doisoat.engine.rating.in_memory import packs_of, people_of, ports_of, usage_of
from doisoat.engine.store.event_columns import EVENT_SCHEMA
from doisoat.engine.store.home import Floor, Home, seal_part, writer
from doisoat.engine.usage.stored_parts import in_order, of_bucket
from doisoat.settlement.figures.period import MS_PER_DAY, month_of_day

SUSPENSE = pl.Schema(
    {
        "source": pl.Int32(), "row": pl.Int64(), "reason": pl.String(), "sub_reason": pl.String(),
        "line": pl.Int64(), "offset": pl.Int64(), "raw_sha256": pl.String(),
        **dict.fromkeys(("event_hi", "event_lo", "content_hi", "content_lo"), pl.UInt64()),
    }
)  # fmt: skip
DUPLICATE = pl.Schema(
    {"source": pl.Int32(), "row": pl.Int64(), "event_hi": pl.UInt64(), "event_lo": pl.UInt64()}
)
PLACE = {"source": pl.lit(0, pl.Int32), "row": pl.int_range(pl.len(), dtype=pl.Int64)}


def write_home(
    path: Path,
    people: Sequence[Subscription],
    ports: Sequence[Port],
    packs: Sequence[OpenPack],
    parts: Sequence[Sequence[Event]],
    contradicted: Sequence[Event] = (),
    buckets: int = 4,
) -> Path:
    """A home of one part of master data and a part of usage for each of `parts`.

    Args: contradicted: copies of events that records contradict each other about; they lie in the
        last part, and none of their ids is that of an event of `parts`.
    """
    with writer(path, "test", buckets) as home:
        _write_master(home, people, ports, packs)
        for number, events in enumerate(parts):
            is_last = number == len(parts) - 1
            _write_usage(home, number, list(events), list(contradicted) if is_last else [])
    return path


def other_copy(event: Event, drawn: Random) -> Event:
    """What another record says of the event: more units, or fewer, at the same time."""
    return replace(event, units=event.units + drawn.choice((1, 2, 1_000, 60_000)))


def content_of(event: Event) -> int:
    """Stands for the digest of what a record says."""
    return int.from_bytes(hashlib.blake2b(repr(event).encode(), digest_size=16).digest())


def _write_master(
    home: Home, people: Sequence[Subscription], ports: Sequence[Port], packs: Sequence[OpenPack]
) -> None:
    issued = {"issued_ms": pl.lit(0, pl.Int64), **PLACE}
    tables = {
        "subscription": people_of(people), "port": ports_of(ports),
        "pack": packs_of(packs).drop("left_ms"),
    }  # fmt: skip
    files = {f"{name}.parquet": frame.with_columns(**issued) for name, frame in tables.items()}
    counts = {name: frame.height for name, frame in tables.items()}
    _write_part(home, "master", "master", files, counts, {})


def _write_usage(home: Home, number: int, events: list[Event], contradicted: list[Event]) -> None:
    usage, traits = usage_of([*events, *contradicted])
    contents = pl.DataFrame(
        [divmod(content_of(event), 1 << 64) for event in (*events, *contradicted)],
        dict.fromkeys(("content_hi", "content_lo"), pl.UInt64),
        orient="row",
    )
    rows = usage.hstack(contents).with_columns(**PLACE).select(EVENT_SCHEMA.names())
    rows = rows.cast(EVENT_SCHEMA)
    own, apart = rows.head(len(events)), rows.tail(len(contradicted))
    suspended = apart.select(
        "source", "row", "event_hi", "event_lo", "content_hi", "content_lo", line="row",
        reason=pl.lit("conflicting"), sub_reason=pl.lit(""), offset=pl.lit(0, pl.Int64),
        raw_sha256=pl.lit("0" * 64),
    )  # fmt: skip
    files = {
        "trait.parquet": traits,
        "suspense.parquet": suspended.select(SUSPENSE.names()).cast(SUSPENSE),
        "duplicate.parquet": DUPLICATE.to_frame(),
    }
    if apart.height:
        files[CONFLICT] = apart.sort("event_hi", "event_lo", "content_hi", "content_lo")
    months = Counter(month_of_day(start // MS_PER_DAY) for start in rows["start_ms"])
    ordered = in_order(own, traits["kind"])
    content = {"start_ms_min": own["start_ms"].min(), "start_ms_max": own["start_ms"].max()}
    _write_part(home, "usage", f"usage {number}", files, {"events": own.height}, content,
                dict(sorted(months.items())), ordered)  # fmt: skip


def _write_part(
    home: Home,
    floor: Floor,
    name: str,
    files: dict[str, pl.DataFrame],
    counts: dict[str, int],
    content: dict[str, Any],
    months: dict[str, int] | None = None,
    events: pl.DataFrame | None = None,
) -> None:
    folder = home.floor(floor) / "part=new"
    folder.mkdir(parents=True)
    said = hashlib.sha256(name.encode())
    for frame in files.values():
        said.update(frame.write_json().encode())
    if events is not None:
        said.update(events.write_json().encode())
        for bucket in range(home.buckets):
            write_bucket([of_bucket(events, bucket, home.buckets)], folder, home, bucket)
    rows = sum(counts.values()) + (files[CONFLICT].height if CONFLICT in files else 0)
    source: dict[str, Any] = {
        "sha256": said.hexdigest(), "mapping": "test", "mapping_sha256": "0" * 64,
        "kind": "usage" if floor == "usage" else "subscriptions", "rows": rows,
        "taken": sum(counts.values()), "duplicates": 0,
        "suspended": rows - sum(counts.values()), "filtered": 0,
    }  # fmt: skip
    described = pl.DataFrame(
        [{"source": 0, "name": f"{name}.csv", "size": rows, **source, "header_lines": 1,
          "blank_lines": 0, "reasons": "{}", "filters": "{}"}]
    ).with_columns(pl.col("source").cast(pl.Int32))  # fmt: skip
    for file, frame in {**files, "source.parquet": described}.items():
        write_table(frame, folder / file)
    if months is not None:
        source |= {"content_digest": said.hexdigest(), "months": months}
    sealed = {
        "floor": floor, "counts": counts, "content_digest": said.hexdigest(), **content,
        "key_id": "0" * 16, "sources": [source],
    }  # fmt: skip
    if floor == "master":
        sealed["content_digests"] = {table: said.hexdigest() for table in counts}
    part = seal_part(folder, sealed, key_is_public=True, key_version=1)
    folder.rename(folder.with_name(f"part={part}"))
