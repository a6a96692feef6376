"""Forms of tables that people fill in, declared: columns with the heads that name them, what stands
above them, the sheet that is read, how much a file may hold."""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final, Literal, NamedTuple

from doisoat.messages.text import Fillable, Text, filled, message

Kind = Literal[
    "text", "id", "day", "figure", "amount", "note"
]  # a note is for people: nothing is read of it
GIVE_FILE: Final = message("give the path of the file")


class Column(NamedTuple):
    """A column. Its head may be `head` in either language or both; is_coded: or its name."""

    name: str
    words: Fillable  # of its head, which may name the currency in use
    kind: Kind = "text"
    is_required: bool = True
    is_coded: bool = True

    @property
    def head(self) -> Text:
        return filled(self.words)

    @property
    def heads(self) -> tuple[str, ...]:
        """What may be written as its head."""
        words = self.head.vi, self.head.en, self.head
        return (self.name, *words) if self.is_coded else words


class FileForm(NamedTuple):
    """What files of a form may be; where a limit is None, the one of the reader holds.

    sheet, guide: what a workbook calls the sheet that is read, and another that may stand beside
    it; smaller: how to mend a file that holds too much; scale: how many times as large as a table
    that people fill in an archive may be; may_be_packed: delimited text may be packed by gzip.
    """

    sheet: str
    guide: str
    smaller: Text
    rows_max: int | None = None
    bytes_max: int | None = None
    columns_max: int | None = None
    scale: int = 1
    may_be_packed: bool = False


class Form(NamedTuple):
    """A table: all columns that it may have, and the labels of what stands above it."""

    columns: tuple[Column, ...]
    fill_in: Text
    preamble: Mapping[str, Text] = {}


def folded(text: str) -> str:
    """A text as names are compared: some programs write a letter and its marks apart."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def bare(text: str) -> str:
    """A text in small letters without their accents: keyboards leave marks out."""
    letters = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def named(words: Mapping[str, Text]) -> dict[str, str]:
    """What may be written for each name: itself, either language, or both."""
    return heads_of(Column(name, text) for name, text in words.items())


def heads_of(columns: Iterable[Column]) -> dict[str, str]:
    """The column that each head names."""
    names = dict[str, str]()
    for column in columns:
        for head in column.heads:
            names.setdefault(folded(head), column.name)
    return names
