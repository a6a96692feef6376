"""The rows of a result (lines, suspended events, refunds, balances), never all in memory at once.

So they go by bucket after bucket, made to look alike, to where they are kept. No I/O here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import polars as pl

from doisoat.engine.rating.opening_state import CLOSING

ROWS = ("lines", "suspense", "refunds", "closing")
# by the kernel's status
STATUS_NAMES = ("rated", "no_subscription", "no_tariff", "beyond_limit", "conflicting")


class Vocabulary(Protocol):
    """What the indexes in a bucket's result mean."""

    @property
    def carriers(self) -> Sequence[str]: ...
    @property
    def provinces(self) -> Sequence[str]: ...
    @property
    def kinds(self) -> Sequence[str]: ...
    @property
    def destinations(self) -> Sequence[str]: ...
    @property
    def measures(self) -> Sequence[str]: ...
    @property
    def natures(self) -> Sequence[str]: ...


def named(frame: pl.DataFrame, names: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """The frame with the names that its index columns stand for, as Enums (a byte or two a row)."""
    return frame.with_columns(
        pl.Series(column, list(known), dtype=enum(known)).gather(frame[column]).alias(column)
        for column, known in names.items()
    )


def names_of_lines(vocabulary: Vocabulary) -> dict[str, Sequence[str]]:
    """What the indexes in relief lines stand for."""
    return {
        "carrier": vocabulary.carriers,
        "measure": vocabulary.measures,
        "nature": vocabulary.natures,
    }


def enum(known: Iterable[str]) -> pl.Enum:
    """The type of a column of these names, whatever their order."""
    return pl.Enum(sorted(set(known)))


def row_schemas(vocabulary: Vocabulary) -> dict[str, pl.Schema]:
    """The columns of ROWS: of lines, suspended events, events charged otherwise than they owe, and
    balances that are open when the period ends."""
    ids = dict.fromkeys(("event_hi", "event_lo", "owner_hi", "owner_lo"), pl.UInt64())
    event = {**ids, "carrier": enum(vocabulary.carriers)}
    start = {"start_ms": pl.Int64()}
    relief = {"measure": enum(vocabulary.measures), "nature": enum(vocabulary.natures)}
    amounts = dict.fromkeys(("charged", "list_value", "payable", "refund"), pl.Int64())
    return {
        "lines": pl.Schema({**event, **relief, "units": pl.Int64(), "amount": pl.Int64(), **start}),
        "suspense": pl.Schema({**event, "reason": enum(STATUS_NAMES), **start}),
        "refunds": pl.Schema({**event, **start, **amounts}),
        "closing": CLOSING,
    }


class Rows(Protocol):
    """Where the rows of a result go, bucket by bucket: names of ROWS."""

    schemas: Mapping[str, pl.Schema]

    def add(self, name: str, frame: pl.DataFrame) -> None: ...

    def scanned(self) -> Mapping[str, pl.LazyFrame]:
        """All rows, now that no more come."""


class RowsHeld:
    """The rows in memory: of few buckets, or of a small store."""

    def __init__(self, schemas: Mapping[str, pl.Schema]) -> None:
        self.schemas = schemas
        self.frames = {name: [schema.to_frame()] for name, schema in schemas.items()}

    def add(self, name: str, frame: pl.DataFrame) -> None:
        self.frames[name].append(frame)

    def scanned(self) -> Mapping[str, pl.LazyFrame]:
        return {name: pl.concat(frames).lazy() for name, frames in self.frames.items()}


class Shape:
    """What the rows of buckets are made to look like: names for indexes, and all in one schema."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.schemas = row_schemas(vocabulary)
        carriers = {"carrier": vocabulary.carriers}
        self.names: dict[str, dict[str, Sequence[str]]] = {
            "lines": names_of_lines(vocabulary),
            "suspense": {**carriers, "status": STATUS_NAMES},
            "refunds": carriers,
            "closing": {},
        }

    def rows_of(self, bucket: Any) -> Iterator[tuple[str, pl.DataFrame]]:
        """The rows of a `BucketResult`, by ROWS."""
        for name, schema in self.schemas.items():
            frame = getattr(bucket, name)
            if frame.is_empty():  # and it may lack columns
                yield name, schema.to_frame()
                continue
            frame = named(frame, self.names[name])
            if name == "suspense":
                frame = frame.rename({"status": "reason"})
            elif name == "refunds":
                frame = with_refund(frame)
            yield name, frame.select(pl.col(column).cast(dtype) for column, dtype in schema.items())


def with_refund(charged: pl.DataFrame) -> pl.DataFrame:
    """What is due of each event charged above what it owes; docs/semantics.md, 4.

    As `settlement.figures.refund_due.refund_due`, on whole columns; the rest of the charge, above
    the list value, is a finding that the row itself shows.
    """
    within = pl.min_horizontal("charged", "list_value") - pl.col("payable")
    rows = charged.with_columns(refund=pl.max_horizontal(within, pl.lit(0)).cast(pl.Int64))
    return rows.filter((pl.col("refund") > 0) | (pl.col("charged") > pl.col("list_value")))
