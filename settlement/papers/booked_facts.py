"""Template data of a booked month: own usage, what was adjusted into it, and the whole.

Texts in one language, as in facts.py.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from doisoat.messages.text import Text, filled, message
from doisoat.settlement.figures.period import Period
from doisoat.settlement.papers.figures import Figures
from doisoat.settlement.records.booked_statement import VALUES, BookedParts, Booking
from doisoat.settlement.report.content import Content, MeasureLine, measure_lines
from doisoat.settlement.report.report_text import CAUSES, NATURES, OF_BOOKED, UNIT_NAMES
from doisoat.settlement.runs.adjustment_records import OF_STATEMENT


def booked_facts(content: Content, booked: BookedParts, say: Figures) -> dict[str, Any]:
    """Rows of the table of the whole, and each adjustment by cause and by line."""
    own_usage, moved, whole = booked.own_usage, booked.moved, booked.whole
    return {
        "rows": [
            {
                "item": say.text(filled(label)),
                "unit": say.text(UNIT_NAMES[unit]),
                "own": _figure(name, own_usage[name], say),
                "moved": _figure(name, moved[name], say),
                "whole": _figure(name, whole[name], say),
                "is_key": name == "payable",
            }
            for name, (label, unit) in OF_BOOKED.items()
        ],
        "whole": {name: _figure(name, whole[name], say) for name in OF_STATEMENT},
        "moved": {name: _figure(name, moved[name], say) for name in OF_STATEMENT},
        "count": say.whole(len(booked.bookings)),
        "adjustments": [
            _adjustment(content, booked, booking, say) for booking in booked.bookings
        ],
    }  # fmt: skip


def _adjustment(
    content: Content, booked: BookedParts, booking: Booking, say: Figures
) -> dict[str, Any]:
    name, manifest = booking.adjustment.id, booking.adjustment.manifest
    of_adjustment = pl.col("adjustment") == name
    causes = booked.causes.filter(of_adjustment)
    lines = booked.lines.filter(of_adjustment)
    total = {column: sum(causes[column].to_list()) for column in ("changed", *VALUES)}
    return {
        "id": name,
        "month": f"{Period.of(manifest['of']).begin:%m/%Y}",
        "before": manifest["before"],
        "after": manifest["after"],
        "entry": say.whole(booking.entry),
        "causes": [
            {"cause": say.text(CAUSES[row["cause"]]), **_figures(row, say)}
            for row in causes.iter_rows(named=True)
        ],
        "total": _figures(total, say),
        "lines": [
            entry
            for line in in_order(measure_lines(lines, content.package, content.carrier_id))
            for entry in _line(line, booked.line_causes.filter(of_adjustment), say)
        ],
    }


def _figure(name: str, figure: int, say: Figures) -> str:
    """A column of a statement: an amount, or how many events."""
    is_amount = name in OF_BOOKED and OF_BOOKED[name][1] == "dong"
    return say.money(figure) if is_amount or name in VALUES else say.whole(figure)


def _figures(row: Mapping[str, int], say: Figures) -> dict[str, str]:
    return {name: _figure(name, row[name], say) for name in ("changed", *VALUES)}


def in_order(lines: tuple[MeasureLine, ...]) -> list[MeasureLine]:
    """By nature as in NATURES, then by measure."""
    order = list(NATURES)
    return sorted(lines, key=lambda line: (order.index(line.nature), line.measure))


def _line(line: MeasureLine, causes: pl.DataFrame, say: Figures) -> Iterator[dict[str, Any]]:
    """The line, then its parts by cause where there are several. VAT is of the whole line alone:
    it is that of the statement's line after − before."""
    of_line = (pl.col("measure") == line.measure) & (pl.col("nature") == line.nature)
    rows = causes.filter(of_line).rows(named=True)
    cause_names = [say.text(CAUSES[row["cause"]]) for row in rows]
    whole = say.text(message("all causes"))
    yield {
        "measure": line.measure,
        "title": say.text(Text(line.title, line.title_en)),
        "nature": say.text(NATURES[line.nature]),
        "cause": cause_names[0] if len(cause_names) == 1 else whole,
        "is_part": False,
        **_amounts(line.kind, line.events, line.units, line.amount, say),
        "vat": None if line.vat is None else say.money(line.vat),
        "net": None if line.vat is None else say.money(line.amount - line.vat),
    }
    for row, cause in zip(rows, cause_names, strict=True) if len(rows) > 1 else ():
        yield {
            "measure": "", "title": "", "nature": "", "cause": cause, "is_part": True,
            **_amounts(line.kind, row["events"], row["units"], row["amount"], say),
            "vat": None, "net": None,
        }  # fmt: skip


def _amounts(kind: str, events: int, units: int, amount: int, say: Figures) -> dict[str, str]:
    quantity, unit = say.quantity(kind, units)
    return {
        "events": say.whole(events), "quantity": f"{quantity} {unit}", "amount": say.money(amount)
    }  # fmt: skip
