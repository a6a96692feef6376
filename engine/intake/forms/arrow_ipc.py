"""Arrow IPC: a stream is read a record batch at a time, a file as a table of columns."""

import struct
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import polars as pl

from doisoat.engine.intake.forms import decoder
from doisoat.engine.intake.forms.arrow_messages import (
    BATCH,
    BATCH_BYTES_MAX,
    FILE_MAGIC,
    SCHEMA,
    Message,
    walk_file,
    walk_stream,
)
from doisoat.engine.intake.forms.columns import Unpacked, check_columns, unreadable
from doisoat.engine.intake.forms.raw_chunks import (
    Chunk,
    Counts,
    Form,
    Located,
    Reader,
    SourceFile,
    located,
    raw_of_fields,
)
from doisoat.engine.intake.forms.trial_decoding import ApartReader, ask_apart
from doisoat.engine.intake.mapping.mapping import Layout
from doisoat.messages.text import message, text_of_error

FORMAT = decoder.ARROW
BATCHES_LACK = message("its batches do not have the rows that they state")
BATCH_LACKS = message("a batch does not have the rows that it states")


class ArrowFileReader(ApartReader):
    """A file whose footer names its batches, each of which was checked before polars sees it."""

    def __init__(self, file: SourceFile, layout: Layout) -> None:
        try:
            with open(file.path, "rb") as stream:
                rows = sum(sent.rows for sent in walk_file(stream, file.size))
        except (struct.error, ValueError) as error:
            raise unreadable(FORMAT, file, text_of_error(error)) from error
        super().__init__(file, layout, FORMAT)
        if self.rows != rows:
            raise unreadable(FORMAT, file, BATCHES_LACK)


class ArrowStreamReader:
    def __init__(self, file: SourceFile, layout: Layout) -> None:
        self.unpacked = Unpacked(file)
        self.file, self.layout, self.counts = file, layout, Counts()
        try:
            with open(file.path, "rb") as stream:
                messages = list(walk_stream(stream, file.size))
        except (struct.error, ValueError) as error:
            raise unreadable(FORMAT, file, text_of_error(error)) from error
        first = [sent for sent in messages if sent.kind not in (0, BATCH)]
        if not first or [m for m in messages if m.kind == SCHEMA] != messages[:1]:
            raise unreadable(
                FORMAT,
                file,
                message("it does not have exactly one schema, at its beginning"),
            )
        if sum(sent.size for sent in first) > BATCH_BYTES_MAX:
            raise unreadable(
                FORMAT,
                file,
                message(
                    "dictionaries of more than {batch_bytes_max} bytes",
                    batch_bytes_max=BATCH_BYTES_MAX,
                ),
            )
        if messages[-1].kind != 0:
            self.counts.notes.append(
                message("the stream has no end mark: its last batches may be missing")
            )
        self.head = first
        self.batches = [sent for sent in messages if sent.kind == BATCH]
        schema = self._read(self.head).schema
        check_columns(file, layout, schema)
        self.form = Form("columns", columns=tuple(schema.names()))

    def _read(self, messages: Sequence[Message]) -> pl.DataFrame:
        pieces = [(sent.offset, sent.size) for sent in messages]
        ask_apart(FORMAT, self.file, "stream", pieces=pieces)
        try:
            return decoder.stream(self.file.path, pieces)
        except decoder.FAULTS as error:
            raise unreadable(FORMAT, self.file, text_of_error(error)) from error

    def _batch(self, sent: Message) -> pl.DataFrame:
        frame = self._read([*self.head, sent])
        if frame.height != sent.rows:
            raise unreadable(FORMAT, self.file, BATCH_LACKS)
        return frame

    def chunks(self) -> Iterator[Callable[[], Chunk]]:
        row = 1
        for sent in self.batches:
            yield partial(self.chunk, sent, row)
            row += sent.rows

    def chunk(self, sent: Message, row: int) -> Chunk:
        batch = self._batch(sent).select(decoder.texts(self.layout.used_columns))
        frame = self.unpacked.add(batch)
        rows = pl.int_range(row, row + frame.height, dtype=pl.Int64, eager=True)
        return Chunk(frame.insert_column(0, rows.alias("row")))

    def located(self, rows: set[int]) -> Iterator[Located]:
        row = 1
        for sent in self.batches:
            places = [at - row for at in sorted(rows) if row <= at < row + sent.rows]
            if places:
                frame = self._batch(sent)[places].with_columns(pl.all().cast(pl.String))
                for at, texts in zip(places, frame.rows(), strict=True):
                    yield located(row + at, None, None, raw_of_fields(tuple(texts)))
            row += sent.rows


def arrow_reader(file: SourceFile, layout: Layout, head: bytes) -> Reader:
    """The reader for the form that a file's first bytes tell."""
    return (ArrowFileReader if head.startswith(FILE_MAGIC) else ArrowStreamReader)(file, layout)
