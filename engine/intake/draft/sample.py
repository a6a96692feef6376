"""The head and the first rows of a file of text, as columns of text."""

import csv
import unicodedata
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import polars as pl

from doisoat.engine.intake.forms.compressed import open_content
from doisoat.engine.intake.forms.raw_chunks import open_source
from doisoat.errors import IntakeError
from doisoat.messages.text import message

SAMPLE_BYTES = 1 << 20
SAMPLE_ROWS = 2_000
HEAD_MAX = 64  # characters of a column's name in a mapping
LINE_MAX = 100_000  # characters; no head or record of an export is as long
DELIMITERS = (",", ";", "\t", "|")


class Sample(NamedTuple):
    """What of a file a draft is made of. `frame`: its columns by their heads, all of them texts."""

    path: Path
    name: str  # of the file, a number in it masked
    delimiter: str
    has_header: bool
    frame: pl.DataFrame

    def texts(self, column: str) -> pl.Series:
        """The texts of a column that are not empty."""
        texts = self.frame[column]
        return texts.filter(texts != "")


def folded(text: str) -> str:
    """A head without accents, capitals and signs: `Thời điểm` is `thoi diem`."""
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return " ".join("".join(sign if sign.isalnum() else " " for sign in letters).split())


def read_sample(path: Path) -> Sample:
    """The head and the first rows of a file. Raises: IntakeError where it is no table of text."""
    source = open_source(path)
    with open_content(source) as stream:
        content = stream.read(SAMPLE_BYTES)
    is_whole = len(content) < SAMPLE_BYTES
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content:
        raise IntakeError(
            message("it is no text in UTF-8"),
            source.name,
            message("save it as CSV in UTF-8; a workbook too"),
        )
    cut = len(content) if is_whole else content.rfind(b"\n") + 1
    try:
        text = content[:cut].decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise IntakeError(
            message("it is no text in UTF-8"),
            source.name,
            message("save it as CSV in UTF-8; a workbook too"),
        ) from error
    lines = [line for line in _lines(text) if line.strip()][: SAMPLE_ROWS + 1]
    if any("\r" in line for line in lines):
        raise IntakeError(
            message("a line ends with CR alone"),
            source.name,
            message("save it with line ends LF, or CR and LF"),
        )
    if any(len(line) > LINE_MAX for line in lines):
        raise IntakeError(
            message("a line of more than {characters} characters", characters=LINE_MAX),
            source.name,
            message("give a file of one record a line"),
        )
    if not lines:
        raise IntakeError(
            message("there is nothing in it"), source.name, message("give a file with records")
        )
    delimiter = _delimiter(lines)
    rows = [row for row in csv.reader(lines, delimiter=delimiter) if row]
    width = Counter(map(len, rows)).most_common(1)[0][0]
    rows = [row for row in rows if len(row) == width]
    has_header = _is_header(rows[0])
    heads = rows[0] if has_header else [str(place) for place in range(1, width + 1)]
    for place, head in enumerate(heads, 1):
        if not head.isprintable() or not 0 < len(head) <= HEAD_MAX:
            raise IntakeError(
                message("the head of column {place} is no name", place=place),
                source.name,
                message(
                    "name each column in the first line, by up to {characters} characters",
                    characters=HEAD_MAX,
                ),
            )
    body = rows[1:] if has_header else rows
    frame = pl.DataFrame(
        {head: [row[place] for row in body] for place, head in enumerate(heads)},
        dict.fromkeys(heads, pl.String),
    )
    return Sample(path, printable(source.name), delimiter, has_header, frame)


def _lines(text: str) -> list[str]:
    """Lines as intake reads them: they end with LF, or CR and LF."""
    return [line.removesuffix("\r") for line in text.split("\n")]


def printable(name: str) -> str:
    """A text that stays on its line, in a comment and on a terminal."""
    return "".join(sign if sign.isprintable() else "?" for sign in name)


def _delimiter(lines: list[str]) -> str:
    """The sign that parts most lines into the same number of fields, and into most of these."""

    def score(sign: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=sign))
        width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
        return (count if width > 1 else 0), width

    return max(DELIMITERS, key=score)


def _is_header(row: list[str]) -> bool:
    """Is this a head: all its cells differ, none is empty or only a number?"""
    cells = [cell.strip() for cell in row]
    is_number = [cell.replace(".", "").replace(",", "").isdecimal() for cell in cells]
    return len(set(cells)) == len(cells) and all(cells) and not any(is_number)
