"""Decisions on conflicts: people say once which copy of an event is right.

The copies stay as they were taken in. What was chosen is an input of the runs that are settled
afterwards (engine.intake.records.conflict). For the holder of the home's lock; it can be tried
first.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from doisoat.engine.intake.file_intake import by_month
from doisoat.engine.intake.records.decisions import Authorship, Choice, append
from doisoat.engine.intake.records.events import CONTENT, EVENT
from doisoat.engine.intake.records.suspense_reasons import Reason
from doisoat.engine.intake.suspense.suspense_register import Register
from doisoat.engine.store.home import Home
from doisoat.engine.store.id128 import named
from doisoat.errors import IntakeError
from doisoat.messages.text import message


class Chosen(NamedTuple):
    """events: that are decided now, and were not so before; decision: its number, if written."""

    events: int
    unchanged: int  # events that were decided like this already
    months: tuple[str, ...]  # that copies of the events are of: to be settled again
    decision: int | None


class Choosable(NamedTuple):
    """Undecided copies; and of how many events there are several among them."""

    records: pl.DataFrame
    ambiguous: int


def choosable(records: pl.DataFrame) -> Choosable:
    """The undecided copies among records of which each is the only one of its event.

    A file that gives several copies of one event does not say which of them is right.
    """
    copies = open_copies(records)
    contents = pl.struct(CONTENT).n_unique().over(EVENT)
    several = copies.filter(contents > 1).select(EVENT).unique().height
    return Choosable(copies.filter(contents == 1), several)


def open_copies(records: pl.DataFrame) -> pl.DataFrame:
    """The copies of usage among records that nothing was decided about."""
    return records.filter(_is_copy() & (pl.col("state") == "open"))


def choose(
    home: Home,
    register: Register,
    records: pl.DataFrame,
    authorship: Authorship,
    *,
    none_is_right: bool = False,
    apply: bool = False,
) -> Chosen:
    """Say that these copies are the right ones of their events; or that of these events none is.

    Whatever was decided of an event before, the last decision holds.
    Raises: IntakeError if a record is no copy of usage, or two of one event would be right.
    """
    for row in records.filter(~_is_copy()).head(1).iter_rows(named=True):
        why = row["sub_reason"] or row["reason"]
        is_list = row["reason"] == Reason.CONFLICTING.value
        raise IntakeError(
            message("it contradicts another row of master data")
            if is_list
            else message("it is {why}, not one of several copies", why=why),
            register.address_of(row),
            message("take in a list that is issued later: it settles which row stands")
            if is_list
            else message("mend it by doisoat suspense edit, or doisoat suspense write-off"),
        )
    named_copies = records.unique([*EVENT, *CONTENT], keep="first", maintain_order=True)
    if not none_is_right:
        twice = named_copies.filter(pl.len().over(EVENT) > 1).head(1)
        for row in twice.iter_rows(named=True):
            raise IntakeError(
                message("two copies of one event cannot both be right"),
                register.address_of(row),
                message("name one of them; doisoat suspense show ADDRESS lists all"),
            )
    right_of_event = {
        named(row, "event"): named(row, "content")
        for row in ([] if none_is_right else named_copies.iter_rows(named=True))
    }
    copies: dict[int, list[dict[str, Any]]] = {}
    of_events = register.copies.join(named_copies.select(EVENT).unique(), on=EVENT, how="semi")
    for row in of_events.iter_rows(named=True):
        copies.setdefault(named(row, "event"), []).append(row)
    choices: list[Choice] = []
    starts_ms: list[int] = []
    for event, event_copies in copies.items():
        right = right_of_event.get(event)
        if not _stands(event_copies, right):
            wrong = tuple(at for row in event_copies if (at := named(row, "content")) != right)
            choices.append(Choice(event, right, wrong))
            starts_ms += (row["start_ms"] for row in event_copies)
    number = None
    if apply and choices:
        number = append(home, "choose", authorship, choices=choices).number
    months = tuple(sorted(by_month(pl.Series(starts_ms, dtype=pl.Int64))))
    return Chosen(len(choices), len(copies) - len(choices), months, number)


def _stands(copies: Sequence[Mapping[str, Any]], right: int | None) -> bool:
    """Is an event decided like this already, and nothing came in since?"""
    chosen = [named(row, "content") for row in copies if row["is_chosen"]]
    is_decided = copies[0]["decision"] is not None
    return is_decided and chosen == ([] if right is None else [right])


def _is_copy() -> pl.Expr:
    is_conflicting = pl.col("reason") == Reason.CONFLICTING.value
    return is_conflicting & (pl.col("floor") == "usage")
