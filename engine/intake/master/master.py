"""Intake of master data: each kind of file into its own table, accounted for like usage."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from doisoat.engine.arrow.blake2b import RowsDigest
from doisoat.engine.files.slices import write_table
from doisoat.engine.intake.forms.raw_chunks import Broken, Reader
from doisoat.engine.intake.master.master_rows import convert_master
from doisoat.engine.intake.master.master_tables import (
    CONTENT,
    ISSUED,
    PLACE,
    TABLES,
    U64,
    Table,
    as_written,
    stored_rows,
    with_content,
)
from doisoat.engine.intake.records.accounting import FileAccount
from doisoat.engine.intake.records.part_tables import rows_by_source, write_sources, write_suspense
from doisoat.engine.intake.records.sealed_texts import FileSuspense, keep_texts, origin_of
from doisoat.engine.intake.records.suspense_reasons import SUB_REASONS, Reason, SubReason
from doisoat.engine.keys.number_plan import NumberPlan
from doisoat.engine.keys.pseudonym import Key
from doisoat.engine.store.file_kinds import FileKind
from doisoat.engine.store.home import Part


@dataclass
class _MasterRows:
    """What the files of one call hold."""

    rows: dict[FileKind, list[pl.DataFrame]] = field(default_factory=dict)
    suspended: list[pl.DataFrame] = field(default_factory=list)
    broken: list[tuple[int, Broken]] = field(default_factory=list)


def take_master(
    files: Sequence[tuple[FileAccount, str, Reader]],
    key: Key,
    parts: Sequence[Part],
    folder: Path,
    progress: Callable[[int], None],
    plan: NumberPlan,
    check: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Read, judge and write the master tables into `folder`; returns what the manifest says.

    Args: check: asked, once all is read, whether to go on.
    """
    read_rows = _MasterRows()
    for index, (account, system, reader) in enumerate(files):
        for read in reader.chunks():
            chunk = read()
            rows, suspended = convert_master(chunk.frame, reader.layout, system, key, plan)
            account.rows += chunk.frame.height + len(chunk.broken)
            account.taken += rows.height
            for code, count in suspended.group_by("sub_reason").len().iter_rows():
                account.reasons[Reason.MALFORMED.value, SUB_REASONS[code]] += count
            if chunk.broken:
                account.reasons["malformed", SubReason.STRUCTURE.value] += len(chunk.broken)
            read_rows.broken += ((index, broken) for broken in chunk.broken)
            place = pl.lit(index, pl.Int32).alias("source")
            read_rows.rows.setdefault(account.kind, []).append(rows.with_columns(place))
            read_rows.suspended.append(suspended.select(place, "row", "sub_reason"))
            progress(chunk.frame.height + len(chunk.broken))
        account.header_lines = reader.counts.header_lines
        account.blank_lines = reader.counts.blank_lines
        account.notes = reader.counts.notes
    check()
    return _write(read_rows, files, parts, folder, key)


def in_table_order(rows: pl.DataFrame, table: Table) -> tuple[pl.DataFrame, str]:
    """Rows of a master table (its columns, ISSUED and PLACE) in its order, and their digest."""
    names = [*table.columns, ISSUED, *PLACE]
    ordered = with_content(rows.select(names), table).sort(*table.order, ISSUED, *CONTENT, *PLACE)
    digest = RowsDigest()
    digest.update(ordered.select(CONTENT), CONTENT)
    return ordered.select(names), digest.hexdigest()


def judge(rows: pl.DataFrame, parts: Sequence[Part], table: Table) -> pl.DataFrame:
    """Rows with `outcome`: 0 new, 1 said before, 2 another row contradicts it.

    A row is said again, or contradicted, by one that was issued at the same time; what was issued
    at another time is another row.
    """
    columns = [*table.identity, ISSUED, *CONTENT]
    known = with_content(stored_rows(parts, table), table).select(columns)
    contradicted = with_content(stored_rows(parts, table, conflicts=True), table).select(columns)
    contents = (
        pl.concat([rows.select(columns), known, contradicted])
        .unique().group_by(*table.identity, ISSUED).agg(contents=pl.len())
    )  # fmt: skip
    content = [ISSUED, *CONTENT]
    known_content = known.select(content).unique().with_columns(is_told=pl.lit(True))
    judged = (
        rows.sort("source", "row")
        .join(contents, on=[*table.identity, ISSUED], how="left", maintain_order="left")
        .join(known_content, on=content, how="left", maintain_order="left")
    )
    outcome = (
        pl.when(pl.col("is_told").fill_null(False)).then(1)
        .when(pl.col("contents") > 1).then(2)
        .when(pl.int_range(pl.len()).over(content) > 0).then(1)
        .otherwise(0)
    )  # fmt: skip
    return judged.with_columns(outcome=outcome)


def _write(
    read_rows: _MasterRows,
    files: Sequence[tuple[FileAccount, str, Reader]],
    parts: Sequence[Part],
    folder: Path,
    key: Key,
) -> dict[str, Any]:
    judged = {
        kind: judge(pl.concat(frames), parts, TABLES[kind])
        for kind, frames in read_rows.rows.items()
    }
    content, conflicting = write_judged(judged, [account for account, _, _ in files], folder)
    _write_suspense(read_rows, files, conflicting, folder, key)
    return content


def write_judged(
    judged: Mapping[FileKind, pl.DataFrame], accounts: Sequence[FileAccount], folder: Path
) -> tuple[dict[str, Any], pl.DataFrame]:
    """Write the tables, source.parquet and duplicate.parquet of a master part.

    Args: judged: rows of each kind, as `judge` returns them; accounts: by source, which are told
        what became of the rows, of which `taken` are all so far.
    Returns: what the manifest says, and PLACE and CONTENT of the contradicted rows.
    """
    counts: Counter[str] = Counter()
    digests: dict[str, str] = {}
    conflicting = [pl.DataFrame(schema={**PLACE, **dict.fromkeys(CONTENT, U64)})]
    duplicates = [pl.DataFrame(schema=PLACE)]
    for kind, frame in sorted(judged.items()):
        table = TABLES[kind]
        for index, outcome, count in frame.group_by("source", "outcome").len().iter_rows():
            account = accounts[index]
            if outcome == 1:
                account.duplicates += count
            elif outcome == 2:
                account.reasons[Reason.CONFLICTING.value, ""] += count
            account.taken -= count if outcome else 0
        conflicting.append(frame.filter(pl.col("outcome") == 2).select(*PLACE, *CONTENT))
        duplicates.append(frame.filter(pl.col("outcome") == 1).select(*PLACE))
        ordered = frame.sort(*table.order, ISSUED, *CONTENT, "source", "row")
        rows = ordered.filter(pl.col("outcome") == 0)
        written = rows.select(*table.columns, ISSUED, *PLACE)
        write_table(as_written(written, table), folder / table.file)
        contradicted = ordered.filter(pl.col("outcome") == 2)
        if contradicted.height:
            written = contradicted.select(*table.columns, ISSUED, *PLACE)
            write_table(as_written(written, table), folder / table.conflict)
        digest = RowsDigest()
        digest.update(rows.select(CONTENT), CONTENT)
        counts[table.name], digests[table.name] = rows.height, digest.hexdigest()
    write_sources(folder, accounts)
    write_table(pl.concat(duplicates).sort(*PLACE), folder / "duplicate.parquet")
    content = {"floor": "master", "counts": dict(counts), "content_digests": digests}
    return content, pl.concat(conflicting)


def _write_suspense(
    read_rows: _MasterRows,
    files: Sequence[tuple[FileAccount, str, Reader]],
    conflicting: pl.DataFrame,
    folder: Path,
    key: Key,
) -> None:
    malformed = pl.concat(
        [pl.DataFrame(schema={**PLACE, "sub_reason": pl.UInt8()}), *read_rows.suspended]
    )
    suspended = {}
    for index, rows in rows_by_source(malformed, conflicting, read_rows.broken).items():
        account, system, reader = files[index]
        suspended[index] = FileSuspense(origin_of(account), reader, rows, "", system, {})
    addresses = keep_texts(folder, suspended, key)
    nil = pl.lit(0, U64)
    conflicting = conflicting.with_columns(event_hi=nil, event_lo=nil)
    write_suspense(folder, malformed, conflicting, read_rows.broken, addresses)
