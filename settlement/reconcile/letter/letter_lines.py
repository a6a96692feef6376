"""Lines behind a letter's variances: the records of its causes, read from the public database.

A record is named by its file and its place in it, as whoever delivered it can find it; nobody's
number stands there, and names of files are kept with anything like a number masked.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import duckdb
import polars as pl

from doisoat.engine.store.home import Home
from doisoat.errors import StoreError
from doisoat.messages.text import message
from doisoat.settlement.database.public_database import FACE
from doisoat.settlement.reconcile.causes.cause_lines import CauseLines, lines_of
from doisoat.settlement.reconcile.causes.line_causes import DIMENSIONS
from doisoat.settlement.reconcile.letter.evidence import differing, lines_query
from doisoat.settlement.reconcile.lines.tree_difference import SIDES
from doisoat.settlement.records.explanation import Part
from doisoat.settlement.records.reconciliation_records import Reconciliation
from doisoat.settlement.records.variance import Variance
from doisoat.settlement.runs.runs import current_runs

SQL = Path(__file__).with_name("sql")
CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "memory_limit": "1GiB",
    "threads": "2",
}


class Record(NamedTuple):
    """Where a record stands."""

    file: str
    row: int
    is_again: bool  # it says again what another record said


class Line(NamedTuple):
    """A line that a cause takes away, adds, or counts again.

    times: how often it is counted more (less, where below 0) than the run does; units, amount: what
    that comes to.
    """

    event: UUID
    start_at: datetime
    measure: str
    times: int
    units: int
    amount: int
    records: tuple[Record, ...]


class Side(NamedTuple):
    """What one side tells of a line of a claim by line; None: it does not have it."""

    start_at: datetime | None
    home_province: str | None
    units: int | None
    amount: int | None


class DifferingLine(NamedTuple):
    """A line of a claim by line beside the run's."""

    event: UUID
    claimed: Side
    recomputed: Side
    causes: tuple[str, ...]  # of what differs of it, as far as the line alone says why
    records: tuple[Record, ...]


class Suspended(NamedTuple):
    """An event that is suspended."""

    start_at: datetime
    reason: str
    records: tuple[Record, ...]


Lines = tuple[Line | DifferingLine | Suspended, ...]


class Group(NamedTuple):
    """The first lines that causes of a variance are about. in_all, amount: of all of them."""

    variance: Variance
    parts: tuple[Part, ...]  # none: lines that the claim itself tells otherwise
    lines: Lines
    in_all: int
    amount: int | None  # None: it is not summed


def parts_of(variance: Variance) -> list[Part]:
    """The causes of every explanation, each once, in their order."""
    parts = (part for explanation in variance.explanations for part in explanation)
    return list({(part.cause, part.detail): part for part in parts}.values())


class Face:
    """relief.duckdb of a home, read."""

    def __init__(self, home: Home) -> None:
        path = home.path / FACE
        try:
            self._connection = duckdb.connect(str(path), read_only=True, config=CONFIG)
        except duckdb.Error as error:
            first = str(error).splitlines()[0]
            raise StoreError(
                message("not readable ({first})", first=first),
                str(path),
                message("settle again, or restore the home from a copy; doisoat verify says more"),
            ) from error

    def __enter__(self) -> "Face":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def rows(self, statement: str, **parameters: object) -> list[dict[str, Any]]:
        result = self._connection.execute(statement, parameters or None)
        names = [column[0] for column in result.description or ()]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def file_names(self) -> dict[str, str]:
        """What source files are called, by SHA-256."""
        return {file["sha256"]: file["name"] for file in self.rows(_sql_of("source_files"))}

    def records(
        self, events: Iterable[UUID], files: Iterable[str] | None = None
    ) -> dict[UUID, tuple[Record, ...]]:
        """Where the records of events stand; those that say them again of some files too."""
        wanted = sorted(set(events))
        digests = None if files is None else list(files)
        by_event: dict[UUID, list[Record]] = {}
        for row in self.rows(_sql_of("record_places"), events=wanted, files=digests):
            record = Record(row["name"], row["row"], row["again"])
            by_event.setdefault(row["event_id"], []).append(record)
        return {event: tuple(records) for event, records in by_event.items()}


def groups_of(
    home: Home, face: Face, reconciliation: Reconciliation, chosen: Iterable[Variance], most: int
) -> Iterator[Group]:
    """The lines behind variances, `most` of each cause; nothing once another run is in force.

    Causes of a variance that are about the same lines are told together.
    """
    current = current_runs(home)
    for variance in chosen:
        if current.get(variance.period) == variance.run and most:
            yield from _together(_of_variance(home, face, reconciliation, variance, most))


def _of_variance(
    home: Home, face: Face, reconciliation: Reconciliation, variance: Variance, most: int
) -> Iterator[Group]:
    if variance.grain == "lines":
        yield _differing_group(face, reconciliation, variance, most)
    for part in parts_of(variance):
        cell = lines_of(home, variance, part)
        if cell is not None:
            yield _of_cause(face, variance, part, cell, most)


def _together(groups: Iterable[Group]) -> list[Group]:
    merged: dict[tuple[Lines, int, int | None], Group] = {}
    for group in groups:
        if group.lines:
            same = group.lines, group.in_all, group.amount
            before = merged.get(same, group._replace(parts=()))
            merged[same] = before._replace(parts=(*before.parts, *group.parts))
    return list(merged.values())


def _sql_of(name: str) -> str:
    return (SQL / f"{name}.sql").read_text("utf-8")


def _differing_group(
    face: Face, reconciliation: Reconciliation, variance: Variance, most: int
) -> Group:
    differences = differing(reconciliation, variance)
    starts = (pl.from_epoch(f"{of}_start_ms", "ms").alias(f"{of}_start_at") for of in SIDES)
    rows = list(differences.head(most).with_columns(starts).iter_rows(named=True))
    events = [UUID(int=(row["event_hi"] << 64) + row["event_lo"]) for row in rows]
    places = face.records(events)
    lines = []
    for event, row in zip(events, rows, strict=True):
        claimed, recomputed = (
            Side(*(row[f"{of}_{name}"] for name in Side._fields)) for of in SIDES
        )
        causes = [str(row[name] or "").partition("[")[0] for name in DIMENSIONS]
        named = tuple(dict.fromkeys(filter(None, causes)))
        lines.append(DifferingLine(event, claimed, recomputed, named, places.get(event, ())))
    return Group(variance, (), tuple(lines), differences.height, None)


def _of_cause(face: Face, variance: Variance, part: Part, cell: CauseLines, most: int) -> Group:
    bounds = {"first": cell.days.first, "last": cell.days.last, "rows": most, "after": 0}
    if cell.selection == "suspended":
        return _suspended(face, variance, part, cell, bounds)
    of = {name: getattr(cell, name) for name in ("carrier", "measure", "nature", "home_province")}
    files = None if cell.files is None else list(cell.files)
    if cell.selection == "settled":
        rows = face.rows(lines_query("evidence_settled"), **of, run=cell.run, **bounds)
    else:
        selection = {"way": cell.selection, "sign": cell.sign, "files": files}
        rows = face.rows(lines_query("evidence"), **of, **selection, **bounds)
    repeated = files if cell.selection == "again" else None
    places = face.records((row["event_id"] for row in rows), repeated)
    lines = tuple(
        Line(
            row["event_id"], row["start_at"], row["measure"], int(row["times"]),
            int(row["units"]), int(row["amount"]), places.get(row["event_id"], ()),
        )
        for row in rows
    )  # fmt: skip
    if not rows:
        return Group(variance, (part,), (), 0, 0)
    return Group(variance, (part,), lines, int(rows[0]["lines"]), int(rows[0]["amount_in_all"]))


def _suspended(
    face: Face, variance: Variance, part: Part, cell: CauseLines, bounds: Mapping[str, object]
) -> Group:
    rows = face.rows(lines_query("evidence_suspended"), carrier=cell.carrier, **bounds)
    lines = tuple(
        Suspended(
            row["start_at"], row["reason"],
            () if row["file"] is None else (Record(row["file"], row["row"], False),),
        )
        for row in rows
    )  # fmt: skip
    return Group(variance, (part,), lines, int(rows[0]["lines"]) if rows else 0, None)
