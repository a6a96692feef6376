"""A carrier's list or a filled-in form as a table, read as claims are: CSV parted by , ; or tab,
XLSX, Parquet. Every fault has its address, and is told in both languages."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import polars as pl

from doisoat.engine.intake.forms.decoder import PARQUET
from doisoat.engine.intake.forms.trial_decoding import DECODERS, Fault
from doisoat.messages.text import Text, joined, message
from doisoat.settlement.claims import delimited_rows as delimited
from doisoat.settlement.claims.claim_rows import PASTE_VALUES
from doisoat.settlement.claims.form import folded, named
from doisoat.settlement.claims.grouped_findings import refused
from doisoat.settlement.claims.row_keys import day_of
from doisoat.settlement.claims.whole_figures import Figures
from doisoat.settlement.claims.workbook import workbook
from doisoat.settlement.claims.workbook.archive import Archive
from doisoat.settlement.claims.workbook.file_cells import DAY, Cell, Row, Shown
from doisoat.settlement.records.claim_finding import Findings, refuse_file
from doisoat.settlement.sampling.words import HEADS

SUFFIXES: Final = (".csv", ".xlsx", ".parquet")
FIGURES: Final = ("amount", "audited")
NAMED_HEADS: Final = named(HEADS)
FIGURE_MAX: Final = 1 << 62  # đồng: sums of a frame fit 64 bits
ONE_GROUP: Final = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
PROVINCE_DIGITS: Final = 2
SHOWN: Final = 40  # characters of a text that a message shows
FAULTS_SHOWN: Final = 20  # rows of one fault that are told one by one
MEND: Final = message(
    "docs/sampling.md shows the form; mend the rows and give the whole file again"
)
AS_SHOWN: Final = message("format amounts as whole numbers, days as dd/mm/yyyy")
WHOLE: Final = message("write whole đồng, none below 0")


class ReadTable(NamedTuple):
    """rows: texts by column, figures Int64, `day` Date; no column that the file has not. at: the
    address of a row, counted from 0, and column."""

    rows: pl.DataFrame
    at: Callable[[int, str], str]
    name: str

    def refuse(self, is_odd: pl.Expr, column: str, fault: Text, mend: Text = MEND) -> None:
        """RefusedClaim with the rows of which it is so, if any; null is not so."""
        faulty_rows = self.rows.select(is_odd.fill_null(False)).to_series().arg_true()
        if faulty_rows.is_empty():
            return
        findings = Findings()
        for row in faulty_rows[:FAULTS_SHOWN]:
            findings.add("row", self.at(row, column), fault, mend)
        findings.add_more("row", faulty_rows.len() - min(faulty_rows.len(), FAULTS_SHOWN))
        raise refused(self.name, findings)


def read_table(
    path: Path,
    required: Sequence[str],
    allowed: Sequence[str],
    known: Collection[int] = (),
) -> ReadTable:
    """A file that has the required columns, and at most the allowed ones beside them.

    Args: known: amounts that the file shows; 165.000 in the place of 165000 shows what its point is
        for, as figures of several groups do.
    Raises: RefusedClaim (an IntakeError) with all that is wrong, each with its address.
    """
    if path.suffix not in SUFFIXES:
        names = ", ".join(SUFFIXES)
        raise refuse_file(
            str(path), message("a list is a file in {names}", names=names),
            message("save it as one of them"),
        )  # fmt: skip
    columns = *required, *(name for name in allowed if name not in required)
    try:
        if path.suffix == ".parquet":
            return _of_parquet(path, required, columns)
        findings = Findings()
        if path.suffix == ".csv":
            rows = delimited.rows_of(path, path.name)
            return _Reader(path.name, findings, required, columns, known).read(rows)
        with Archive(path, path.name) as archive:
            rows = workbook.rows_of(archive, findings)
            return _Reader(path.name, findings, required, columns, known).read(rows)
    except OSError as error:
        raise refuse_file(
            str(path),
            message("not readable ({error})", error=error.strerror),
            message("give the path of the file"),
        ) from error  # fmt: skip


class _Reader:
    """Gathers the rows of one file."""

    def __init__(
        self,
        name: str,
        findings: Findings,
        required: Sequence[str],
        columns: Sequence[str],
        known: Collection[int],
    ) -> None:
        self.name, self.findings, self.known = name, findings, known
        self.required, self.columns = required, columns
        self.figures = Figures(findings)

    def read(self, rows: Iterator[Row]) -> ReadTable:
        heads = next(rows, None)
        places = self._places(heads)
        gathered: dict[str, list[Any]] = {name: [] for name in places}
        numbers: list[int] = []
        for row in rows:
            self._refuse_extra(row, places)
            for name, place in places.items():
                gathered[name].append(self._value(name, row.cell(place)))
            numbers.append(row.number)
        self.figures.settle()
        if self.findings.refusing:
            raise refused(self.name, self.findings)
        assert heads is not None
        firsts = {name: heads.at(place) for name, place in places.items()}
        kinds = {name: _dtype(name) for name in places}
        return ReadTable(
            pl.DataFrame(gathered, schema=kinds),
            lambda row, column: _moved(firsts[column], heads.number, numbers[row]),
            self.name,
        )

    def _places(self, heads: Row | None) -> dict[str, int]:
        """The place of each column. Raises: RefusedClaim for heads that are not of the form."""
        places: dict[str, int] = {}
        for place, cell in enumerate(heads.cells if heads is not None else ()):
            name = NAMED_HEADS.get(folded(cell.text), "")
            if cell.text and name not in self.columns:
                shown = repr(cell.text[:SHOWN])
                self.findings.add(
                    "column", cell.at, message("a column {shown}", shown=shown), self._form()
                )
            elif name in places:
                self.findings.add(
                    "column", cell.at, Text(f"cột {name} có hai lần", f"a second column {name!r}"),
                    self._form(),
                )  # fmt: skip
            elif name:
                places[name] = place
        at = heads.at(len(heads.cells)) if heads is not None else "1"
        for name in self.required:
            if name not in places:
                fault = message("no column {name}", name=repr(name))
                self.findings.add("missing", at, fault, self._form())
        if self.findings.refusing:
            raise refused(self.name, self.findings)
        return places

    def _form(self) -> Text:
        vi = ", ".join(f"{name} ({HEADS[name].vi})" for name in self.columns)
        return Text(f"mẫu có các cột {vi}", f"the form has {', '.join(self.columns)}")

    def _refuse_extra(self, row: Row, places: dict[str, int]) -> None:
        known = set(places.values())
        for place, cell in enumerate(row.cells):
            if place not in known and (cell.text or cell.other_kind):
                fault = message("it stands under no head")
                self.findings.add("column", cell.at, fault, MEND)

    def _value(self, name: str, cell: Cell) -> Any:
        fault = _fault(name, cell)
        if fault is not None:
            self.findings.add(fault.kind, cell.at, fault.what, fault.mend)
            return None
        if name in FIGURES:
            return self._figure(name, cell)
        if name == "day":
            return self._day(cell)
        return cell.text.zfill(PROVINCE_DIGITS) if _is_bare_province(name, cell) else cell.text

    def _figure(self, name: str, cell: Cell) -> int | None:
        if not cell.text:
            fault = Text(f"{HEADS[name].vi}: ô trống", f"{name} is empty")
            self.findings.add("missing", cell.at, fault, WHOLE)
            return None
        if name == "amount" and ONE_GROUP.fullmatch(cell.text):
            sign = "." if "." in cell.text else ","
            if int(cell.text.replace(sign, "")) in self.known:
                self.figures.shown.setdefault(sign, cell.at)
        read = self.figures.of_number if cell.is_number else self.figures.of_text
        value = read(cell.text, cell.at)
        if value is not None and value < 0:
            fault = Text(f"{HEADS[name].vi} âm", f"{name} is below 0")
            self.findings.add("number", cell.at, fault, WHOLE)
        if value is not None and value > FIGURE_MAX:
            fault = Text(f"{HEADS[name].vi} quá lớn", f"{name} is too large")
            self.findings.add("number", cell.at, fault, WHOLE)
            return None
        return value

    def _day(self, cell: Cell) -> Any:
        day = day_of(cell) if cell.text else None
        if cell.text and day is None:
            shown = repr(cell.text[:SHOWN])
            self.findings.add(
                "day", cell.at, message("{shown} is no day", shown=shown),
                message("write it as 2021-08-05"),
            )  # fmt: skip
        return day


def _fault(name: str, cell: Cell) -> Shown | None:
    """What keeps a cell from holding just what it shows."""
    if cell.formula is not None:
        shown = repr(cell.formula[:SHOWN])
        fault = message("a formula, {shown}", shown=shown)
        return Shown("formula", fault, PASTE_VALUES)
    if cell.other_kind:
        vi = f"không phải văn bản hay số nguyên ({cell.other_kind})"
        return Shown("cell", Text(vi, f"neither text nor a whole number ({cell.other_kind})"), MEND)
    if cell.shown is not None:
        return cell.shown
    if cell.is_number and (cell.shown_as != (DAY if name == "day" else "")):
        fault = message("{cell} is shown otherwise", cell=cell.text[:SHOWN])
        return Shown("format", fault, AS_SHOWN)
    return None


def _is_bare_province(name: str, cell: Cell) -> bool:
    """Did a spreadsheet take the zero of a code away?"""
    return name == "home_province" and cell.text.isascii() and cell.text.isdigit()


def _dtype(name: str) -> pl.DataType:
    if name == "day":
        return pl.Date()
    return pl.Int64() if name in FIGURES else pl.String()


def _moved(address: str, row: int, to: int) -> str:
    """The address of a cell in another row: `Mẫu!C1` or `1:3`."""
    if address.startswith(f"{row}:"):
        return f"{to}:{address.partition(':')[2]}"
    return address.removesuffix(str(row)) + str(to)


def _of_parquet(path: Path, required: Sequence[str], columns: Sequence[str]) -> ReadTable:
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
        message("no column {name}", name=repr(name)) for name in required if name not in spelling
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
        vi, en = joined("; ", faults).pair
        mend = message("the form has {columns}", columns=", ".join(columns))
        raise refuse_file(path.name, Text(f"các cột không đúng mẫu: {vi}", en), mend)
    rows = pl.read_parquet(path, glob=False, hive_partitioning=False)
    rows = rows.rename({spelt: name for name, spelt in spelling.items()})
    table = ReadTable(rows, lambda row, column: f"row {row + 1}, {column}", path.name)
    for name in (name for name in FIGURES if name in rows.columns):
        empty = message("{name} is empty", name=name)
        table.refuse(pl.col(name).is_null(), name, empty, WHOLE)
        table.refuse(pl.col(name) < 0, name, message("{name} is below 0", name=name), WHOLE)
        over = message("{name} is too large", name=name)
        table.refuse(pl.col(name) > FIGURE_MAX, name, over, WHOLE)
    return ReadTable(_typed(table), table.at, table.name)


def _typed(table: ReadTable) -> pl.DataFrame:
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
