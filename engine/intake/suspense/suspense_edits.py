"""Edits and write-offs of suspended records, and taking a decision back: what they ask for is
checked, then said once.

Each works for the holder of the home's lock, and can be tried without writing.
"""

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from doisoat.engine.intake.mapping.mapping import load_mapping
from doisoat.engine.intake.plan_in_use import plan_of_home
from doisoat.engine.intake.records.decisions import (
    Authorship,
    Change,
    Choice,
    append,
    open_change,
    seal_change,
)
from doisoat.engine.intake.records.sealed_texts import RecordText, open_texts, origin_in
from doisoat.engine.intake.records.suspense_reasons import Reason, SubReason
from doisoat.engine.intake.suspense.reread import Reread, reread
from doisoat.engine.intake.suspense.suspense_register import (
    RECYCLABLE,
    Register,
    at_of,
)
from doisoat.engine.keys.pseudonym import Key
from doisoat.engine.store.home import Home
from doisoat.engine.store.id128 import named
from doisoat.errors import IntakeError
from doisoat.messages.text import message, words_in
from doisoat.telephone import masked

STATES = words_in(
    "state of suspense", "open", "edited", "recycled", "chosen", "set_aside", "written_off"
)
HISTORY = message("see its history: doisoat suspense show ADDRESS")
DECIDED = ("chosen", "set_aside", "written_off")


class Edited(NamedTuple):
    """An edit, and what the record becomes by it: the reason that is left, none if it is taken."""

    columns: tuple[str, ...]
    still: str  # the sub-reason for which it cannot be taken yet; '' for none
    decision: int | None  # its number; None if it was only tried


class OpenedText(NamedTuple):
    """What a suspended record says, for the holder of the key."""

    text: RecordText
    columns: tuple[str, ...]  # of the mapping's layout, which an edit may set
    change: Change | None


def check_open(register: Register, records: pl.DataFrame) -> None:
    """IntakeError for a record that no decision may be made on any more."""
    for row in records.iter_rows(named=True):
        if row["state"] not in RECYCLABLE:
            raise IntakeError(
                message("it is {state}, so nothing is open here", state=STATES[row["state"]]),
                register.address_of(row),
                HISTORY,
            )
        if row["reason"] != Reason.MALFORMED.value:
            raise IntakeError(
                message("its copies contradict each other: this would leave the others undecided"),
                register.address_of(row),
                message("say which of them is right, or that none is: doisoat suspense choose"),
            )


def text_of(
    home: Home, register: Register, record: pl.DataFrame, key: Key, mapping: str | None = None
) -> tuple[OpenedText, Reread]:
    """The text of one record as it is kept and edited, and what a mapping reads in it now.

    Raises: KeyFileError for another key, StoreError where no text was kept or it was altered.
    """
    row = record.row(0, named=True)
    origin = origin_in(row)
    part = register.parts[row["part"]]
    if row["reason"] == Reason.CONFLICTING.value and not row["raw_sha256"]:
        raise IntakeError(
            message("its text was not kept: it was no suspended record when it was taken in"),
            register.address_of(row),
            message("look it up in the file that it came from"),
        )
    context, texts = open_texts(part, row["source"], origin, [row["row"]], key)
    if row["row"] not in texts:
        raise IntakeError(
            message(
                "its text was not kept: it is longer than what is kept of one record, or"
                " of one intake"
            ),
            register.address_of(row),
            message("mend it at its sender, and take the file in again"),
        )
    change = _last_change(register, row, key)
    changes = {} if change is None else {row["row"]: change}
    reading = reread(
        context, load_mapping(mapping or row["mapping"]), origin.kind, texts, changes, key,
        plan_of_home(home.path), row["name"],
    )  # fmt: skip
    return OpenedText(texts[row["row"]], reading.layout.used_columns, change), reading


def _last_change(register: Register, row: Mapping[str, object], key: Key) -> Change | None:
    edits = [decision for decision in register.history(row) if decision.action == "edit"]
    return open_change(edits[-1], key) if edits else None


def edit(
    home: Home,
    register: Register,
    record: pl.DataFrame,
    key: Key,
    authorship: Authorship,
    change: Change,
    *,
    mapping: str | None = None,
    apply: bool = False,
) -> Edited:
    """Say what stands in a record instead; earlier edits of other columns hold further.

    Args: record: one row of the register; change: of a line, whole, or of columns.
    Raises: IntakeError if the record is not open, or has no such column.
    """
    check_open(register, record)
    row = record.row(0, named=True)
    where = register.address_of(row)
    sealed_text, _ = text_of(home, register, record, key, mapping)
    unknown = sorted(change.fields.keys() - set(sealed_text.columns))
    if unknown:
        names, known = ", ".join(map(masked, unknown)), ", ".join(sealed_text.columns)
        raise IntakeError(
            message("the mapping reads no column {names}", names=names),
            where,
            message("set some of these: {known}", known=known),
        )
    part = register.parts[row["part"]]
    origin = origin_in(row)
    context, texts = open_texts(part, row["source"], origin, [row["row"]], key)
    if change.line is not None and context.form.kind not in ("text", "json"):
        raise IntakeError(
            message("its file has no lines, so none can be given"),
            where,
            message("set columns: --set COLUMN=VALUE"),
        )
    if change.line is None and sealed_text.change is not None:
        change = Change(sealed_text.change.line, {**sealed_text.change.fields, **change.fields})
    told_now = reread(
        context, load_mapping(mapping or row["mapping"]), origin.kind, texts,
        {row["row"]: change}, key, plan_of_home(home.path), row["name"],
    )  # fmt: skip
    still = told_now.suspended.get(row["row"], SubReason.NONE.value)
    if change.line is None and still == SubReason.STRUCTURE:
        raise IntakeError(
            message("its fields cannot be separated, so a column cannot be set"),
            where,
            message("give the whole line: --line FILE, or - for what is typed in"),
        )
    columns = tuple(sorted(change.fields))
    if change == sealed_text.change:  # Said again: the decision that stands says it already.
        return Edited(columns, still, row["decision"])
    number = None
    if apply:
        at = at_of(row)
        number = len(register.decisions) + 1
        append(home, "edit", authorship, [at], seal_change(change, at, number, key))
    return Edited(columns, still, number)


def write_off(
    home: Home,
    register: Register,
    records: pl.DataFrame,
    authorship: Authorship,
    *,
    apply: bool = False,
) -> int | None:
    """Decide that records will never be usage; they stay where they are, and stay counted.

    Those that were written off before stay so by that decision.
    Returns the decision's number, None if it was only tried, or nothing was left to decide.
    Raises: IntakeError if one of them was recycled, or has copies that contradict it.
    """
    records = records.filter(pl.col("state") != "written_off")
    check_open(register, records)
    if not apply or records.is_empty():
        return None
    at = [at_of(row) for row in records.iter_rows(named=True)]
    return append(home, "write_off", authorship, at).number


def reopen(
    home: Home,
    register: Register,
    records: pl.DataFrame,
    authorship: Authorship,
    *,
    apply: bool = False,
) -> int | None:
    """Take back a write-off, or the decision which copy of an event is right.

    A record that had been edited before it was written off is edited again. Of an event all copies
    are undecided again, whichever of them is named. What is open already stays so.
    Returns the decision's number, None if it was only tried, or there was nothing to take back.
    Raises: IntakeError if one of them was recycled.
    """
    for row in records.filter(pl.col("state") == "recycled").iter_rows(named=True):
        raise IntakeError(
            message("it is recycled: there is nothing to take back"),
            register.address_of(row),
            HISTORY,
        )
    records = records.filter(pl.col("state").is_in(DECIDED))
    if not apply or records.is_empty():
        return None
    rows = list(records.iter_rows(named=True))
    events = {event for row in rows if (event := named(row, "event"))}
    at = [at_of(row) for row in rows if not named(row, "event")]
    undone = [Choice(event, None, ()) for event in events]
    return append(home, "reopen", authorship, at, choices=undone).number
