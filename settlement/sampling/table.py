"""A carrier's list or a filled-in form as a table, read as claims are: CSV parted by , ; or tab,
XLSX, Parquet. Every fault has its address, and is told in both languages."""

import re
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import polars as pl

from doisoat.engine.intake.forms.decoder import PARQUET
from doisoat.engine.intake.forms.trial_decoding import DECODERS, Fault
from doisoat.engine.tables.cells import Cell, Row
from doisoat.engine.tables.files import rows_in
from doisoat.engine.tables.findings import Findings, refuse_file, refused
from doisoat.engine.tables.form import GIVE_FILE, Column, FileForm, Form, Kind
from doisoat.engine.tables.table import Table, TableFrame, cell_at
from doisoat.engine.tables.values import Values
from doisoat.errors import system_text
from doisoat.messages.text import Text, joined, message, message_in, template
from doisoat.settlement.sampling.words import HEADS

SUFFIXES: Final = (".csv", ".xlsx", ".parquet")
MEND: Final = message(
    "docs/sampling.md shows the form; mend the rows and give the whole file again"
)
SHEET: Final = message_in("sheet", "Sample").vi
FILE: Final = FileForm(SHEET, "", message("give the list as Parquet"))
KINDS: Final[dict[str, Kind]] = {"day": "day", "amount": "amount", "audited": "amount"}
DTYPES: Final = {"day": pl.Date(), "figure": pl.Int64(), "amount": pl.Int64()}
FIGURES: Final = ("amount", "audited")
FIGURE_MAX: Final = 1 << 62  # đồng: sums of a frame fit 64 bits
ONE_GROUP: Final = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
PROVINCE_DIGITS: Final = 2
WHOLE: Final = template("write whole {currency_own_name}, none below 0")


def read_table(
    path: Path,
    required: Sequence[str],
    allowed: Sequence[str],
    known: Collection[int] = (),
) -> TableFrame:
    """A file that has the required columns, and at most the allowed ones beside them: texts by
    column, figures Int64, `day` Date; no column that the file has not.

    Args: known: amounts that the file shows; 165.000 in the place of 165000 shows what its point is
        for, as figures of several groups do.
    Raises: RefusedTable (an IntakeError) with all that is wrong, each with its address.
    """
    if path.suffix not in SUFFIXES:
        names = ", ".join(SUFFIXES)
        raise refuse_file(
            str(path), message("a list is a file in {names}", names=names),
            message("save it as one of them"),
        )  # fmt: skip
    columns = {
        name: Column(
            name, partial(HEADS.__getitem__, name), KINDS.get(name, "text"), name in required
        )
        for name in (*required, *allowed)
    }
    findings = Findings()
    try:
        if path.suffix == ".parquet":
            return _of_parquet(path, columns)
        with rows_in(path, path.suffix[1:], FILE, findings) as rows:
            return _of_rows(path.name, rows, columns, known, findings)
    except OSError as error:
        fault = message("not readable ({error})", error=system_text(error))
        raise refuse_file(str(path), fault, GIVE_FILE) from error


def _of_rows(
    name: str,
    rows: Iterator[Row],
    columns: dict[str, Column],
    known: Collection[int],
    findings: Findings,
) -> TableFrame:
    table = Table(rows, Form(tuple(columns.values()), _form(columns)), findings)
    values = Values(findings, MEND)
    gathered: dict[str, list[Any]] = {}
    numbers: list[int] = []
    for record in table.records(table.form.columns):
        for column, cell in record.cells.items():
            value = _value(columns[column], cell, values, known)
            gathered.setdefault(column, []).append(value)
        numbers.append(record.number)
    values.settle()
    if findings.refusing or table.heads is None:
        raise refused(name, findings)
    heads = table.heads
    firsts = {table.named_by(cell): cell.at for cell in heads.cells if cell.text}
    schema = {column: DTYPES.get(columns[column].kind, pl.String()) for column in firsts}
    return TableFrame(
        pl.DataFrame(gathered, schema=schema),
        lambda row, column: _moved(firsts[column], heads.number, numbers[row]),
        name,
        MEND,
    )


def _form(columns: dict[str, Column]) -> Text:
    vi = ", ".join(f"{name} ({column.head.vi})" for name, column in columns.items())
    return message("the form has {named}", named=Text(vi, ", ".join(columns)))


def _value(column: Column, cell: Cell, values: Values, known: Collection[int]) -> Any:
    if not values.is_plain(cell, column.kind):
        return None
    if column.kind == "day":
        return values.day(cell, column) if cell.text else None
    if column.kind == "text":
        return cell.text.zfill(PROVINCE_DIGITS) if _is_bare_province(column, cell) else cell.text
    if column.name == "amount" and ONE_GROUP.fullmatch(cell.text):
        sign = "." if "." in cell.text else ","
        if int(cell.text.replace(sign, "")) in known:
            values.figures.shown.setdefault(sign, cell.at)
    value = values.figure(cell, column)
    if value is not None and not 0 <= value <= FIGURE_MAX:
        name = Text(column.head.vi, column.name)
        fault = message("{name} is too large", name=name)
        if value < 0:
            fault = message("{name} is below 0", name=name)
        values.findings.add("number", cell.at, fault, WHOLE())
        return None
    return value


def _is_bare_province(column: Column, cell: Cell) -> bool:
    """Did a spreadsheet take the zero of a code away?"""
    return column.name == "home_province" and cell.text.isascii() and cell.text.isdigit()


def _moved(address: str, row: int, to: int) -> str:
    """The address of a cell in another row: `Mẫu!C1` or `1:3`."""
    if address.startswith(f"{row}:"):
        return f"{to}:{address.partition(':')[2]}"
    return address.removesuffix(str(row)) + str(to)


def _of_parquet(path: Path, columns: dict[str, Column]) -> TableFrame:
    """Decoded whole by the process apart before it is decoded here."""
    request = {"form": PARQUET, "path": str(path.absolute()), "size": path.stat().st_size}
    try:
        schema = dict(list(DECODERS.ask({**request, "what": "outline"}).schema.items())[1:])
        if schema:
            DECODERS.ask({**request, "what": "whole", "names": list(schema)})
    except Fault as fault:
        text = message("not readable as Parquet ({fault})", fault=fault)
        raise refuse_file(path.name, text, MEND) from fault
    spelling = {name.strip().lower(): name for name in schema}
    faults = [
        message("no column {name}", name=repr(name))
        for name, column in columns.items()
        if column.is_required and name not in spelling
    ]
    faults += [
        message("a column {name}", name=repr(name)) for name in spelling if name not in columns
    ]
    for name, spelt in spelling.items():
        kind = schema[spelt]
        is_fit = kind.is_integer() if name in FIGURES else kind in (pl.String, pl.Null)
        if name == "day":
            is_fit = kind in (pl.Date, pl.String, pl.Null)
        if name in columns and not is_fit:
            faults.append(message("{name} is {kind}", name=name, kind=kind))
    if faults:
        misfit = message_in("columns that do not fit", "{faults}", faults=joined("; ", faults))
        mend = message("the form has {columns}", columns=", ".join(columns))
        raise refuse_file(path.name, misfit, mend)
    rows = pl.read_parquet(path, glob=False, hive_partitioning=False)
    rows = rows.rename({spelt: name for name, spelt in spelling.items()})
    table = TableFrame(rows, cell_at, path.name, MEND)
    for name in (name for name in FIGURES if name in rows.columns):
        empty = message("{name} is empty", name=name)
        table.refuse(pl.col(name).is_null(), name, empty, WHOLE())
        table.refuse(pl.col(name) < 0, name, message("{name} is below 0", name=name), WHOLE())
        over = message("{name} is too large", name=name)
        table.refuse(pl.col(name) > FIGURE_MAX, name, over, WHOLE())
    return table._replace(rows=_typed(table))


def _typed(table: TableFrame) -> pl.DataFrame:
    rows = table.rows
    texts = [name for name in rows.columns if name not in (*FIGURES, "day")]
    rows = rows.with_columns(
        *(pl.col(name).cast(pl.String).str.strip_chars().fill_null("") for name in texts),
        *(pl.col(name).cast(pl.Int64) for name in FIGURES if name in rows.columns),
    )
    if "day" not in rows.columns or rows.schema["day"] == pl.Date:
        return rows
    days = pl.col("day").cast(pl.String).replace("", None)
    read = days.str.to_date("%Y-%m-%d", strict=False)
    fault = message("it is no day, as 2021-08-05")
    table.refuse(days.is_not_null() & read.is_null(), "day", fault)
    return rows.with_columns(day=read)
