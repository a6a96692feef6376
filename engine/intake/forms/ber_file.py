"""Files of BER elements, read window by window: heads, groups and lists of records.

A length that cannot be true, or an end that is not there, says that the records cannot be told
apart from there on: the file is refused whole. What is wrong inside a record of known length is
that record's alone.
"""

import hashlib
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

import polars as pl

from doisoat.engine.intake.forms.ber import (
    DONE,
    FAULTS,
    MORE,
    RECORD_BYTES,
    UNREADABLE,
    Batch,
    Walker,
    end_at,
    head_at,
)
from doisoat.engine.intake.forms.raw_chunks import (
    ASK_AGAIN,
    Broken,
    Chunk,
    Located,
    SourceFile,
    located,
)
from doisoat.engine.intake.mapping.mapping import Layout
from doisoat.errors import IntakeError
from doisoat.messages.text import Text, message

WINDOW_BYTES = 4 * RECORD_BYTES
HEAD_BYTES = 16  # of tag and length, at most
BATCH_RECORDS = 50_000
TAG_CLASS = {"universal": 0, "application": 1, "context": 2}
END_OF_CONTENTS = b"\0\0"
UNENDED = -1
IMSI = r"^[0-9]{6,15}$"
Path = tuple[int, ...]  # of tags, as the walker writes them: class << 28 | number
IN_A_RECORD = message("it ends in the middle of a record")


def application(*numbers: int) -> Path:
    """A path of APPLICATION tags."""
    return tuple(TAG_CLASS["application"] << 28 | number for number in numbers)


def context(*numbers: int) -> Path:
    """A path of context-specific tags."""
    return tuple(TAG_CLASS["context"] << 28 | number for number in numbers)


SEQUENCE = 16  # a universal tag


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its tag, where it begins, where its content begins and ends (UNENDED)."""

    tag: int
    is_group: bool
    at: int
    content: int
    until: int


class BerFile:
    """One pass over a file."""

    def __init__(self, file: SourceFile, stream: BinaryIO) -> None:
        self.file, self.number, self.size = file, stream.fileno(), file.size

    def refusal(self, fault: Text, at: int, mend: Text = ASK_AGAIN) -> IntakeError:
        return IntakeError(fault, f"{self.file.name}, byte {at}", mend)

    def bytes_at(self, at: int, size: int) -> bytes:
        return os.pread(self.number, max(0, min(size, self.size - at)), at)

    def window(self, at: int) -> bytes:
        return self.bytes_at(at, WINDOW_BYTES)

    def element(self, at: int, until: int = UNENDED) -> Element:
        """The element at `at`, which a group that ends at `until` holds; its end is judged."""
        fault, head = head_at(self.bytes_at(at, HEAD_BYTES), 0)
        if fault:
            raise self.refusal(FAULTS[fault], at)
        content = at + head.content
        if head.length == UNENDED:
            return Element(head.tag, head.is_group, at, content, UNENDED)
        after, bound = content + head.length, self.size if until == UNENDED else until
        if after > bound:
            more, is_file = after - bound, bound == self.size
            overrun = message(
                "an element that ends {more} bytes after {is_file} does",
                more=more,
                is_file=message("the file") if is_file else message("the group that holds it"),
            )
            raise self.refusal(overrun, at)
        return Element(head.tag, head.is_group, at, content, after)

    def is_end(self, at: int, until: int) -> bool:
        """Does a group that ends at `until`, or by 00 00, end here?"""
        if until != UNENDED:
            return at == until
        return self.bytes_at(at, 2) == END_OF_CONTENTS

    def group(self, element: Element, walker: Walker) -> tuple[Batch, int]:
        """Read one whole element of the walker's; returns what it holds and where it ends."""
        window = self.bytes_at(element.at, RECORD_BYTES + HEAD_BYTES)
        size = element.until - element.at
        if element.until == UNENDED:
            fault, size = end_at(window, 0)
            if fault:
                raise self.refusal(FAULTS[fault], element.at)
        state, _ = walker.read(window, 0, size, element.at, 1)
        batch = walker.take()
        if state != DONE or batch.broken:
            at = batch.broken[0][1] if batch.broken else element.at
            raise self.refusal(
                message("a group of the file's own that cannot be read"),
                at,
            )
        return batch, element.at + size

    def records(self, walker: Walker, at: int, until: int) -> Generator[Batch, None, int]:
        """The records from `at` on, BATCH_RECORDS at a time; returns where their list ends."""
        while True:
            base = at
            window = self.window(base)
            end = UNENDED if until == UNENDED else until - base
            state, stopped = walker.read(window, 0, end, base, BATCH_RECORDS)
            at = base + stopped
            batch = walker.take()
            if batch.places or batch.broken:
                yield batch
            if state == DONE:
                return at
            if state >= 0:
                raise self.refusal(FAULTS[state], at)
            if state == MORE and stopped == 0:
                at_end = base + len(window) == self.size
                raise self.refusal(IN_A_RECORD if at_end else FAULTS[7], at)


def refuse_unknown(layout: Layout, columns: Sequence[str], file: SourceFile) -> None:
    """IntakeError where a layout reads columns that files of its format have not."""
    unknown = [name for name in layout.used_columns if name not in columns]
    if unknown:
        names, known = ", ".join(unknown), ", ".join(columns)
        raise IntakeError(
            message(
                "the layout {layout} reads {names}, which {format} files do not have",
                layout=layout.name,
                names=names,
                format=layout.format,
            ),
            file.name,
            message("take of these: {known}", known=known),
        )


def subscriber_text(column: str) -> pl.Expr:
    """An IMSI as an identity's name, so that it meets no number; UNREADABLE where it is none."""
    text = pl.col(column)
    return (
        pl.when(text.str.contains(IMSI))
        .then("imsi:" + text)
        .when(text != "")
        .then(pl.lit(UNREADABLE))
        .otherwise(pl.lit(""))
    )


@contextmanager
def opened(file: SourceFile) -> Iterator[BerFile]:
    with open(file.path, "rb") as stream:
        yield BerFile(file, stream)


def ready(chunk: Chunk) -> Callable[[], Chunk]:
    """A chunk that was read already, as a reader gives it: elements are found one by one."""
    return lambda: chunk


def broken_of(ber: BerFile, row: int, offset: int, length: int) -> Broken:
    return Broken(row, None, offset, digest_at(ber, offset, length))


def located_at(ber: BerFile, row: int, offset: int, length: int) -> Located:
    return located(row, None, offset, ber.bytes_at(offset, length))


def digest_at(ber: BerFile, offset: int, length: int) -> str:
    """SHA-256 of a record's bytes, tag and length included."""
    return hashlib.sha256(ber.bytes_at(offset, length)).hexdigest()
