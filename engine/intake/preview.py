"""The first records of a file as a mapping reads them; nothing is written, no number is shown.

Numbers appear as pseudonyms under a key that is thrown away, so the same number is the same word
within one preview and no other, and texts as shapes: 9 for a digit, x for a letter.
"""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import polars as pl

from doisoat.engine.intake.forms.raw_chunks import Chunk, Reader, open_source
from doisoat.engine.intake.forms.readers import open_reader
from doisoat.engine.intake.mapping.field_sources import Source
from doisoat.engine.intake.mapping.grouped_durations import Seconds
from doisoat.engine.intake.mapping.mapping import Mapping, UsageLayout, fields_of
from doisoat.engine.intake.master.master_rows import convert_master
from doisoat.engine.intake.records.accounting import FileAccount
from doisoat.engine.intake.records.convert import (
    Reading,
    TraitBook,
    convert_usage,
    field_text,
    rule_place,
)
from doisoat.engine.intake.records.suspense_reasons import SUB_REASONS, SubReason, Why, why_of
from doisoat.engine.intake.unreadable import Fault, FileReading, first_faults
from doisoat.engine.keys.number_plan import NumberPlan
from doisoat.engine.keys.pseudonym import Key
from doisoat.engine.store.event_columns import TRAIT_COLUMNS
from doisoat.engine.store.file_kinds import FileKind
from doisoat.tariffs.models.quantity import written

EPOCH = datetime(1970, 1, 1)
SHAPE_CHARACTERS = 40
WORD_DIGITS = 8  # of a pseudonym: enough to tell the numbers of a preview apart
Outcome = Literal["taken", "suspended", "filtered"]


@dataclass(frozen=True, slots=True)
class Record:
    """One record: what becomes of it, why, what it says, and how its fields are written."""

    row: int
    line: int | None
    outcome: Outcome
    why: str  # the sub-reason, or the name of the rule; '' if it is taken
    says: dict[str, str]
    shapes: dict[str, str]

    @property
    def reason(self) -> Why | None:
        """Why it is suspended, if it is."""
        return why_of(self.why) if self.outcome == "suspended" else None


@dataclass(slots=True)
class Preview:
    file: str
    layout: str
    records: list[Record] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    faults: tuple[Fault, ...] = ()  # of those that are suspended, by field

    def count(self, outcome: str) -> int:
        return sum(record.outcome == outcome for record in self.records)


def preview(
    path: Path,
    mapping: Mapping,
    kind: FileKind,
    rows: int,
    plan: NumberPlan,
    subscriber: str | None = None,
) -> Preview:
    """Read the first records of a file, at most `rows`; IntakeError as intake would raise it.

    Each is judged by itself: duplicates and conflicts show only when a file is taken in.
    """
    file = open_source(path)
    reader = open_reader(file, mapping.layouts(kind))
    judge = _Judge(reader, mapping, subscriber if subscriber is not None else path.stem, plan)
    shown = Preview(file.name, reader.layout.name)
    shown.records = list(islice(judge.records(rows), rows))
    account = FileAccount(file.name, file.sha256, file.size, mapping.name, mapping.sha256, kind)
    reading = FileReading(account, mapping, reader, judge.subscriber)
    shown.faults = first_faults(reading, judge.read, judge.broken, judge.key, plan)
    shown.notes = [*reader.counts.notes, *judge.seconds.notes()]
    return shown


class _Judge:
    def __init__(self, reader: Reader, mapping: Mapping, subscriber: str, plan: NumberPlan) -> None:
        self.plan = plan
        self.reader, self.layout, self.subscriber = reader, reader.layout, subscriber
        self.key = Key(secrets.token_bytes(32), "")
        self.system = mapping.source_system
        self.seconds = Seconds()
        self.read = pl.DataFrame()  # the records that were shown
        self.broken: list[int] = []

    def records(self, most: int) -> Iterator[Record]:
        """The records in the order of the file; of each chunk only as many as are wanted."""
        wanted = most
        for read in self.reader.chunks():
            chunk = read()
            frame = chunk.frame.head(wanted)
            self.read = pl.concat([self.read, frame]) if self.read.width else frame
            self.broken += [broken.row for broken in chunk.broken]
            records = [*self._broken(chunk), *self._judged(frame)]
            yield from sorted(records, key=lambda record: record.row)
            wanted -= len(records)
            if wanted <= 0:
                return

    def _broken(self, chunk: Chunk) -> Iterator[Record]:
        for broken in chunk.broken:
            yield Record(broken.row, broken.line, "suspended", SubReason.STRUCTURE.value, {}, {})

    def _judged(self, frame: pl.DataFrame) -> Iterator[Record]:
        if isinstance(self.layout, UsageLayout):
            says, suspended = self._usage(frame, self.layout)
            places = frame.select("row", rule=rule_place(self.layout)).drop_nulls()
            rules = {row: self.layout.rules[place].name for row, place in places.iter_rows()}
        else:
            rows, faults = convert_master(frame, self.layout, self.system, self.key, self.plan)
            says, suspended, rules = _master(rows), dict(faults.iter_rows()), {}
        shapes = self._shapes(frame)
        for row in frame["row"]:
            if row in suspended:
                why = SUB_REASONS[suspended[row]]
                yield Record(row, None, "suspended", why, {}, shapes[row])
            elif row in says:
                yield Record(row, None, "taken", "", says[row], shapes[row])
            else:
                yield Record(row, None, "filtered", rules[row], {}, shapes[row])

    def _usage(
        self, frame: pl.DataFrame, layout: UsageLayout
    ) -> tuple[dict[int, dict[str, str]], dict[int, int]]:
        traits = TraitBook()
        how = Reading(layout, self.system, self.subscriber, self.key, self.plan, traits)
        converted = convert_usage(frame, how)
        self.seconds.add(converted.seconds)
        says = {}
        for event in converted.events.iter_rows(named=True):
            trait = dict(zip(TRAIT_COLUMNS, traits.texts[event["trait"]], strict=True))
            owner = _word(event, "owner")
            line = _word(event, "subscriber")
            texts = {
                "started": written(event["start_ms"]),
                **trait,
                "subscriber": line,
                "account": owner if owner != line else "",
                "other": _word(event, "counterparty"),
                "duration_ms": str(event["duration_ms"]),
                "units": str(event["units"]),
                "session": _word(event, "session"),
                "partial": str(event["partial"] or ""),
                "charged": "" if event["charged"] is None else str(event["charged"]),
            }
            says[event["row"]] = {name: text for name, text in texts.items() if text}
        return says, dict(converted.suspended.iter_rows())

    def _shapes(self, frame: pl.DataFrame) -> dict[int, dict[str, str]]:
        sources = {
            name: source
            for name, source in fields_of(self.layout)
            if isinstance(source, Source) and source.columns
        }
        written = frame.select(
            "row",
            *(
                field_text(source.model_copy(update={"values": None}), self.layout).alias(name)
                for name, source in sources.items()
            ),
        )
        return {
            row: {name: shape(text) for name, text in zip(sources, texts, strict=True)}
            for row, *texts in written.iter_rows()
        }


def _master(rows: pl.DataFrame) -> dict[int, dict[str, str]]:
    texts_of_rows = {}
    for row in rows.iter_rows(named=True):
        says = {}
        for name, value in row.items():
            if name.endswith("_hi") and not name.startswith("content"):
                says[name.removesuffix("_hi")] = _word(row, name.removesuffix("_hi"))
            elif name.endswith("_ms"):
                says[name.removesuffix("_ms")] = written(value) if value else ""
            elif name != "row" and not name.endswith("_lo") and not name.startswith("content"):
                says[name] = "" if value is None else str(value)
        texts_of_rows[row["row"]] = {name: text for name, text in says.items() if text}
    return texts_of_rows


def _word(row: dict[str, Any], name: str) -> str:
    """The beginning of a pseudonym; '' where there is none."""
    high, low = row[f"{name}_hi"], row[f"{name}_lo"]
    return f"{high:016x}"[:WORD_DIGITS] if high or low else ""


def shape(text: str) -> str:
    """How a text is written, without what it says."""
    masked = re.sub(r"[^\W\d_]", "x", re.sub(r"\d", "9", text))
    return masked if len(masked) <= SHAPE_CHARACTERS else f"{masked[: SHAPE_CHARACTERS - 1]}…"
