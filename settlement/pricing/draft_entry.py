"""An entry of a draft of an overlay: one change to be filled in, and how its key is written."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from doisoat.messages.text import Text, message
from doisoat.tariffs.change.patch_file import UNFILLED

Value = str | dict[str, "Value"] | list["Value"]


class Entry(NamedTuple):
    """One change to be filled in: UNFILLED stands where only the carrier knows."""

    key: str
    value: Value
    about: Text
    present: str  # what the catalogue has; '' where nothing
    why: Text
    events: int  # of the month that it prices
    valid_from: datetime | None = None

    @property
    def is_filled(self) -> bool:
        """Is it only to be looked over?"""
        return UNFILLED not in _texts(self.value)


def _texts(value: Value) -> Iterator[str]:
    if isinstance(value, dict):
        for below in value.values():
            yield from _texts(below)
    elif isinstance(value, list):
        for below in value:
            yield from _texts(below)
    else:
        yield value


def quoted(word: str) -> str:
    """A word of a key; one with a dot in it in quotation marks."""
    return f'"{word}"' if "." in word else word


def assumed(source: str) -> Text:
    return message("assumed: {source}", source=source)
