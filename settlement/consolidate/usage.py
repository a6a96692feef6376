"""The usage part that packs become: each event as its carrier's home has it, bucket by bucket.

Nothing is read out of a record again. Ids, content, sessions and the place in the carrier's own
file come along; what is judged is only whether another pack, or the home, says the same or
otherwise of an event. Of a file no more is accounted for here than the pack has of it.
"""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from doisoat.engine.files.slices import write_table
from doisoat.engine.intake.records.accounting import FileAccount
from doisoat.engine.intake.records.conflict import CONFLICT
from doisoat.engine.intake.records.events import (
    CONFLICTING,
    CONTENT,
    DUPLICATE,
    EVENT,
    IDS,
    judge,
)
from doisoat.engine.intake.records.part_tables import SUSPENSE_SCHEMA, write_sources
from doisoat.engine.intake.records.suspense_reasons import Reason
from doisoat.engine.intake.records.usage_part import PLACE, write_buckets
from doisoat.engine.intake.suspense.suspense_register import suspended_of
from doisoat.engine.store.home import Home, Part
from doisoat.errors import IntakeError
from doisoat.messages.text import message
from doisoat.settlement.consolidate.pack_columns import halves
from doisoat.settlement.consolidate.pack_contents import SEND_AGAIN, Pack
from doisoat.settlement.consolidate.pack_events import PackEvents

NOT_IN_PACK = "not_in_pack"  # of other months, or dealt with by the carrier
OPEN = ("open", "edited")  # states of records that nobody has taken in again or written off
DUPLICATE_SCHEMA = pl.Schema(
    {"source": pl.Int32(), "row": pl.Int64(), **dict.fromkeys(EVENT, pl.UInt64())}
)
JUDGED = pl.Schema(
    {**dict.fromkeys(IDS, pl.UInt64()), "source": pl.Int32(), "row": pl.Int64(),
     "outcome": pl.UInt8()}
)  # fmt: skip
ADDRESS = {"sha256": pl.String(), "mapping_sha256": pl.String(), "kind": pl.String(),
           "row": pl.Int64()}  # fmt: skip


class Rows(NamedTuple):
    """What became of a pack's events: rows = taken + duplicates + suspended."""

    rows: int
    taken: int
    duplicates: int  # another pack, or the home, said the same
    suspended: int  # copies that contradict each other


class _File(NamedTuple):
    """A file that a pack names."""

    pack: Pack
    number: int  # in its pack
    account: FileAccount


def write_usage(
    home: Home,
    packs: Sequence[Pack],
    parts: Sequence[Part],
    folder: Path,
    progress: Callable[[int], None],
) -> tuple[dict[str, Any], list[FileAccount], list[Rows]]:
    """Write a usage part's files into `folder`.

    Args: parts: usage parts of the home, verified.
    Returns: what its manifest says but for its sources and packs; an account a source; by pack
        what became of its events.
    Raises: IntakeError for a pack whose tables are not what they should be.
    """
    files = _files(packs)
    numbers = {(file.pack.path, file.number): at for at, file in enumerate(files)}
    events = PackEvents(home.buckets)
    rows = []
    for pack in packs:
        pack_numbers = {number: at for (path, number), at in numbers.items() if path == pack.path}
        rows.append(events.add(pack, pack_numbers, progress))
    taken = events.sources.copy()
    judged = judge(events.ids(), parts, sum(rows))
    forced = events.copies.select(*IDS, *PLACE, outcome=pl.lit(CONFLICTING, pl.UInt8))
    alone = forced.join(judged, on=[*EVENT, *CONTENT], how="anti")
    judged = pl.concat([judged.select(JUDGED.names()), alone.select(JUDGED.names())])
    conflicting = judged.filter(pl.col("outcome") == CONFLICTING)
    written = write_buckets(
        events, judged, conflicting, events.traits, home, folder, lambda count: None
    )
    if written.conflicting.height:
        write_table(written.conflicting, folder / CONFLICT)
    for source, outcome, count in judged.group_by("source", "outcome").len().iter_rows():
        account = files[source].account
        taken[source] -= count
        if outcome == CONFLICTING:
            account.reasons[Reason.CONFLICTING.value, ""] += count
    _write_suspense(files, conflicting, parts, folder)
    _write_duplicates(files, judged, folder)
    for at, file in enumerate(files):
        _balance(file, taken[at])
    write_sources(folder, [file.account for file in files])
    content = {
        "floor": "usage",
        "counts": {"events": written.events},
        "content_digest": written.events_digest,
        "start_ms_min": written.start_ms_min,
        "start_ms_max": written.start_ms_max,
    }
    outcomes = [_rows(pack, count, files, judged) for pack, count in zip(packs, rows, strict=True)]
    return content, [file.account for file in files], outcomes


# --- what packs say ------------------------------------------------------------------------------


def _files(packs: Sequence[Pack]) -> list[_File]:
    """Every file of every pack, by its digest: the order of packs means nothing."""
    listed_files = []
    for pack in packs:
        for row in _read(pack.table("source_file")).iter_rows(named=True):
            account = FileAccount(
                row["name"], row["sha256"], row["size"], row["mapping"],
                row["mapping_sha256"], row["kind"], rows=row["rows"],
                filters=Counter(json.loads(row["filters"])), header_lines=row["header_lines"],
                blank_lines=row["blank_lines"], near_seconds=row["near_seconds"],
                months=Counter({pack.period.name: row["of_period"]}),
                content_digest=row["content_digest"],
            )  # fmt: skip
            listed_files.append(_File(pack, row["source_file"], account))
    return sorted(
        listed_files,
        key=lambda file: (
            file.account.sha256, file.account.mapping_sha256, file.account.kind, file.pack.name,
        ),
    )  # fmt: skip


def _rows(pack: Pack, count: int, files: Sequence[_File], judged: pl.DataFrame) -> Rows:
    pack_files = [at for at, file in enumerate(files) if file.pack is pack]
    outcomes = Counter(judged.filter(pl.col("source").is_in(pack_files))["outcome"])
    duplicates, suspended = outcomes[DUPLICATE], outcomes[CONFLICTING]
    return Rows(count, count - duplicates - suspended, duplicates, suspended)


# --- what is beside the events -------------------------------------------------------------------


def _write_suspense(
    files: Sequence[_File], conflicting: pl.DataFrame, parts: Sequence[Part], folder: Path
) -> None:
    """suspense.parquet: copies that contradict each other, and records that cannot be read.

    A record of a file that lies in several months is in each of their packs, and here once.
    """
    names = SUSPENSE_SCHEMA.names()
    frames = [pl.DataFrame(schema={**SUSPENSE_SCHEMA, **ADDRESS})]
    for at, file in enumerate(files):
        records = _read(file.pack.table("suspended_record")).filter(
            (pl.col("source_file") == file.number) & pl.col("state").is_in(OPEN)
        )
        frames.append(
            records.with_columns(
                pl.lit(at, pl.Int32).alias("source"),
                *(pl.lit(0, pl.UInt64).alias(name) for name in IDS),
                *(pl.lit(getattr(file.account, name)).alias(name) for name in ADDRESS
                  if name != "row"),
            ).select(frames[0].columns)
        )  # fmt: skip
    known = suspended_of(parts).select(ADDRESS.keys())
    address = list(ADDRESS)
    records = (
        pl.concat(frames)
        .unique(address, keep="first", maintain_order=True)
        .join(known, on=address, how="anti", maintain_order="left")
    )
    counts = records.group_by("source", "reason", "sub_reason").len()
    for source, reason, sub_reason, count in counts.iter_rows():
        files[source].account.reasons[reason, sub_reason] += count
    nothing = pl.lit(None, pl.Int64)
    copies = conflicting.select(
        *PLACE, reason=pl.lit(Reason.CONFLICTING.value), sub_reason=pl.lit(""), line=nothing,
        offset=nothing, raw_sha256=pl.lit(""), **{name: pl.col(name) for name in IDS},
    )  # fmt: skip
    table = pl.concat([records.select(names), copies.select(names)]).cast(SUSPENSE_SCHEMA)
    write_table(table.sort(*PLACE, *IDS), folder / "suspense.parquet")


def _write_duplicates(files: Sequence[_File], judged: pl.DataFrame, folder: Path) -> None:
    """duplicate.parquet: what carriers' files, and now packs, said again."""
    duplicates = judged.filter(pl.col("outcome") == DUPLICATE).select(DUPLICATE_SCHEMA.names())
    frames = [pl.DataFrame(schema=DUPLICATE_SCHEMA), duplicates]
    for at, file in enumerate(files):
        rows = _read(file.pack.table("duplicate")).filter(pl.col("source_file") == file.number)
        frames.append(
            rows.select(
                pl.lit(at, pl.Int32).alias("source"), "row", *halves("event_id", "event")
            )
        )  # fmt: skip
    table = pl.concat(frames).sort("source", "row", *EVENT)
    write_table(table, folder / "duplicate.parquet")
    for source, count in table.group_by("source").len().iter_rows():
        files[source].account.duplicates = count


def _balance(file: _File, taken: int) -> None:
    """What is left of a file's rows is not in the pack."""
    account = file.account
    account.taken = taken
    missing = account.rows - taken - account.duplicates - account.suspended - account.filtered
    if missing < 0:
        raise IntakeError(
            message(
                "{account}: more records than its {rows} rows",
                account=account.name,
                rows=account.rows,
            ),
            str(file.pack.table("source_file")),
            SEND_AGAIN,
        )
    if missing:
        account.filters[NOT_IN_PACK] += missing


def source_of(account: FileAccount) -> dict[str, Any]:
    """What the manifest of a part says of a file."""
    names = ("sha256", "mapping", "mapping_sha256", "kind", "rows", "taken", "duplicates",
             "suspended", "filtered", "content_digest", "near_seconds")  # fmt: skip
    return {**{name: getattr(account, name) for name in names}, "months": dict(account.months)}


def _read(path: Path) -> pl.DataFrame:
    return pl.read_parquet(path, glob=False, hive_partitioning=False)
