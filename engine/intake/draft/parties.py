"""Columns of parties: whether they are telephone numbers, and what intake would not read."""

import re
from collections.abc import Iterator, Mapping

import polars as pl

from doisoat.engine.intake.draft.guess import SURE
from doisoat.engine.intake.draft.heads import folded
from doisoat.engine.intake.draft.sample import Sample
from doisoat.engine.intake.mapping.trials import share_of
from doisoat.messages.text import Text, message

TELEPHONE = r"^[(+]*(?:84|0)[)]?(?:[ .()-]?[0-9]){8,10}$"  # signs between digits are none of it
WITHOUT_ZERO = r"^[1-9][0-9]{8}$"  # as a spreadsheet leaves a number
# Whom a call may go to besides: short codes and hotlines, and numbers of other countries.
CALLED = rf"{TELEPHONE}|^1[89]00[0-9 .]{{4,8}}$|^1[0-9]{{2,4}}$|^(?:[+]|00) ?[1-9][0-9 .-]{{6,18}}$"
TELEPHONES_LEAST = 0.5  # of the texts of a column of telephone numbers
COUNTRY_CODE = re.compile(
    r"(?:(?:a|b|calling|caller|called|callee|orig\w*|dest\w*) )?(?:cc|country code)"
    r"|ma (?:quoc gia|nuoc)"
)


def are_names(sample: Sample, fields: Mapping[str, str]) -> bool:
    """Are the parties of calls no telephone numbers, however they are written?"""
    written = f"{TELEPHONE}|{WITHOUT_ZERO}"
    shares = [share_of(sample.texts(column).str.contains(written))
              for column in _of_people(fields)]  # fmt: skip
    return bool(shares) and max(shares) < TELEPHONES_LEAST


def _of_people(fields: Mapping[str, str]) -> list[str]:
    return [fields[field] for field in ("subscriber", "other") if field in fields]


def questions_of_numbers(sample: Sample, fields: Mapping[str, str]) -> Iterator[Text]:
    """Why intake would not read numbers, and the remedy, which is in the file."""
    for field in ("subscriber", "other"):
        column = fields.get(field)
        if column is None or country_code(sample, column) is not None:
            continue
        lacking = share_of(sample.texts(column).str.contains(WITHOUT_ZERO))
        right = share_of_numbers(sample, field, column)
        if lacking > 1 - SURE:
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
    return share_of(sample.texts(column).str.contains(CALLED if field == "other" else TELEPHONE))


def country_code(sample: Sample, column: str) -> str | None:
    """The column just before one of numbers without their first 0, if it says 84 of each."""
    columns = sample.frame.columns
    place = columns.index(column)
    if place == 0 or not COUNTRY_CODE.fullmatch(folded(columns[place - 1])):
        return None
    rows = sample.frame.filter(pl.col(column) != "")
    is_code = rows[columns[place - 1]].str.contains("^[+]?84$") & rows[column].str.contains(
        WITHOUT_ZERO
    )
    return columns[place - 1] if share_of(is_code) >= SURE else None
