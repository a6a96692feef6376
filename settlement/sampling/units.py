"""The units of a frame, in their one order and spelling, and a carrier's own list of them.

A unit is a relief line (event, measure, nature) with the amount that is claimed of it; or, of
source files, a recorded event, with measure and nature '' and amount 0.
"""

import hashlib
from pathlib import Path

import polars as pl

from doisoat.errors import IntakeError
from doisoat.settlement.merge import total_of

UNIT = pl.Schema(
    {
        "event_id": pl.String(),  # UUID in lower case, so that it sorts as its bytes do
        "measure": pl.String(),
        "nature": pl.String(),
        "carrier": pl.String(),
        "day": pl.Date(),  # on which the event begins; null where the list does not say
        "home_province": pl.String(),  # '' where it does not say
        "amount": pl.Int64(),  # đồng, >= 0
        "record": pl.String(),  # of source files: 16 hex digits of the file's SHA-256, `:`, row
    }
)
KEY = ("event_id", "measure", "nature")
STRATA = ("carrier", "measure", "nature", "day", "home_province", "band")
REQUIRED = ("event_id", "amount")
TOTAL_MAX = 1 << 62  # đồng of a frame: sums and places of đồng in it fit 64 bits
UNITS_MAX = 200_000_000
SLICE_ROWS = 131_072
EVENT_ID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
# No letter that a CSV would have to quote, and no room for a telephone number.
NAME = r"^([A-Za-z][A-Za-z0-9_.-]{0,31})?$"
PROVINCE = r"^[0-9]{0,5}$"
NUMBER = r"[0-9]{7}"
SUFFIXES = (".csv", ".parquet")
MEND = "docs/sampling.md shows the form; mend the rows and give the whole file again"


def canonical(units: pl.DataFrame) -> pl.DataFrame:
    """Units in their one order."""
    return units.select(UNIT.names()).sort(KEY)


def frame_digest(units: pl.DataFrame) -> str:
    """SHA-256 of the units as CSV: a head, a line a unit in their order, LF, no quotes.

    Args: units, UNIT in canonical order.
    """
    digest = hashlib.sha256((",".join(UNIT.names()) + "\n").encode("ascii"))
    for piece in units.iter_slices(SLICE_ROWS):
        digest.update(piece.write_csv(include_header=False, quote_style="never").encode("utf-8"))
    return digest.hexdigest()


def with_band(units: pl.DataFrame) -> pl.DataFrame:
    """With `band`: the number of binary digits of the amount, so amounts of a band differ by less
    than a factor of two; 0 of an amount of 0."""
    reached = [pl.col("amount") >= 1 << place for place in range(TOTAL_MAX.bit_length())]
    return units.with_columns(band=pl.sum_horizontal(reached))


def check_units(units: pl.DataFrame, where: str) -> pl.DataFrame:
    """Units in canonical order, or an IntakeError that names the first that can't be one.

    Args: units, UNIT; where: for the message.
    """
    if units.is_empty():
        raise IntakeError("no unit is in it: nothing can be drawn", where, MEND)
    if units.height > UNITS_MAX:
        raise IntakeError(f"{units.height} units, {UNITS_MAX} at most", where, "draw from parts")
    empty = pl.any_horizontal(pl.col(*REQUIRED).is_null())
    _refuse(units, empty, "a cell is empty", where)
    _refuse(units, ~pl.col("event_id").str.contains(EVENT_ID), "event_id is no event id", where)
    for name in ("measure", "nature", "carrier"):
        is_code = pl.col(name).str.contains(NAME) & ~pl.col(name).str.contains(NUMBER)
        _refuse(units, ~is_code, f"{name} is no code", where)
    is_province = pl.col("home_province").str.contains(PROVINCE)
    _refuse(units, ~is_province, "home_province is no code", where)
    _refuse(units, pl.col("amount") < 0, "the amount is below 0", where)
    _refuse(units, pl.struct(KEY).is_duplicated(), "the same line stands twice", where)
    total = total_of(units, "amount")
    if total > TOTAL_MAX:
        raise IntakeError(f"{total} đồng in all are past {TOTAL_MAX}", where, MEND)
    return canonical(units)


def read_units(path: Path, carrier: str) -> pl.DataFrame:
    """The lines that a carrier lists, from CSV or Parquet: UNIT in canonical order.

    Args: carrier: whose list it is, where the file has no such column.
    Raises: IntakeError for whatever is not of the form, with the row.
    """
    given = read_columns(path, REQUIRED, UNIT.names()[1:6])
    given = given.with_columns(
        *(
            pl.lit(value).alias(name)
            for name, value in (
                ("measure", ""), ("nature", ""), ("carrier", carrier), ("day", None),
                ("home_province", ""),
            )
            if name not in given.columns
        ),
        record=pl.lit(""),
    )  # fmt: skip
    days = _read_days(given, path)
    units = given.with_columns(
        pl.col("event_id").str.to_lowercase(),
        pl.col("measure", "nature", "carrier", "home_province").fill_null(""),
        read_amounts(given, "amount", path),
        days,
    ).select(pl.col(name).cast(dtype) for name, dtype in UNIT.items())
    strangers = sorted(set(units["carrier"].unique()) - {carrier})
    if strangers:
        raise IntakeError(
            f"it has lines of {', '.join(strangers)}, not only of {carrier}", str(path),
            "give each carrier's list by itself, with --carrier",
        )  # fmt: skip
    return check_units(units, str(path))


def read_columns(path: Path, required: tuple[str, ...], allowed: list[str]) -> pl.DataFrame:
    """The texts (CSV) or columns (Parquet) of a file that has those and at most these too.

    Raises: IntakeError, with what is missing or not known.
    """
    if path.suffix not in SUFFIXES:
        raise IntakeError(
            f"a list is a file in {' or '.join(SUFFIXES)}", str(path), "save it as one of them"
        )
    try:
        if path.suffix == ".csv":
            given = pl.read_csv(path, infer_schema=False, glob=False)
        else:
            given = pl.read_parquet(path, glob=False, hive_partitioning=False)
    except (OSError, UnicodeDecodeError) as error:
        raise IntakeError("not readable", str(path), "give the path of a CSV or Parquet") from error
    except pl.exceptions.PolarsError as error:
        raise IntakeError("not read as its name says", str(path), MEND) from error
    given = given.rename({name: name.strip().lstrip("\ufeff").lower() for name in given.columns})
    lacking = [name for name in required if name not in given.columns]
    odd = [name for name in given.columns if name not in (*required, *allowed)]
    if lacking or odd:
        told = [f"no column {name!r}" for name in lacking] + [f"a column {name!r}" for name in odd]
        raise IntakeError(
            "; ".join(told), str(path), f"the form has {', '.join((*required, *allowed))}"
        )
    texts = [name for name in given.columns if name not in ("amount", "audited", "day")]
    wrong = [name for name in texts if given.schema[name] != pl.String]
    if wrong:
        raise IntakeError(f"{wrong[0]} is {given.schema[wrong[0]]}, no text", str(path), MEND)
    if path.suffix == ".csv":
        given = given.with_columns(pl.col(pl.String).str.strip_chars().fill_null(""))
    return given


def read_amounts(given: pl.DataFrame, name: str, path: Path) -> pl.Series:
    """A column of whole đồng: digits alone, as texts or integers; IntakeError with the row else."""
    column = given[name]
    if column.dtype.is_integer():
        return column.cast(pl.Int64)
    if column.dtype != pl.String:
        raise IntakeError(f"{name} is {column.dtype}: whole đồng are integers", str(path), MEND)
    _refuse(
        given, ~pl.col(name).str.contains(r"^[0-9]{1,18}$").fill_null(False),
        f"{name} is not whole đồng in digits alone", str(path),
    )  # fmt: skip
    return column.cast(pl.Int64)


def _read_days(given: pl.DataFrame, path: Path) -> pl.Series:
    column = given["day"]
    if column.dtype in (pl.Date, pl.Null):
        return column.cast(pl.Date)
    if column.dtype != pl.String:
        raise IntakeError(f"day is {column.dtype}, no date", str(path), MEND)
    days = column.replace("", None).str.to_date("%Y-%m-%d", strict=False)
    odd = pl.Series((column != "") & days.is_null())
    _refuse(given.with_columns(odd=odd), pl.col("odd"), "day is no day, as 2021-08-05", str(path))
    return days


def _refuse(frame: pl.DataFrame, is_odd: pl.Expr, what: str, where: str) -> None:
    """IntakeError with the first odd row and how many there are; a head is not counted."""
    odd = frame.with_row_index("row", offset=1).filter(is_odd)
    if odd.height:
        more = f" (and {odd.height - 1} more)" if odd.height > 1 else ""
        raise IntakeError(f"row {odd['row'][0]}: {what}{more}", where, MEND)
