"""Columns of the frames that a caller gives to be rated, read strictly: names, types, nulls.

A column has the name and the meaning that relief.duckdb publishes it with. What is missing, not
known, of another type, null or out of range is refused with its frame, column and row; rows are
counted from 0, as polars counts them.
"""

import difflib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, NoReturn

import polars as pl

from doisoat.errors import IntakeError
from doisoat.messages.text import Text, message

if TYPE_CHECKING:
    from doisoat.engine.arrow.arrow import ArrowStream

Type = Literal["id", "text", "whole", "moment", "amounts"]
TYPES: Final[Mapping[Type, Text]] = {
    "id": message("text (String, Categorical, Enum) or whole numbers"),
    "text": message("text (String, Categorical, Enum)"),
    "whole": message("whole numbers (Int8 to Int64, UInt8 to UInt64)"),
    "moment": message(
        "Datetime without a zone, or whole milliseconds since 1970-01-01 00:00 of civil time"
    ),
    "amounts": message("lists of whole numbers (List(Int64))"),
}


class FrameColumn(NamedTuple):
    """A column that a frame may have."""

    type: Type
    is_needed: bool = True
    may_be_null: bool = False


EVENTS: Final[Mapping[str, FrameColumn]] = {
    "event_id": FrameColumn("id", is_needed=False),
    "subscriber_id": FrameColumn("id"),
    "owner_id": FrameColumn("id", is_needed=False, may_be_null=True),
    "carrier": FrameColumn("text"),
    "start_at": FrameColumn("moment"),
    "duration": FrameColumn("whole", is_needed=False),
    "kind": FrameColumn("text"),
    "destination": FrameColumn("text"),
    "counterparty": FrameColumn("id", is_needed=False, may_be_null=True),
    "rating_group": FrameColumn("text", is_needed=False, may_be_null=True),
    "locality": FrameColumn("text", is_needed=False, may_be_null=True),
    "units": FrameColumn("whole"),
    "session_key": FrameColumn("id", is_needed=False, may_be_null=True),
    "partial": FrameColumn("whole", is_needed=False),
    "pack": FrameColumn("text", is_needed=False, may_be_null=True),
}
SUBSCRIPTIONS: Final[Mapping[str, FrameColumn]] = {
    "subscriber_id": FrameColumn("id"),
    "owner_id": FrameColumn("id", is_needed=False, may_be_null=True),
    "carrier": FrameColumn("text"),
    "plan": FrameColumn("text"),
    "segment": FrameColumn("text"),
    "payment": FrameColumn("text"),
    "home_locality": FrameColumn("text"),
    "valid_from": FrameColumn("moment"),
    "valid_until": FrameColumn("moment", is_needed=False, may_be_null=True),
}
PORTS: Final[Mapping[str, FrameColumn]] = {
    "number": FrameColumn("id"),
    "carrier": FrameColumn("text"),
    "valid_from": FrameColumn("moment"),
    "valid_until": FrameColumn("moment", is_needed=False, may_be_null=True),
}
PACKS: Final[Mapping[str, FrameColumn]] = {
    "owner_id": FrameColumn("id"),
    "pack": FrameColumn("text"),
    "bought_at": FrameColumn("moment"),
    "price_paid": FrameColumn("whole"),
    "left": FrameColumn("amounts"),
}
FRAMES: Final[Mapping[str, Mapping[str, FrameColumn]]] = {
    "events": EVENTS, "subscriptions": SUBSCRIPTIONS, "ports": PORTS, "packs": PACKS,
}  # fmt: skip
WHOLE = (
    pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64,
)  # fmt: skip
TEXTS = (pl.String, pl.Categorical, pl.Enum)
WHOLE_MAX = (1 << 63) - 1
SHOWN_MAX = 60  # letters of a value that a message repeats


def read_frame(given: "ArrowStream", name: str) -> pl.DataFrame:
    """A frame with its columns in one form: texts as given, whole numbers and moments Int64.

    Args: given: a polars.DataFrame, or whatever has `__arrow_c_stream__` (a DuckDB relation, a
        pyarrow table); name: of FRAMES.
    Returns: the columns that were given; moments are civil milliseconds.
    Raises: IntakeError for what the frame may not have.
    """
    frame = _frame_of(given, name)
    known = FRAMES[name]
    _check_names(frame.columns, known, name)
    return pl.DataFrame([_column(frame[column], known[column], name) for column in frame.columns])


def refuse(frame: str, column: str, row: int | None, what: Text, mend: Text) -> NoReturn:
    """IntakeError for a value of a frame, or for a column. Args: row: from 0; None: all."""
    where = f"{frame}, {column}" if column else frame
    raise IntakeError(what, where if row is None else f"{where}, row {row}", mend)


def refuse_any(
    bad: pl.Series, values: pl.Series, frame: str, column: str, what: Text, mend: Text
) -> None:
    """Refuse the first row that is bad. Args: values: as the message repeats them."""
    row = bad.arg_max() if bad.any() else None
    if row is not None:
        value = shown(values[row])
        refuse(frame, column, row, Text(f"{value} {what.vi}", f"{value} {what.en}"), mend)


def shown(value: object) -> str:
    """A value as a message repeats it: short, and with nothing that a terminal would obey."""
    text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return text if len(text) <= SHOWN_MAX else text[:SHOWN_MAX] + "…"


def _frame_of(given: "ArrowStream", name: str) -> pl.DataFrame:
    if isinstance(given, pl.DataFrame):
        return given
    if not isinstance(given, pl.LazyFrame) and hasattr(given, "__arrow_c_stream__"):
        return pl.DataFrame(given)
    kind = type(given).__name__
    refuse(
        name, "", None,
        message("{kind} is no frame that can be read", kind=kind),
        message("give a polars.DataFrame (of a LazyFrame: .collect()), or what has"
" __arrow_c_stream__, such as a DuckDB relation"),
    )  # fmt: skip


def _check_names(columns: list[str], known: Mapping[str, FrameColumn], name: str) -> None:
    for column in columns:
        if column not in known:
            near = difflib.get_close_matches(column, known, 1)
            listed = ", ".join(known)
            refuse(
                name, column, None,
                message("this column is not known"),
                message("did you mean {near}? known columns: {known}", near=near[0], known=listed)
                if near
                else message("leave it out; known columns: {known}", known=listed),
            )  # fmt: skip
    for column, expected in known.items():
        if expected.is_needed and column not in columns:
            type_ = TYPES[expected.type]
            refuse(
                name, column, None,
                message("this column is missing"),
                message("add a column {column}: {type}", column=column, type=type_),
            )  # fmt: skip


def _column(given: pl.Series, expected: FrameColumn, frame: str) -> pl.Series:
    name, dtype = given.name, given.dtype
    is_null_column = isinstance(dtype, pl.Null) and expected.may_be_null
    if not is_null_column and not _fits(dtype, expected.type):
        type_ = TYPES[expected.type]
        refuse(
            frame, name, None,
            message("its type {dtype} is not usable", dtype=dtype),
            message("make it {type}", type=type_),
        )  # fmt: skip
    if given.null_count() and not expected.may_be_null:
        refuse(
            frame, name, given.is_null().arg_max(),
            message("it is null"),
            message("give a value, or leave the row out"),
        )  # fmt: skip
    match expected.type:
        case "whole":
            return _whole(given, frame)
        case "moment":
            return _moment(given, frame)
        case "amounts":
            return given.cast(pl.List(pl.Int64))
    return given.cast(pl.String) if is_null_column else given


def _fits(dtype: pl.DataType, type_: Type) -> bool:
    match type_:
        case "id":
            return isinstance(dtype, TEXTS + WHOLE)
        case "text":
            return isinstance(dtype, TEXTS)
        case "whole":
            return isinstance(dtype, WHOLE)
        case "moment":
            is_civil = isinstance(dtype, pl.Datetime) and dtype.time_zone is None
            return is_civil or isinstance(dtype, WHOLE)
        case "amounts":
            return isinstance(dtype, pl.List) and isinstance(dtype.inner, WHOLE)


def _whole(given: pl.Series, frame: str) -> pl.Series:
    if given.dtype == pl.UInt64:
        refuse_any(
            given > WHOLE_MAX, given, frame, given.name,
            message("is too large"),
            message("give at most {whole_max}", whole_max=WHOLE_MAX),
        )  # fmt: skip
    return given.cast(pl.Int64)


def _moment(given: pl.Series, frame: str) -> pl.Series:
    """Civil milliseconds; a finer moment is refused, not cut."""
    if not isinstance(given.dtype, pl.Datetime):
        return _whole(given, frame)
    in_units = given.to_physical()
    per_ms = {"ms": 1, "us": 1_000, "ns": 1_000_000}[given.dtype.time_unit]
    if per_ms == 1:
        return in_units
    ms = in_units // per_ms
    refuse_any(
        (ms * per_ms != in_units).fill_null(False), given, frame, given.name,
        message("has parts finer than a millisecond"),
        message('truncate it first: .dt.truncate("1ms")'),
    )  # fmt: skip
    return ms
