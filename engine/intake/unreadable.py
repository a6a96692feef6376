"""The refusal of a file of which no record could be read, with the fault of each field.

Taken in, it would be a part of nothing but suspended records, under a command that ended well: the
mapping is another file's, or a form in it is. A file of which some records fail is taken in.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import polars as pl

from doisoat.engine.intake.forms.raw_chunks import Reader
from doisoat.engine.intake.mapping.field_sources import (
    DurationSource,
    NumberSource,
    Source,
    TimeSource,
)
from doisoat.engine.intake.mapping.mapping import Layout, Mapping, UsageLayout, fields_of
from doisoat.engine.intake.mapping.trials import (
    Trial,
    amount_trials,
    fitting,
    length_trials,
    readings_of,
    shares_of,
    time_trials,
    words_of,
)
from doisoat.engine.intake.master.master_rows import convert_master
from doisoat.engine.intake.records.accounting import FileAccount
from doisoat.engine.intake.records.convert import Reading, TraitBook, convert_usage, field_text
from doisoat.engine.intake.records.suspense_reasons import SUB_REASONS, SubReason, field_of, sort_of
from doisoat.engine.keys.number_plan import NumberPlan
from doisoat.engine.keys.pseudonym import Key
from doisoat.errors import IntakeError
from doisoat.messages.text import Text, alternatives, joined, message, message_in
from doisoat.tariffs.models.quantity import written

SHOWN_FAULTS = 5
SHOWN_WORDS = 5
SHOWN_CHARACTERS = 40
SAMPLE_ROWS = 1_000
# The field that a sub-reason is of, where it does not say so; a balance's sort is its own.
IMPLIED = {
    SubReason.BAD_KIND: "kind",
    SubReason.BAD_DIRECTION: "direction",
    SubReason.BAD_TIME: "started",
    SubReason.TIME_OUT_OF_RANGE: "started",
    SubReason.BAD_PAYMENT: "payment",
}
WORDS = (SubReason.BAD_KIND, SubReason.BAD_DIRECTION, SubReason.BAD_PAYMENT)
# Fields whose letters may name a person, or what he looks at.
PERSONAL = ("subscriber", "account", "other", "number", "session", "host", "document", "key")
ALL = 1.0  # of the texts: what would read these, reads each


class FileReading(NamedTuple):
    """A file that was read, and how."""

    account: FileAccount
    mapping: Mapping
    reader: Reader
    subscriber: str


class Fault(NamedTuple):
    """What is wrong with some records of a file: the first of them, and what would read it."""

    what: str  # sub-reason
    rows: int
    column: str = ""
    row: int | None = None
    example: str | None = None  # how it is written there, digits as 9
    fits: Text | None = None

    @property
    def text(self) -> Text:
        text = Text(f"{self.what} {self.rows}", f"{self.what} {self.rows}")
        if self.example is None:
            return text
        shown: str = f"'{self.example}'" if self.example else message_in("in a line", "empty")
        if self.column:
            shown = message("column {column}: {shown}", column=self.column, shown=shown)
        return message("{fault} (row {row}, {shown})", fault=text, row=self.row, shown=shown)

    def as_object(self) -> dict[str, Any]:
        return {
            "sub_reason": self.what,
            "rows": self.rows,
            "column": self.column or None,
            "row": self.row,
            "example": self.example,
            "fits": None if self.fits is None else self.fits.en,
        }


class UnreadableFile(IntakeError):
    """None of a file's records could be read, but for those that a rule leaves out."""

    faults: tuple[Fault, ...] = ()

    def as_object(self) -> dict[str, Any]:
        return {**super().as_object(), "faults": [fault.as_object() for fault in self.faults]}


def refuse_unreadable(files: Sequence[FileReading], key: Key, plan: NumberPlan) -> None:
    """UnreadableFile if of one of the files, each read to its end, no record could be read.

    One that has no records, or whose records a rule left out, is none; nor is one that says what
    was taken before.
    """
    unread = [file for file in files if is_unreadable(file.account)]
    if not unread:
        return
    first, *other_files = unread
    account = first.account
    faults = tuple(_faults(first, key, plan))
    shown = faults[:SHOWN_FAULTS]
    more = len(faults) - len(shown)
    read = message("its {rows} rows", rows=account.rows)
    if account.filtered:
        left_out = account.rows - account.filtered
        read = message("the {left_out} rows that no rule leaves out", left_out=left_out)
    reasons = [fault.text for fault in shown]
    if more:
        reasons.append(message("and {more} further reasons", more=more))
    refusal_text = message(
        "none of {read} could be read: {reasons}; nothing was taken in",
        read=read,
        reasons=joined("; ", reasons),
    )
    refusal = UnreadableFile(refusal_text, account.name, _mend(first, shown, other_files, files))
    refusal.faults = faults
    raise refusal


def first_faults(
    file: FileReading, frame: pl.DataFrame, broken: Sequence[int], key: Key, plan: NumberPlan
) -> tuple[Fault, ...]:
    """Each sort of fault of some records, that of most first.

    Args: frame: the records; broken: rows of those whose fields cannot be told apart.
    """
    faults = [
        _fault(file.reader.layout, sub_reason, rows.height, rows)
        for sub_reason, rows in _suspended(file, frame, key, plan)
    ]
    if broken:
        structure = {SubReason.STRUCTURE.value: len(broken)}
        faults.append(_broken(file, broken[0], structure))
    return tuple(sorted(faults, key=lambda fault: -fault.rows))


def is_unreadable(account: FileAccount) -> bool:
    """Of a file whose records were judged one by one: is each malformed that no rule left out?"""
    return account.suspended > 0 and account.suspended == account.rows - account.filtered


def _mend(
    first: FileReading,
    shown: Sequence[Fault],
    other_files: Sequence[FileReading],
    files: Sequence[FileReading],
) -> Text:
    account = first.account
    kind = "" if account.kind == "usage" else f" --kind {account.kind}"
    fits = list(dict.fromkeys(fault.fits for fault in shown if fault.fits is not None))
    test = f"doisoat mapping test FILE --mapping {account.mapping}{kind}"
    correct = message(
        "correct the mapping or the file until {test} reads its records, then take it in again",
        test=test,
    )
    mends = [*fits, correct]
    if other_files:
        names = ", ".join(file.account.name for file in other_files)
        mends.append(message("so it is with {names}", names=names))
    if len(files) > 1 + len(other_files):
        mends.append(message("the other files: take them in without it, or with --each"))
    return Text(*joined("; ", mends).texts)


def _faults(file: FileReading, key: Key, plan: NumberPlan) -> Iterator[Fault]:
    """Each sort of fault, that of most records first, with the first record that has it."""
    counts = {sub_reason: count for (_, sub_reason), count in file.account.reasons.most_common()}
    by_reason: dict[str, Fault] = {}
    for read in file.reader.chunks():
        chunk = read()
        if chunk.broken and SubReason.STRUCTURE not in by_reason:
            by_reason[SubReason.STRUCTURE] = _broken(file, chunk.broken[0].row, counts)
        for sub_reason, rows in _suspended(file, chunk.frame, key, plan):
            if sub_reason not in by_reason:
                by_reason[sub_reason] = _fault(
                    file.reader.layout, sub_reason, counts[sub_reason], rows
                )
        if by_reason.keys() >= counts.keys():
            break
    for sub_reason, count in counts.items():
        yield by_reason.get(sub_reason, Fault(sub_reason, count))


def _suspended(
    file: FileReading, frame: pl.DataFrame, key: Key, plan: NumberPlan
) -> Iterator[tuple[str, pl.DataFrame]]:
    """Each sub-reason of some records, with the first records of which it is."""
    layout, system = file.reader.layout, file.mapping.source_system
    if isinstance(layout, UsageLayout):
        how = Reading(layout, system, file.subscriber, key, plan, TraitBook())
        codes = convert_usage(frame, how).suspended
    else:
        _, codes = convert_master(frame, layout, system, key, plan)
    for (code,), rows in codes.group_by("sub_reason", maintain_order=True):
        sample = rows.sort("row").head(SAMPLE_ROWS).select("row")
        yield SUB_REASONS[int(code)], frame.join(sample, on="row", how="semi").sort("row")


def _broken(file: FileReading, row: int, counts: dict[str, int]) -> Fault:
    raw = next((line.raw for line in file.reader.located({row})), None)
    text = None if raw is None else _masked(raw.decode("utf-8", "replace"), is_personal=True)
    return Fault(SubReason.STRUCTURE, counts[SubReason.STRUCTURE], "", row, text)


def _fault(layout: Layout, sub_reason: str, count: int, rows: pl.DataFrame) -> Fault:
    """What is wrong with the field of some records."""
    fields = fields_of(layout)
    name = field_of(sub_reason) or IMPLIED.get(sort_of(sub_reason), "")
    if not hasattr(fields, name):
        name = "balance" if hasattr(fields, "balance") and name == "kind" else ""
    row = int(rows["row"][0])
    source: Source | None = getattr(fields, name, None) if name else None
    if source is None:
        key = getattr(layout, "key", None)
        columns = key.columns if key is not None and field_of(sub_reason) == "key" else ()
        return Fault(sub_reason, count, ", ".join(columns), row, "" if columns else None)
    plain = source.model_copy(update={"values": None})
    texts = rows.select(field_text(plain, layout).alias(name))
    example = _masked(texts[name][0] or "", is_personal=name in PERSONAL)
    columns = ", ".join(source.columns)
    return Fault(
        sub_reason, count, columns, row, example, _fits(name, source, sub_reason, texts, columns)
    )


def _fits(
    name: str, source: Source, sub_reason: str, texts: pl.DataFrame, column: str
) -> Text | None:
    """The word of a mapping by which all these texts could be read, if there is one."""
    sort = sort_of(sub_reason)
    if isinstance(source, TimeSource) and sort in (SubReason.BAD_TIME, SubReason.TIME_OUT_OF_RANGE):
        return _words(name, column, list(time_trials(texts, name, source)), written)
    if isinstance(source, NumberSource) and sort == SubReason.BAD_UNITS:
        if len(source.columns) > 1:
            return None
        if isinstance(source, DurationSource):  # units differ in size alone: the first is named
            trials = list(length_trials(texts, name, source))
            return _words(name, column, fitting(trials, ALL)[:1] or trials, str)
        return _words(name, column, list(amount_trials(texts, name, source)), str)
    if name not in PERSONAL and (source.values is not None or sort in WORDS):
        known = list(source.values or ())
        words = texts[name].unique(maintain_order=True).to_list()
        unknown = [_masked(word, is_personal=False) for word in words if word not in known]
        shown = ", ".join(repr(word) for word in dict.fromkeys(unknown[:SHOWN_WORDS]) if word)
        if shown:
            return message("declare in values of {name} {shown}", name=name, shown=shown)
    return None


def _words(
    name: str, column: str, trials: Sequence[Trial], shown: Callable[[int], str]
) -> Text | None:
    """The word of a mapping that would read a column; each of them where they read it otherwise.

    Where none reads all, those that read the most: a column may have two forms.
    """
    kept = fitting(trials, ALL)
    if len(kept) == 1:
        return message(
            "{word} of the field {name} would read column {column}",
            word=words_of(kept[0]),
            name=name,
            column=column,
        )
    if kept:
        words = [words_of(trial) for trial in kept]
        return message(
            "column {column} of the field {name} can be read in more than one way ({words}):"
            " ask its source which it is; its first such text is {readings}",
            column=column,
            name=name,
            words=alternatives(words),
            readings=readings_of(kept, shown),
        )
    if not any(trial.share for trial in trials):
        return None
    return message(
        "no one form of the field {name} reads column {column}: {shares}",
        name=name,
        column=column,
        shares=shares_of(trials),
    )


def _masked(text: str, *, is_personal: bool) -> str:
    """A text as it is written, without its digits; of a personal one without its letters, too."""
    masked = re.sub(r"\d", "9", text)
    if is_personal:
        masked = re.sub(r"[^\W\d_]", "x", masked)
    masked = "".join(sign if sign.isprintable() else "?" for sign in masked.replace("|", "¦"))
    return masked if len(masked) <= SHOWN_CHARACTERS else f"{masked[: SHOWN_CHARACTERS - 1]}…"
