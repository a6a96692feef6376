"""The figures of a carrier's papers for machines: JSON by a schema, CSV of the lines, Parquet.

An amount is text in JSON, since readers of JSON lose digits past 2^53; so is a count of units.
"""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from doisoat.engine.tables.csv_writer import csv_text
from doisoat.settlement.figures.row_files import PARQUET
from doisoat.settlement.interconnect.paper_facts import Interconnection
from doisoat.settlement.papers.issue import Issue
from doisoat.settlement.papers.run_reader import Source
from doisoat.settlement.report.interconnect_adjusted import Adjusted

SCHEMA = Path(__file__).parent / "schema" / "statement.schema.json"
FORMAT_VERSION = 1
# Columns that count, so that they are numbers in JSON; all other whole numbers are text.
COUNTED = {"events", "rated", "suspended", "forbearances", "refunds", "overcharged"}
PRICES = {
    **dict.fromkeys(("payer", "payee", "price", "per"), pl.String()),
    **dict.fromkeys(("first_day", "last_day"), pl.Date()),
    **dict.fromkeys(("calls", "ms", "waived_ms", "amount"), pl.Int64()),
}
CSV_COLUMNS = (
    "period", "carrier", "programme", "measure", "title", "title_en", "nature", "reading",
    "events", "units", "kind", "amount", "vat",
)  # fmt: skip


def statement_json(source: Source, issue: Issue) -> bytes:
    """The statement with its lines and programmes as one JSON object, by our schema."""
    content = source.content
    statement = {
        "format": "doisoat.statement",
        "format_version": FORMAT_VERSION,
        "synthetic": content.is_synthetic,
        "issue": issue.as_object(),
        "run": {
            "id": content.run,
            "digest": content.digest,
            "manifest_sha256": source.manifest_sha256,
            "catalogue": content.catalogue.id,
            "catalogue_digest": content.catalogue_digest,
            **content.catalogue.named_overlays,
            "package": content.package.id,
            "package_digest": content.package_digest,
        },
        "carrier": {
            "id": content.carrier_id,
            "name": content.carrier_name,
            "name_en": content.carrier_name_en,
        },
        "period": content.period.name,
        "currency": content.catalogue.currency.code,
        "readings": dict(content.readings),
        "statement": _object(content.totals),
        "lines": [_object(row) for row in source.lines.iter_rows(named=True)],
        "programmes": [_object(row) for row in source.programmes.iter_rows(named=True)],
        "booked": {
            "whole": _texts(source.booked.whole),
            **{
                name: [_texts(row) for row in frame.iter_rows(named=True)]
                for name, frame in booked_tables(source).items()
            },
        },
        "without_package": None
        if source.without is None
        else {**_texts(source.without._asdict()), "forgone_revenue": str(source.without.forgone)},
        "interconnect": _interconnect(source.interconnection),
        "interconnect_adjusted": [_adjusted(adjusted) for adjusted in source.interconnect_adjusted],
        "balances": [
            {"name": balance.name, "left": str(balance.left), "right": str(balance.right)}
            for balance in source.balances
        ],
        "suspense": [{"reason": reason, "events": count} for reason, count in content.suspense],
        "by_day": [{"day": day.isoformat(), **_object(sums)} for day, sums in content.by_day],
        "by_province": [
            {"province": code, **_object(sums)} for code, _, sums in content.by_province
        ],
    }
    return (json.dumps(statement, ensure_ascii=False, indent=1) + "\n").encode()


def _object(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with its amounts and units as text; dates as ISO says."""
    return {
        name: str(value)
        if type(value) is int and name not in COUNTED
        else value.isoformat()
        if hasattr(value, "isoformat")
        else value
        for name, value in row.items()
    }


def _texts(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of differences: counts may be below 0, so all whole numbers are text."""
    return {name: str(value) if type(value) is int else value for name, value in row.items()}


def _interconnect(interconnection: Interconnection | None) -> dict[str, Any] | None:
    """Pairs from the carrier's side, its prices, and what has none. Counts are text, too."""
    if interconnection is None:
        return None
    return {
        "entry": interconnection.entry,
        "rounding": interconnection.rounding,
        "basis": "excl_vat",
        "pairs": [
            {
                "counterparty": pair.id,
                **_texts({"owes": pair.owes, "owed": pair.owed, "net": pair.net}),
            }
            for pair in interconnection.counterparties
        ],
        "prices": [
            _object(row._asdict()) for row in (*interconnection.owes, *interconnection.owed)
        ],
        "calls": _texts(interconnection.own_counts),
        "calls_of_all": _texts(interconnection.all),
    }


def _adjusted(adjusted: Adjusted) -> dict[str, Any]:
    """After − before, by counterparty; null where a run is not recorded, or by another rounding."""
    sides = zip(("before", "after"), adjusted.runs, adjusted.entries, strict=True)
    return {
        "adjustment": adjusted.adjustment,
        "usage_period": adjusted.month,
        "basis": "excl_vat",
        **{side: {"run": run, "entry": entry} for side, run, entry in sides},
        "differences": [
            {
                "counterparty": row.id,
                **_texts({"owes": row.owes, "owed": row.owed, "net": row.net}),
            }
            for row in adjusted.differences
        ]
        if adjusted.is_known
        else None,
    }


def booked_tables(source: Source) -> dict[str, pl.DataFrame]:
    """What the month's statement comes to, by table: parts, causes, lines, lines by cause."""
    booked = source.booked
    return {
        "parts": booked.parts,
        "causes": booked.causes,
        "lines": booked.lines,
        "line_causes": booked.line_causes,
    }


def lines_csv(source: Source) -> str:
    """The lines of the statement, RFC 4180; with the mark by which spreadsheets know UTF-8."""
    content = source.content
    by_measure = {(line.measure, line.nature): line for line in content.lines}
    rows = [list[Any](CSV_COLUMNS)]
    for row in source.lines.iter_rows(named=True):
        line = by_measure[row["measure"], row["nature"]]
        about = {"title": line.title, "title_en": line.title_en, "kind": line.kind}
        full = {**row, **about, "reading": line.reading}
        rows.append([full[name] for name in CSV_COLUMNS])
    return csv_text(rows, line_end="\r\n")


def parquets(source: Source) -> dict[str, bytes]:
    """The run's own rows of this carrier, and what was booked into its month, by table."""
    frames = {
        "statement": source.statement,
        "lines": source.lines,
        "programmes": source.programmes,
        **{f"booked_{name}": frame for name, frame in booked_tables(source).items()},
    }
    if source.interconnection is not None:  # an empty table would say that nothing is owed
        frames["interconnect"] = _prices(source.interconnection)
    return {name: _parquet(frame) for name, frame in frames.items()}


def _prices(interconnection: Interconnection) -> pl.DataFrame:
    """What the carrier owes, then what it is owed, by counterparty and price."""
    return pl.DataFrame([*interconnection.owes, *interconnection.owed], PRICES, orient="row")


def _parquet(frame: pl.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.write_parquet(out, **PARQUET)
    return out.getvalue()
