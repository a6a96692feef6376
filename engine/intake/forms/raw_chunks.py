"""Chunks of raw text fields, each with its row: the output of every reader."""

import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

import polars as pl

from doisoat.errors import IntakeError, system_text
from doisoat.messages.text import message
from doisoat.telephone import masked

if TYPE_CHECKING:  # Its models take long to make, and to settle needs none of them.
    from doisoat.engine.intake.mapping.mapping import Layout

CHUNK_ROWS = 500_000
RAW_BYTES_MAX = 1 << 16  # The text of a longer record is not kept: its digest is.
READ_BYTES = 1 << 20
BROKEN_LINES_MAX = 1 << 20  # Each is kept by its address; a file of more is of another kind.
# How most refused files are mended.
ASK_AGAIN = message("ask its sender for it again")
OTHER_MAPPING = message("check the file, or take another mapping")


@dataclass(frozen=True, slots=True)
class Broken:
    """A record whose fields cannot even be told apart."""

    row: int
    line: int | None  # where the file has lines
    offset: int | None
    raw_sha256: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive records of a file: `frame` has `row` (1-based, or a table's rowid) and the
    layout's columns as text (empty: ''), `broken` the rest."""

    frame: pl.DataFrame
    broken: tuple[Broken, ...] = ()


@dataclass(slots=True)
class Counts:
    """What a reader saw beside records, known when its chunks are exhausted."""

    header_lines: int = 0
    blank_lines: int = 0
    broken_lines: int = 0
    notes: list[str] = field(default_factory=list)
    series: tuple[str, int] | None = None  # of files that their sender numbers: whose, which


def count_broken(counts: Counts, name: str) -> None:
    """One more line of a file is no record; IntakeError if there are too many."""
    counts.broken_lines += 1
    if counts.broken_lines > BROKEN_LINES_MAX:
        raise IntakeError(
            message(
                "more than {broken_lines_max} of its lines are no records",
                broken_lines_max=BROKEN_LINES_MAX,
            ),
            name,
            message("check the file's form against the mapping's"),
        )


@dataclass(frozen=True, slots=True)
class Address:
    """Where a record stands in its file, and the digest of its raw text."""

    line: int | None
    offset: int | None
    raw_sha256: str


class Located(NamedTuple):
    """A record found again in its file."""

    row: int
    address: Address
    raw: bytes | None  # what is digested; None where it is longer than RAW_BYTES_MAX
    is_cut: bool = False  # the last line of a text, without an end


def located(
    row: int, line: int | None, offset: int | None, raw: bytes, *, is_cut: bool = False
) -> Located:
    """A record of which all bytes are at hand."""
    address = Address(line, offset, hashlib.sha256(raw).hexdigest())
    return Located(row, address, raw if len(raw) <= RAW_BYTES_MAX else None, is_cut)


class Form(NamedTuple):
    """What of a file tells the fields of one of its records, when its text alone is at hand.

    text: lines, under the header that stands here if there is one; json: objects of a line;
    columns: raw_of_fields of these columns; ber: octets, whose fields only the file tells.
    """

    kind: Literal["text", "json", "columns", "ber"]
    header: bytes = b""
    columns: tuple[str, ...] = ()


class Reader(Protocol):
    """One file under one layout."""

    layout: "Layout"
    counts: Counts

    @property
    def form(self) -> Form: ...

    def chunks(self) -> Iterator[Callable[[], Chunk]]:
        """The chunks in order, each still to be read: that may happen on another thread."""
        ...

    def located(self, rows: set[int]) -> Iterator[Located]:
        """Read the file again for the addresses and the raw text of a few records."""
        ...


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that was opened once: what it is called in messages, and what it was then."""

    path: Path
    size: int
    modified_ns: int
    sha256: str

    @property
    def name(self) -> str:
        """Its name for the home and for messages: a number in it is masked."""
        return masked(self.path.name)

    def check_unchanged(self) -> None:
        about = self.path.stat()
        if (about.st_size, about.st_mtime_ns) != (self.size, self.modified_ns):
            raise IntakeError(
                message("it changed while it was being read"),
                self.name,
                message("take it in again once nobody writes to it"),
            )


def check_regular(path: Path) -> os.stat_result:
    """What the system knows of a file; IntakeError if there is none that could be read."""
    name = masked(path.name or str(path))
    try:
        about = path.stat()
    except FileNotFoundError:
        raise IntakeError(
            message("no such file"),
            masked(str(path)),
            message("check the path"),
        ) from None
    except OSError as error:
        raise _closed(error, name) from error
    if not stat.S_ISREG(about.st_mode):
        raise IntakeError(
            message("a folder") if stat.S_ISDIR(about.st_mode) else message("not a regular file"),
            name,
            message("give the files themselves, one by one"),
        )
    if about.st_size == 0:
        raise IntakeError(message("an empty file"), name, ASK_AGAIN)
    return about


def open_source(path: Path) -> SourceFile:
    """Look at a file and digest it."""
    about, digest = check_regular(path), hashlib.sha256()
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            while piece := file.read(READ_BYTES):
                digest.update(piece)
    except OSError as error:
        raise _closed(error, masked(path.name)) from error
    return SourceFile(path, about.st_size, about.st_mtime_ns, digest.hexdigest())


def _closed(error: OSError, name: str) -> IntakeError:
    return IntakeError(
        message("not readable: {error}", error=system_text(error)),
        name,
        message("give yourself access to it"),
    )


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)


def raw_of_fields(fields: tuple[str | None, ...]) -> bytes:
    """What stands for the raw text of a record that has none: its fields, joined by U+001F."""
    return "\x1f".join(text or "" for text in fields).encode()
