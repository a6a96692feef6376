"""Columns of parties: whether they are telephone numbers, and what intake would not read."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import polars as pl

from doisoat.dialling import DATED
from doisoat.engine.intake.draft.guess import SURE
from doisoat.engine.intake.draft.heads import folded
from doisoat.engine.intake.draft.sample import Sample
from doisoat.engine.intake.mapping.trials import share_of
from doisoat.messages.text import Text, message
from doisoat.state import STATE

# Signs between digits are none of it.
TELEPHONE = rf"^[(+]*(?:{DATED.country_code}|0)[)]?(?:[ .()-]?[0-9]){{8,10}}$"
WITHOUT_ZERO = r"^[1-9][0-9]{8}$"  # as a spreadsheet leaves a number
# Whom a call may go to besides: short codes and hotlines, and numbers of other countries.
CALLED = rf"{TELEPHONE}|^1[89]00[0-9 .]{{4,8}}$|^1[0-9]{{2,4}}$|^(?:[+]|00) ?[1-9][0-9 .-]{{6,18}}$"
ABROAD = r"^[(+]*[0-9](?:[ .()/-]*[0-9]){6,14}$"  # of another state than Viet Nam
SHORT = r"^[1-9][0-9]{2,5}$"
TELEPHONES_LEAST = 0.5  # of the texts of a column of telephone numbers
COUNTRY_CODE = re.compile(
    r"(?:(?:a|b|calling|caller|called|callee|orig\w*|dest\w*) )?(?:cc|country code)"
    r"|ma (?:quoc gia|nuoc)"
)


class _Written(NamedTuple):
    """How numbers are written in the state in use, as patterns."""

    telephone: str
    bare: str  # without what is dialled before it
    called: str
    country_code: str
    needs_trunk: bool  # no number is read without


def _written() -> _Written:
    state = STATE.known
    if state is None or state.numbers.country_code == DATED.country_code:
        return _Written(TELEPHONE, WITHOUT_ZERO, CALLED, DATED.country_code, needs_trunk=True)
    code = state.numbers.country_code
    return _Written(ABROAD, r"^[1-9][0-9]{6,11}$", f"{ABROAD}|{SHORT}", code, needs_trunk=False)


def are_names(sample: Sample, fields: Mapping[str, str]) -> bool:
    """Are the parties of calls no telephone numbers, however they are written?"""
    written = _written()
    pattern = f"{written.telephone}|{written.bare}"
    shares = [share_of(sample.texts(column).str.contains(pattern))
              for column in _of_people(fields)]  # fmt: skip
    return bool(shares) and max(shares) < TELEPHONES_LEAST


def _of_people(fields: Mapping[str, str]) -> list[str]:
    return [fields[field] for field in ("subscriber", "other") if field in fields]


def questions_of_numbers(sample: Sample, fields: Mapping[str, str]) -> Iterator[Text]:
    """Why intake would not read numbers, and the remedy, which is in the file."""
    written = _written()
    for field in ("subscriber", "other"):
        column = fields.get(field)
        if column is None or country_code(sample, column) is not None:
            continue
        lacking = share_of(sample.texts(column).str.contains(written.bare))
        right = share_of_numbers(sample, field, column)
        if written.needs_trunk and lacking > 1 - SURE:
            yield message(
                "{share} of the numbers in {column} lack their first 0, and intake suspends them:"
                " export the column as text",
                share=f"{lacking:.0%}", column=column,
            )  # fmt: skip
        elif right < SURE:
            yield message(
                "whether {column} holds telephone numbers: {share} of its texts are some",
                share=f"{right:.0%}", column=column,
            )  # fmt: skip


def share_of_numbers(sample: Sample, field: str, column: str) -> float:
    """How many of the texts of a column are numbers that a party may have: 0 to 1."""
    written = _written()
    pattern = written.called if field == "other" else written.telephone
    return share_of(sample.texts(column).str.contains(pattern))


def country_code(sample: Sample, column: str) -> str | None:
    """The column just before one of bare numbers, if it says the state's code of each."""
    columns = sample.frame.columns
    place = columns.index(column)
    if place == 0 or not COUNTRY_CODE.fullmatch(folded(columns[place - 1])):
        return None
    rows = sample.frame.filter(pl.col(column) != "")
    written = _written()
    is_code = rows[columns[place - 1]].str.contains(rf"^[+]?{written.country_code}$") & rows[
        column
    ].str.contains(written.bare)
    return columns[place - 1] if share_of(is_code) >= SURE else None
