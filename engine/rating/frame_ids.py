"""Ids and texts of frames as codes, column by column: no row is looked at in Python."""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from doisoat.engine.arrow.arrow import ArrowTable
from doisoat.engine.arrow.ids import ascending_codes
from doisoat.engine.rating.frame_columns import TEXTS, refuse
from doisoat.messages.text import message

RADIX_MAX = 1 << 62


class Coded(NamedTuple):
    """A column of ids as codes: null where it is null; the distinct values behind the codes."""

    codes: pl.Series  # UInt32
    values: pl.Series  # String


def coded(column: pl.Series) -> Coded:
    """A column as codes in the order of first sight.

    Rows that repeat the one before cost a comparison: events lie owner by owner, mostly.
    """
    begins = column.ne_missing(column.shift(1))
    if column.len():
        begins = begins.scatter(0, True)
    firsts = column.filter(begins)
    values = firsts.drop_nulls().unique(maintain_order=True)
    codes = placed(firsts, values)
    return Coded(codes.gather(begins.cum_sum() - 1), values.cast(pl.String))


def placed(column: pl.Series, values: pl.Series) -> pl.Series:
    """The place of each value of a column among distinct values (UInt32); null: it is not there."""
    places = pl.DataFrame({"value": values, "place": numbers_to(values.len())})
    asked = pl.DataFrame({"value": column})
    return asked.join(places, on="value", how="left", maintain_order="left")["place"]


def numbers_to(count: int) -> pl.Series:
    """0, 1, 2, … as UInt32."""
    return pl.int_range(count, eager=True, dtype=pl.UInt32)


def refuse_mixed(columns: Sequence[tuple[str, pl.Series]]) -> None:
    """Refuse ids that are text in one frame and numbers in another: they would never meet.

    Args: columns: (frame, column) of what is looked up in one another.
    """
    (frame, first), *others = columns
    is_text = isinstance(first.dtype, TEXTS)
    for other_frame, other in others:
        if isinstance(other.dtype, TEXTS) != is_text and not isinstance(other.dtype, pl.Null):
            one, two = f"{frame}.{first.name}", f"{other_frame}.{other.name}"
            refuse(
                other_frame,
                other.name,
                None,
                message(
                    "its type is {dtype}, and that of {one} is {first_dtype}",
                    dtype=other.dtype,
                    one=one,
                    first_dtype=first.dtype,
                ),
                message("make {one} and {two} both text, or both numbers", one=one, two=two),
            )


class Combined(NamedTuple):
    """Combinations of texts as codes."""

    codes: pl.Series  # UInt32
    texts: pl.DataFrame  # String; a row a code


def combined(columns: Sequence[pl.Series], rows: int, frame: str) -> Combined:
    """Each row's combination of texts as one code; null is ''."""
    numbered = [_numbered(column) for column in columns]
    half = (len(columns) + 1) // 2
    keys = [_key(some, rows, frame) for some in (numbered[:half], numbered[half:])]
    pairs = pl.DataFrame({"hi": keys[0], "lo": keys[1]})
    codes, high, low = ascending_codes(pairs, "hi", "lo", rows)
    texts = [
        text
        for some, key in ((numbered[:half], high), (numbered[half:], low))
        for text in _texts_of(some, series_of("key", key))
    ]
    return Combined(series_of("code", codes), pl.DataFrame(texts))


def series_of(name: str, values: memoryview) -> pl.Series:
    """A buffer of whole numbers as a series, uncopied."""
    return pl.DataFrame(ArrowTable({name: values}, max(1, len(values)))).to_series()


class _Numbered(NamedTuple):
    numbers: pl.Series  # 0: null, else 1 and more; UInt32
    texts: pl.Series  # by number; '' at 0
    name: str


def _numbered(column: pl.Series) -> _Numbered:
    if isinstance(column.dtype, pl.Enum):
        texts = pl.concat([pl.Series([""]), column.dtype.categories])
    else:
        if not isinstance(column.dtype, pl.Categorical):
            column = column.cast(pl.Categorical(pl.Categories.random()))
        there = column.unique().drop_nulls()
        places = there.to_physical().cast(pl.UInt32) + 1
        texts = pl.Series([""]).new_from_index(0, 1 + sum(places.sort().to_list()[-1:]))
        texts = texts.scatter(places, there.cast(pl.String))
    numbers = column.to_physical().cast(pl.UInt32) + 1
    return _Numbered(numbers.fill_null(0) if numbers.null_count() else numbers, texts, column.name)


def _key(some: Sequence[_Numbered], rows: int, frame: str) -> pl.Series:
    key, span = pl.zeros(rows, dtype=pl.UInt64, eager=True), 1
    for one in some:
        span *= one.texts.len()
        if span > RADIX_MAX:
            refuse(
                frame, one.name, None,
                message("it has too many distinct values"),
                message("divide the frame by owners"),
            )  # fmt: skip
        key = key * one.texts.len() + one.numbers
    return key


def _texts_of(some: Sequence[_Numbered], key: pl.Series) -> list[pl.Series]:
    found = []
    for one in reversed(some):
        found.append(one.texts.gather(key % one.texts.len()).alias(one.name))
        key = key // one.texts.len()
    return found[::-1]
