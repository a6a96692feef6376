"""Files of columns: what a mapping needs of them, and how one is read chunk by chunk."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from functools import partial

import polars as pl

from doisoat.engine.intake.forms.compressed import unpacks_too_far
from doisoat.engine.intake.forms.raw_chunks import (
    ASK_AGAIN,
    CHUNK_ROWS,
    Chunk,
    Counts,
    Form,
    Located,
    SourceFile,
    located,
    raw_of_fields,
)
from doisoat.engine.intake.mapping.mapping import Layout
from doisoat.errors import IntakeError
from doisoat.messages.text import Text, message
from doisoat.telephone import masked

SHOWN_CHARACTERS = 200  # of what a reader says
ROWS_LACK = message("it does not have the rows that it states")
# Texts, and whole numbers, which have one text each.
TEXTS = (pl.String, pl.Int64, pl.Int32, pl.UInt64, pl.UInt32, pl.Categorical, pl.Enum)


def unreadable(form: str, file: SourceFile, fault: Text) -> IntakeError:
    """The refusal of a damaged file; what its reader says is shown, numbers masked."""
    fault_line = fault.mapped(_first_line)
    if not fault_line.en:
        fault_line = message("damaged")
    return IntakeError(
        message("not readable as {form}: {fault_line}", form=form, fault_line=fault_line),
        file.name,
        ASK_AGAIN,
    )


def _first_line(text: str) -> str:
    return masked(next(iter(text.splitlines()), ""))[:SHOWN_CHARACTERS]


def check_columns(file: SourceFile, layout: Layout, schema: pl.Schema) -> None:
    """Are the layout's columns there, as text or whole numbers? IntakeError if not."""
    for name in layout.used_columns:
        if name not in schema or schema[name].base_type() not in TEXTS:
            kind = str(schema[name]) if name in schema else None
            names = ", ".join(layout.used_columns)
            raise IntakeError(
                message(
                    "column {name} is not there; the layout {layout} reads it as text",
                    name=repr(name),
                    layout=layout.name,
                )
                if kind is None
                else message(
                    "column {name} is {kind}; the layout {layout} reads it as text",
                    name=repr(name),
                    kind=kind,
                    layout=layout.name,
                ),
                file.name,
                message("write these columns as text: {names}", names=names),
            )


class Unpacked:
    """How many bytes of text a file of columns came to: what says little may be written very short.

    Its chunks are read on several threads.
    """

    def __init__(self, file: SourceFile) -> None:
        self._file, self._bytes, self._lock = file, 0, threading.Lock()

    def add(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame, of texts. IntakeError if the file now came to more than any record has."""
        size = frame.select(pl.all().str.len_bytes().sum()).row(0)
        with self._lock:
            self._bytes += sum(int(text_bytes or 0) for text_bytes in size)
            fault = unpacks_too_far(self._bytes, self._file.size)
        if fault is not None:
            raise IntakeError(
                fault,
                self._file.name,
                message(
                    "{ask_again}; if it is sound, write it as CSV and give that",
                    ask_again=ASK_AGAIN,
                ),
            )
        return frame


class ScannedReader(ABC):
    """A file any run of whose rows can be read for itself."""

    def __init__(self, file: SourceFile, layout: Layout, form_name: str) -> None:
        self.unpacked = Unpacked(file)
        self.file, self.layout, self.form_name, self.counts = file, layout, form_name, Counts()
        schema, self.rows = self._outline()
        check_columns(file, layout, schema)
        self.form = Form("columns", columns=tuple(schema.names()))

    @abstractmethod
    def _outline(self) -> tuple[pl.Schema, int]:
        """Its columns and the number of its rows; IntakeError if it is damaged."""

    @abstractmethod
    def _part(self, start: int) -> pl.DataFrame:
        """At most CHUNK_ROWS rows from `start` on, of the layout's columns as texts."""

    @abstractmethod
    def _single_rows(self, rows: set[int]) -> pl.DataFrame:
        """Rows by their number, from 1: the number, then all columns as texts."""

    def chunks(self) -> Iterator[Callable[[], Chunk]]:
        for start in range(0, self.rows, CHUNK_ROWS):
            yield partial(self.chunk, start)

    def chunk(self, start: int) -> Chunk:
        frame = self.unpacked.add(self._part(start))
        if frame.height != min(CHUNK_ROWS, self.rows - start):
            raise unreadable(self.form_name, self.file, ROWS_LACK)
        rows = pl.int_range(start + 1, start + 1 + frame.height, dtype=pl.Int64, eager=True)
        return Chunk(frame.insert_column(0, rows.alias("row")))

    def located(self, rows: set[int]) -> Iterator[Located]:
        for row, *texts in self._single_rows(rows).rows():
            yield located(row, None, None, raw_of_fields(tuple(texts)))
