"""The small tables beside a part's records: its sources and its suspense."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from doisoat.engine.files.slices import write_table
from doisoat.engine.intake.forms.raw_chunks import Address, Broken
from doisoat.engine.intake.records.accounting import FileAccount
from doisoat.engine.intake.records.suspense_reasons import SUB_REASONS, Reason, SubReason

SUSPENSE_SCHEMA = pl.Schema(
    {
        "source": pl.Int32(),
        "row": pl.Int64(),
        "reason": pl.String(),
        "sub_reason": pl.String(),
        "line": pl.Int64(),
        "offset": pl.Int64(),
        "raw_sha256": pl.String(),
        "event_hi": pl.UInt64(),
        "event_lo": pl.UInt64(),
        "content_hi": pl.UInt64(),
        "content_lo": pl.UInt64(),
    }
)
SOURCE_SCHEMA = pl.Schema(
    {
        "source": pl.Int32(),
        "name": pl.String(),
        "sha256": pl.String(),
        "size": pl.Int64(),
        "mapping": pl.String(),
        "mapping_sha256": pl.String(),
        "kind": pl.String(),
        "rows": pl.Int64(),
        "taken": pl.Int64(),
        "duplicates": pl.Int64(),
        "suspended": pl.Int64(),
        "filtered": pl.Int64(),
        "header_lines": pl.Int64(),
        "blank_lines": pl.Int64(),
        "reasons": pl.String(),
        "filters": pl.String(),
    }
)


def write_sources(folder: Path, accounts: Sequence[FileAccount]) -> None:
    rows = [
        (
            index, a.name, a.sha256, a.size, a.mapping, a.mapping_sha256, a.kind, a.rows, a.taken,
            a.duplicates, a.suspended, a.filtered, a.header_lines, a.blank_lines,
            json.dumps({"/".join(filter(None, k)): n for k, n in sorted(a.reasons.items())}),
            json.dumps(dict(sorted(a.filters.items()))),
        )
        for index, a in enumerate(accounts)
    ]  # fmt: skip
    write_table(pl.DataFrame(rows, SOURCE_SCHEMA, orient="row"), folder / "source.parquet")


def rows_by_source(
    malformed: pl.DataFrame, conflicting: pl.DataFrame, broken: Sequence[tuple[int, Broken]]
) -> dict[int, set[int]]:
    """The rows of suspended records, by source."""
    rows: dict[int, set[int]] = {}
    for frame in (malformed, conflicting):
        for index, row in frame.select("source", "row").iter_rows():
            rows.setdefault(index, set()).add(row)
    for index, record in broken:
        rows.setdefault(index, set()).add(record.row)
    return rows


def write_suspense(
    folder: Path,
    malformed: pl.DataFrame,
    conflicting: pl.DataFrame,
    broken: Sequence[tuple[int, Broken]],
    addresses: Mapping[tuple[int, int], Address],
) -> None:
    """Reason, address and digest of each suspended record; never its text."""
    rows = []
    nothing = Address(None, None, "")
    for index, row, code in malformed.iter_rows():
        at = addresses.get((index, row), nothing)
        rows.append(
            (index, row, Reason.MALFORMED.value, SUB_REASONS[code], at.line, at.offset,
             at.raw_sha256, 0, 0, 0, 0)
        )  # fmt: skip
    for index, at_row in broken:
        rows.append(
            (index, at_row.row, Reason.MALFORMED.value, SubReason.STRUCTURE.value, at_row.line,
             at_row.offset, at_row.raw_sha256, 0, 0, 0, 0)
        )  # fmt: skip
    columns = ["source", "row", "event_hi", "event_lo", "content_hi", "content_lo"]
    if conflicting.height:
        for index, row, *ids in conflicting.select(columns).iter_rows():
            at = addresses.get((index, row), nothing)
            rows.append(
                (index, row, Reason.CONFLICTING.value, "", at.line, at.offset, at.raw_sha256, *ids)
            )
    table = pl.DataFrame(rows, SUSPENSE_SCHEMA, orient="row").sort("source", "row")
    write_table(table, folder / "suspense.parquet")
