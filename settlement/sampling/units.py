"""The units of a frame, in their one order and spelling, and a carrier's own list of them.

A unit is a relief line (event, measure, nature) with the amount that is claimed of it; or, of
source files, a recorded event, with measure and nature '' and amount 0.
"""

import hashlib
from pathlib import Path

import polars as pl

from doisoat.engine.tables.findings import refuse_file
from doisoat.engine.tables.table import TableFrame, cell_at
from doisoat.messages.text import message
from doisoat.settlement.figures.merge import total_of
from doisoat.settlement.sampling.table import MEND, read_table

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
    return checked(TableFrame(units, cell_at, where, MEND))


def checked(table: TableFrame) -> pl.DataFrame:
    """The rows of a list, UNIT, in canonical order. RefusedTable, with addresses, for others."""
    units, where = table.rows, table.name
    if units.is_empty():
        raise refuse_file(
            where, message("no unit is in it: nothing can be drawn"),
            MEND,
        )  # fmt: skip
    if units.height > UNITS_MAX:
        raise refuse_file(
            where,
            message(
                "{height} units, {units_max} at most", height=units.height, units_max=UNITS_MAX
            ),
            message("draw from parts"),
        )
    for name in REQUIRED:
        table.refuse(pl.col(name).is_null(), name, message("a cell is empty"))
    is_id = pl.col("event_id").str.contains(EVENT_ID)
    table.refuse(~is_id, "event_id", message("event_id is no event id"))
    for name in ("measure", "nature", "carrier"):
        is_code = pl.col(name).str.contains(NAME) & ~pl.col(name).str.contains(NUMBER)
        table.refuse(~is_code, name, message("{name} is no code", name=name))
    is_province = pl.col("home_province").str.contains(PROVINCE)
    not_province = message("home_province is no code")
    table.refuse(~is_province, "home_province", not_province)
    table.refuse(pl.col("amount") < 0, "amount", message("the amount is below 0"))
    is_repeated = pl.struct(KEY).is_duplicated()
    table.refuse(is_repeated, "event_id", message("the same line stands twice"))
    total = total_of(units, "amount")
    if total > TOTAL_MAX:
        fault = message(
            "{total} {currency_own_name} in all are past {total_max}",
            total=total,
            total_max=TOTAL_MAX,
        )
        raise refuse_file(where, fault, MEND)
    return canonical(units)


def read_units(path: Path, carrier: str) -> pl.DataFrame:
    """The lines that a carrier lists, from CSV, XLSX or Parquet: UNIT in canonical order.

    Args: carrier: whose list it is, where the file has no such column.
    Raises: RefusedTable (an IntakeError) for whatever is not of the form, with addresses.
    """
    table = read_table(path, REQUIRED, UNIT.names()[1:6])
    lacking = {
        "measure": "", "nature": "", "carrier": carrier, "day": None, "home_province": "",
    }  # fmt: skip
    rows = table.rows.with_columns(
        pl.col("event_id").str.to_lowercase(),
        *(pl.lit(value).alias(name) for name, value in lacking.items()
          if name not in table.rows.columns),
        record=pl.lit(""),
    )  # fmt: skip
    units = rows.select(pl.col(name).cast(dtype) for name, dtype in UNIT.items())
    unit_table = table._replace(rows=units)
    unit_table.refuse(
        pl.col("carrier") != carrier, "carrier",
        message("it is no line of {carrier}", carrier=carrier),
        message("give each carrier's list by itself, with --carrier"),
    )  # fmt: skip
    return checked(unit_table)
