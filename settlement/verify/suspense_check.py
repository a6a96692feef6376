"""Checks suspended records: each became what was decided, and every record is accounted for.

Of each source file: its records are taken, duplicates, filtered or suspended, and its suspended
ones are open, edited, written off or recycled, each once. Nothing here needs a key.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID

import polars as pl

from doisoat.engine.intake.master.master_tables import TABLES
from doisoat.engine.intake.records.conflict import conflicting_copies
from doisoat.engine.intake.records.decisions import NAME, Decision, Fault, heads, walk
from doisoat.engine.intake.records.events import IDS
from doisoat.engine.intake.records.sealed_texts import SEALED, sealed_rows
from doisoat.engine.intake.suspense.recycle import OUTCOMES
from doisoat.engine.intake.suspense.suspense_register import (
    ADDRESS,
    RECYCLED,
    last_decisions,
    recycled_rows,
    suspended_of,
)
from doisoat.engine.store.commit import STAGING_PREFIX
from doisoat.engine.store.home import Home, Part
from doisoat.engine.store.id128 import named
from doisoat.messages.text import Text, message
from doisoat.settlement.log import journal

PLACE = ["source", "row"]
ACCOUNTED = {"taken": "taken", "duplicates": "duplicate", "suspended": "suspended"}


def suspense_faults(home: Home, parts: Sequence[Part], *, is_whole: bool) -> Iterator[Fault]:
    """What is wrong with decisions, recycled records and the accounts of source files.

    Args: parts: those whose files are as they were published; is_whole: are they all that there
        are? Else what a decision or a recycled record names may be in one that is not.
    """
    decisions, faults = walk(home)
    yield from faults
    yield from _published(home)
    for path in sorted(home.floor("suspense").glob("*")):
        if not NAME.fullmatch(path.name) and not path.name.startswith(STAGING_PREFIX):
            yield Fault(str(path), message("nobody published it"))
    for part in parts:
        yield from _accounts(part)
    if is_whole:
        suspended = suspended_of(parts)
        if parts:
            yield from _decided(home, decisions, suspended)
            yield from _chosen(home, parts, decisions)
            yield from _recycled(parts, decisions, suspended)


def _published(home: Home) -> Iterator[Fault]:
    """The decisions that stood last when a face was published are here, in the order of faces."""
    known = heads(home)
    last = 0
    for entry in journal.entries(home):
        head = entry.get("suspense")
        if head is None or head in known[last:]:
            last = last if head is None else known.index(head)
            continue
        fault = message(
            "entry {entry} of the log: a decision that stood then is gone, or altered",
            entry=entry["entry"],
        )
        yield Fault(str(home.floor("suspense")), fault)


def _accounts(part: Part) -> Iterator[Fault]:
    """The tables of a part hold as many records of each source as its account says."""
    source = part.path / "source.parquet"
    counts: Counter[tuple[int, str]] = Counter()
    for path, outcome in _tables(part):
        by_source = pl.scan_parquet(path, glob=False, hive_partitioning=False).group_by("source")
        for index, count in by_source.len().collect().iter_rows():
            counts[index, outcome] += count
    for row in _read(source).iter_rows(named=True):
        for column, outcome in ACCOUNTED.items():
            counted = counts[row["source"], outcome]
            if counted != row[column]:
                fault = message(
                    "{file}: {count} records {outcome}, its account says {stated}",
                    file=row["name"],
                    count=counted,
                    outcome=Text(column, outcome),
                    stated=row[column],
                )
                yield Fault(str(source), fault)
    strays = sealed_rows([part]).join(suspended_of([part]), on=PLACE, how="anti").height
    if strays:
        yield Fault(
            str(part.path / SEALED),
            message("{strays} texts of records that are not suspended", strays=strays),
        )
    if part.file(RECYCLED) is not None:
        yield from _outcomes(part)


def _tables(part: Part) -> Iterator[tuple[Path, str]]:
    """The tables that have a row for each record of an outcome; filtered records have none."""
    masters = [table.file for table in TABLES.values()]
    for entry in part.manifest["files"]:
        name = entry["name"]
        if name.startswith("bucket=") or name in masters:
            yield part.path / name, "taken"
        elif name in ("duplicate.parquet", "suspense.parquet"):
            yield part.path / name, "duplicate" if name.startswith("dup") else "suspended"


def _outcomes(part: Part) -> Iterator[Fault]:
    """Recycled records are in their part what it says that they became."""
    path = part.path / RECYCLED
    recycled = _read(path)
    stated = recycled.select(*PLACE, "outcome").filter(pl.col("outcome") != "filtered")
    columns = [*PLACE, "outcome"]
    places = pl.concat(
        _read(path).select(*PLACE, outcome=pl.lit(outcome)) for path, outcome in _tables(part)
    )
    recycled_sources = recycled.select("source").unique()
    if part.replaces:
        places = places.join(recycled_sources, on="source", how="semi")
    if not stated.sort(columns).equals(places.select(columns).sort(columns)):
        yield Fault(
            str(path),
            message("its records did not become what it says"),
        )
    unknown = recycled.filter(~pl.col("outcome").is_in(OUTCOMES)).height
    sources = _read(part.path / "source.parquet")
    if part.replaces:  # It may hold files beside those that were recycled.
        sources = sources.join(recycled_sources, on="source", how="semi")
    rows = sources["rows"].sum()
    if unknown or rows != recycled.height:
        yield Fault(
            str(path),
            message(
                "{height} records, of which {unknown} odd; {rows} came in",
                height=recycled.height,
                unknown=unknown,
                rows=rows,
            ),
        )


def _decided(home: Home, decisions: Sequence[Decision], suspended: pl.DataFrame) -> Iterator[Fault]:
    """Decisions are about records that are suspended, and after a write-off none but to take it
    back."""
    known = {(*at, digest) for *at, digest in suspended.select(*ADDRESS, "raw_sha256").iter_rows()}
    written_off: set[object] = set()
    for decision in decisions:
        where = str(home.floor("suspense") / f"{decision.number:08d}.json")
        for record in decision.records:
            if (*record.origin, record.row, record.raw_sha256) not in known:
                yield Fault(
                    where,
                    message("row {row}: no such record is suspended", row=record.row),
                )
            if (record in written_off) != (decision.action == "reopen"):
                fault = message("row {row} had not been written off before", row=record.row)
                if record in written_off:
                    fault = message("row {row} had been written off before", row=record.row)
                yield Fault(where, fault)
            if decision.action == "write_off":
                written_off.add(record)
            if decision.action == "reopen":
                written_off.discard(record)


def _chosen(home: Home, parts: Sequence[Part], decisions: Sequence[Decision]) -> Iterator[Fault]:
    """What was chosen among, and taken back, are copies that contradict each other."""
    if not any(decision.choices for decision in decisions):
        return
    usage = [part for part in parts if part.path.parent.name == "usage"]
    copies = conflicting_copies(usage).select(IDS).rows(named=True)
    known = {(named(row, "event"), named(row, "content")) for row in copies}
    events, chosen = {event for event, _ in known}, set[int]()
    for decision in decisions:
        where = str(home.floor("suspense") / f"{decision.number:08d}.json")
        for choice in decision.choices:
            is_known = choice.event in events and all(
                (choice.event, content) in known for content in choice.contents
            )
            if not is_known or (decision.action == "choose") != bool(choice.contents):
                yield Fault(
                    where,
                    message(
                        "event {uuid}: no such copies are suspended", uuid=UUID(int=choice.event)
                    ),
                )
            if decision.action == "choose":
                chosen.add(choice.event)
            elif choice.event not in chosen:
                yield Fault(
                    where,
                    message("event {uuid}: nothing had been chosen", uuid=UUID(int=choice.event)),
                )
            else:
                chosen.discard(choice.event)


def _recycled(
    parts: Sequence[Part], decisions: Sequence[Decision], suspended: pl.DataFrame
) -> Iterator[Fault]:
    """Each recycled record was suspended, was not written off, and was recycled once, as edited."""
    paths = {part.id: str(part.path / RECYCLED) for part in parts}
    rows = recycled_rows(parts)
    last = last_decisions(decisions)
    joined = (
        rows.join(suspended, on=[*ADDRESS, "raw_sha256", "sub_reason"], how="left", suffix="_of")
        .join(last, on=ADDRESS, how="left", suffix="_last")
        .with_columns(times=pl.len().over(ADDRESS))
    )
    faults = {
        message("no such record is suspended"): pl.col("reason").is_null(),
        message("it was recycled more than once"): pl.col("times") > 1,
        message("it was written off"): pl.col("action") == "write_off",
        message("its edit is not the last one"): (pl.col("action") == "edit")
        & ~pl.col("decision").eq_missing(pl.col("decision_last"))
        | (pl.col("decision").is_not_null() & pl.col("action").is_null()),
    }
    for fault, holds in faults.items():
        faulty = joined.filter(holds).select("part", "row").unique().sort("part", "row")
        for part, row in faulty.iter_rows():
            yield Fault(paths[part], message("row {row}: {fault}", row=row, fault=fault))


def _read(path: Path) -> pl.DataFrame:
    return pl.read_parquet(path, glob=False, hive_partitioning=False)
