"""Files of columns: what a mapping needs of them, and how polars reads one chunk by chunk."""

from collections.abc import Callable, Iterator
from functools import partial

import polars as pl

from doisoat.engine.intake.mapping import Layout
from doisoat.engine.intake.source import (
    CHUNK_ROWS,
    Address,
    Chunk,
    Counts,
    SourceFile,
    digest_fields,
)
from doisoat.engine.pseudonym import hides_number
from doisoat.errors import IntakeError

# Texts, and whole numbers, which have one text each.
TEXTS = (pl.String, pl.Int64, pl.Int32, pl.UInt64, pl.UInt32, pl.Categorical, pl.Enum)
# What polars ends in where a file's bytes make no sense.
FAULTS = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)


def unreadable(form: str, file: SourceFile, error: object) -> IntakeError:
    """The refusal of a damaged file; what its reader says is shown, numbers masked."""
    said = str(error).splitlines() or ["damaged"]
    return IntakeError(
        f"not readable as {form}: {hides_number(said[0])[:200]}",
        file.name,
        "ask its sender for it again",
    )


def check_columns(file: SourceFile, layout: Layout, schema: pl.Schema) -> None:
    """Are the layout's columns there, as text or whole numbers? IntakeError if not."""
    for name in layout.used_columns:
        if name not in schema or schema[name].base_type() not in TEXTS:
            have = f"{schema[name]}" if name in schema else "not there"
            raise IntakeError(
                f"column {name!r} is {have}; the layout {layout.name} reads it as text",
                file.name,
                f"write these columns as text: {', '.join(layout.used_columns)}",
            )


def texts_of(layout: Layout) -> list[pl.Expr]:
    """The layout's columns as texts, empty as ''."""
    return [pl.col(name).cast(pl.String).fill_null("") for name in layout.used_columns]


class ScannedReader:
    """A file that polars scans: any run of its rows can be read for itself."""

    def __init__(
        self, file: SourceFile, layout: Layout, form: str, scan: Callable[[], pl.LazyFrame]
    ) -> None:
        self.file, self.layout, self.form, self.counts = file, layout, form, Counts()
        try:
            self.lazy = scan()
            schema = self.lazy.collect_schema()
            self.rows: int = self.lazy.select(pl.len()).collect().item()
        except FAULTS as error:
            raise unreadable(form, file, error) from error
        check_columns(file, layout, schema)

    def chunks(self) -> Iterator[Callable[[], Chunk]]:
        for start in range(0, self.rows, CHUNK_ROWS):
            yield partial(self.chunk, start)

    def chunk(self, start: int) -> Chunk:
        try:
            frame = self.lazy.slice(start, CHUNK_ROWS).select(texts_of(self.layout)).collect()
        except FAULTS as error:
            raise unreadable(self.form, self.file, error) from error
        if frame.height != min(CHUNK_ROWS, self.rows - start):
            raise unreadable(self.form, self.file, "it has not the rows that it claims")
        rows = pl.int_range(start + 1, start + 1 + frame.height, dtype=pl.Int64, eager=True)
        return Chunk(frame.insert_column(0, rows.alias("row")))

    def addresses(self, rows: set[int]) -> dict[int, Address]:
        wanted = pl.Series(sorted(rows), dtype=pl.UInt32)
        try:
            found = (
                self.lazy.with_row_index("doisoat row", offset=1)
                .filter(pl.col("doisoat row").is_in(wanted.implode()))
                .with_columns(pl.exclude("doisoat row").cast(pl.String))
                .collect()
            )
        except FAULTS as error:
            raise unreadable(self.form, self.file, error) from error
        return {
            row: Address(None, None, digest_fields(tuple(texts))) for row, *texts in found.rows()
        }
