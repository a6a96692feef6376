"""Claims of lines as Parquet: as many as a nation has, never in memory at once.

The columns of LINE, or event_id and owner_id as UUIDs (text, or DuckDB's own) and start_at as a
timestamp of civil time. The file is decoded by a process apart before it is decoded here.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import polars as pl

from doisoat.currency import CURRENCY
from doisoat.engine.intake.forms.compressed import unpacks_too_far
from doisoat.engine.intake.forms.decoder import PARQUET
from doisoat.engine.intake.forms.trial_decoding import DECODERS, Fault
from doisoat.engine.tables.cells import Cell
from doisoat.engine.tables.findings import Findings, refuse_file
from doisoat.engine.tables.table import FAULTS_SHOWN, RowFault, check_rows
from doisoat.messages.text import message
from doisoat.settlement.claims.claim_row import Expected
from doisoat.settlement.claims.claim_rows import ROW
from doisoat.settlement.claims.form import (
    HEADS,
    NOT_BELOW,
    ONE_CARRIER,
    PREAMBLE,
    THIS_MONTH,
)
from doisoat.settlement.claims.limits import (
    CHECK_UNIT,
    KIND,
    beyond,
    sizes_of,
    sum_too_large,
    too_large,
)
from doisoat.settlement.claims.vocabulary import Vocabulary
from doisoat.settlement.figures.period import Period
from doisoat.settlement.records.claim_model import COLUMN_MAX, LINE, Declared

FIGURE_BYTES: Final = 8
DUPLICATES_ROWS_MAX: Final = 5_000_000  # of more, what comes twice is found where lines are sorted
KEY: Final = ("event_hi", "event_lo", "measure", "nature")
TEXTS: Final = ("home_province", "measure", "nature")
FIGURES: Final = ("units", "amount")
AS_LINES: Final = message(
    "write the columns event_id, owner_id (UUIDs), start_at, home_province, measure,"
    " nature, units, amount"
)
SEPARATOR: Final = "\x1f"


def row_at(number: int) -> str:
    """The address of a row of Parquet, from 1."""
    return f"row {number}"


class Lines:
    """A Parquet file of lines, decoded whole once, apart."""

    def __init__(self, path: Path, name: str, findings: Findings) -> None:
        self.name, self.findings = name, findings
        request: dict[str, Any] = {
            "form": PARQUET, "path": str(path.absolute()), "size": path.stat().st_size
        }  # fmt: skip
        try:
            outline = DECODERS.ask({**request, "what": "outline"})
            self.schema = dict(list(outline.schema.items())[1:])
            self.rows = int(outline.item(0, 0))
            # At least so much of each figure and text; lines differ, if in their events alone.
            least = self.rows * len(self.schema) * FIGURE_BYTES
            if (excess := unpacks_too_far(least, request["size"])) is not None:
                raise refuse_file(name, excess, AS_LINES)
            if self.schema:
                DECODERS.ask({**request, "what": "whole", "names": list(self.schema)})
        except Fault as fault:
            text = message("not readable as Parquet ({fault})", fault=fault)
            raise refuse_file(name, text, AS_LINES) from fault
        self.scanned = pl.scan_parquet(path, glob=False, hive_partitioning=False)
        self.metadata = pl.read_parquet_metadata(path)

    def preamble(self, expected: Expected) -> Mapping[str, Cell]:
        """What the file's metadata say above its rows; of a form that has lines in one currency."""
        defaults = {
            "carrier": expected.carrier or "", "period": expected.period or "", "grain": "lines",
            "currency": CURRENCY.form.code,
        }  # fmt: skip
        return {
            name: Cell(self.metadata.get(name, defaults[name]), f"metadata {name}")
            for name in PREAMBLE
        }

    def lines(self) -> pl.LazyFrame | None:
        """LINE, of which what is not as it should be is null; None, with findings, for other
        columns."""
        before = self.findings.refusing
        columns = dict(self._columns())
        for name in self.schema:
            if name not in (*columns, "event_id", "owner_id", "start_at", "carrier"):
                self.findings.add(
                    "column", name,
                    message("the grain lines has no column {name}", name=repr(name[:40])), AS_LINES,
                )  # fmt: skip
        if self.findings.refusing > before:
            return None
        carrier = ["carrier"] if "carrier" in self.schema else []
        return self.scanned.select(
            *(columns[name].alias(name) for name in LINE),
            *(pl.col(name).cast(pl.String) for name in carrier),
        )

    def _columns(self) -> Iterator[tuple[str, pl.Expr]]:
        for subject in ("event", "owner"):
            yield from self._ids(subject)
        start, kind = self.schema.get("start_at"), self.schema.get("start_ms")
        if isinstance(start, pl.Datetime) and start.time_zone is None:
            yield "start_ms", pl.col("start_at").dt.cast_time_unit("ms").cast(pl.Int64)
        elif kind == pl.Int64:
            yield "start_ms", pl.col("start_ms")
        else:
            self._lacking("start_at", start or kind)
        for name in TEXTS:
            dtype = self.schema.get(name)
            if dtype == pl.String or isinstance(dtype, pl.Categorical | pl.Enum):
                yield name, pl.col(name).cast(pl.String)
            else:
                self._lacking(name, dtype)
        for name in FIGURES:
            dtype = self.schema.get(name)
            if dtype is not None and dtype.is_integer():
                yield name, pl.col(name).cast(pl.Int64, strict=False)
            else:
                self._lacking(name, dtype)

    def _ids(self, subject: str) -> Iterator[tuple[str, pl.Expr]]:
        halves, whole = (f"{subject}_hi", f"{subject}_lo"), f"{subject}_id"
        kind = self.schema.get(whole)
        if all(self.schema.get(name) == pl.UInt64 for name in halves):
            yield from ((name, pl.col(name)) for name in halves)
        elif kind == pl.String:
            digits = pl.col(whole).str.replace_all("-", "", literal=True)
            is_id = pl.col(whole).str.contains(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
            for place, name in enumerate(halves):
                half = digits.str.slice(16 * place, 16)
                number = half.str.to_integer(base=16, dtype=pl.UInt64, strict=False)
                yield name, pl.when(is_id).then(number)
        elif kind == pl.Binary:
            is_id = pl.col(whole).bin.size() == 16
            for place, name in enumerate(halves):
                half = pl.when(is_id).then(pl.col(whole).bin.slice(8 * place, 8))
                yield name, half.bin.reinterpret(dtype=pl.UInt64, endianness="big")
        else:
            self._lacking(whole, kind)

    def _lacking(self, name: str, kind: pl.DataType | None) -> None:
        if kind is None:
            fault = message("the column {name} is missing", name=name)
        else:
            fault = message("the column {name} is of the type {kind}", name=name, kind=kind)
        self.findings.add("missing" if kind is None else "column", name, fault, AS_LINES)


def check_lines(
    lines: pl.LazyFrame, declared: Declared, vocabulary: Vocabulary, findings: Findings
) -> None:
    """Hold every row of LINE (with carrier, where the file has it) to the form."""
    check_rows(lines, _faults(lines.collect_schema().names(), declared, vocabulary), findings)


def _faults(names: Sequence[str], declared: Declared, vocabulary: Vocabulary) -> list[RowFault]:
    period = Period.of(declared.period)
    pairs = [SEPARATOR.join(key) for key in vocabulary.reliefs_of(declared.carrier)]
    pair = pl.concat_str("measure", "nature", separator=SEPARATOR)
    provinces = ["", *vocabulary.provinces]
    known = ", ".join(pair.replace(SEPARATOR, " ") for pair in pairs)
    faults = [
        RowFault(
            "missing", name, pl.col(name).is_null(),
            message("{name} is missing, or none that is read", name=name),
            AS_LINES,
        )
        for name in LINE
    ]  # fmt: skip
    faults += [
        RowFault(
            "measure", "measure", ~pair.is_in(pairs),
            message("{carrier} has no such measure and nature", carrier=declared.carrier),
            message("write one of {known}", known=known),
        ),
        RowFault(
            "province", "home_province", ~pl.col("home_province").is_in(provinces),
            message("it is no province"),
            message("write its two digits, as in 01; empty where it is not known"),
        ),
        RowFault(
            "day", "start_at",
            ~pl.col("start_ms").is_between(period.begin_ms, period.end_ms, closed="left"),
            message("it lies outside {period}", period=declared.period),
            THIS_MONTH,
        ),
    ]  # fmt: skip
    if "carrier" in names:
        faults.append(
            RowFault(
                "carrier", "carrier", pl.col("carrier").ne_missing(pl.lit(declared.carrier)),
                message("a row not of {carrier}", carrier=declared.carrier),
                ONE_CARRIER,
            )
        )  # fmt: skip
    for name in FIGURES:
        below = message("{head} below 0", head=HEADS[name].mapped(str.casefold))
        faults.append(RowFault(KIND, name, beyond(name), too_large(name), CHECK_UNIT))
        faults.append(
            RowFault(
                "sign", name, pl.col(name) < 0,
                below,
                NOT_BELOW,
            )
        )  # fmt: skip
    return faults


def check_sizes(lines: pl.LazyFrame, findings: Findings) -> None:
    """Refuse lines whose columns add up to more than a claim may; none of them alone does."""
    for name, size in sizes_of(lines, FIGURES).items():
        if size > COLUMN_MAX[name]:
            findings.add(KIND, f"column {name}", sum_too_large(name), CHECK_UNIT)


def check_repeated(
    lines: pl.LazyFrame, rows: int, findings: Findings, at: Callable[[int], str] = row_at
) -> None:
    """Find lines of one event, measure and nature; of few enough to hold their keys.

    Args: lines: LINE with ROW, the number of each; at: the address of a number.
    """
    if rows > DUPLICATES_ROWS_MAX:
        return
    repeated = (
        lines.select(*KEY, ROW)
        .group_by(KEY)
        .agg(pl.col(ROW).sort(), pl.len().alias("count"))
        .filter(pl.col("count") > 1)
        .select(pl.col(ROW).list.first().alias("first"), pl.col(ROW).list.slice(1).alias("again"))
        .explode("again", empty_as_null=False, keep_nulls=False)
        .sort("again")
        .collect(engine="streaming")
    )
    for first, repeat in repeated.head(FAULTS_SHOWN).iter_rows():
        findings.add(
            "duplicate", at(repeat),
            message("this event, measure and nature stand at {first} already", first=at(first)),
            message("give each event, measure and nature one row"),
        )  # fmt: skip
    findings.add_more("duplicate", max(0, repeated.height - FAULTS_SHOWN))
