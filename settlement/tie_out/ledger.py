"""A carrier's ledger of a month, read strictly: what was billed by day and service, in whole đồng.

The form is that of the template, as XLSX or as CSV: three lines that name carrier, period and
unit, a head, then a row a day and service. Whatever is not as the form says is refused with its
address; nothing is skipped, and nothing is guessed.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from doisoat.errors import IntakeError
from doisoat.messages.text import Text, message
from doisoat.settlement.figures.period import Period
from doisoat.settlement.tie_out.amounts import UNIT_SAID, unit_of
from doisoat.settlement.tie_out.form import HEADS, PREAMBLE, TEMPLATE, Fault, place_of, refuse
from doisoat.settlement.tie_out.ledger_rows import Line, lines_of
from doisoat.settlement.tie_out.sheet_cells import Cell, Row, read_rows


class Ledger(NamedTuple):
    """A ledger of one carrier and month."""

    name: str
    sha256: str
    carrier: str
    period: str
    unit: str
    lines: tuple[Line, ...]

    def billed(self) -> dict[tuple[date, str], int]:
        """What was billed, in đồng, by day and kind."""
        sums: dict[tuple[date, str], int] = {}
        for line in self.lines:
            key = line.day, line.kind
            sums[key] = sums.get(key, 0) + line.amount
        return sums


def read_ledger(
    path: Path, period: Period, carrier: str, services: Mapping[str, str] | None = None
) -> Ledger:
    """Read a ledger.

    Args: services: the carrier's own names of services, and the kind of each.
    Raises: IntakeError with the address of whatever is not as the form says.
    """
    content, rows = read_rows(path)
    faults: list[Fault] = []
    preamble, columns, body = _form(rows, path)
    unit = _preamble(preamble, period, carrier, faults)
    for row in rows:
        for column, cell in enumerate(row.cells):
            if cell.formula is not None and column != columns.get("note"):
                faults.append(
                    Fault(
                        row.number, column,
                        message("a formula stands here: {formula}", formula=cell.formula[:40]),
                        message("paste values in its place: what a formula shows is not in"
" the file"),
                    )
                )  # fmt: skip
    refuse(faults, path)
    assert unit is not None
    lines = lines_of(body, columns, period, unit, services or {}, path)
    return Ledger(path.name, hashlib.sha256(content).hexdigest(), carrier, period.name, unit, lines)


def _same(text: str, names: Sequence[str]) -> bool:
    """Is a label one of these, in either language or both? Case and spacing mean nothing."""
    parts = [" ".join(part.casefold().split()) for part in text.split("|")]
    known = [name.casefold() for name in names]
    return all(part in known for part in parts)


def _form(
    rows: Sequence[Row], path: Path
) -> tuple[dict[str, tuple[Row, Cell]], dict[str, int], list[Row]]:
    """What the preamble says, the column of each head, and the rows below."""
    preamble: dict[str, tuple[Row, Cell]] = {}
    for at, row in enumerate(rows):
        columns: dict[str, int] = {}
        for name, labels in HEADS.items():
            places = [n for n, cell in enumerate(row.cells) if _same(cell.text, labels)]
            if len(places) > 1:
                raise IntakeError(
                    message("the head {labels} stands twice", labels=Text(labels[0], labels[1])),
                    place_of(path, row.number, places[1]),
                    message("leave one of the two columns out"),
                )
            if places:
                columns[name] = places[0]
        if {"day", "service"} <= columns.keys():
            _refuse_heads(columns, row, path)
            return preamble, columns, list(rows[at + 1 :])
        for name, labels in PREAMBLE.items():
            if _same(row.cell(0).text, labels):
                preamble[name] = row, row.cell(1)
    vi, en = (", ".join(half) for half in zip(*HEADS.values(), strict=True))
    raise IntakeError(
        message("no row is the head of a ledger ({text})", text=Text(vi, en)),
        str(path),
        TEMPLATE,
    )


def _refuse_heads(columns: Mapping[str, int], row: Row, path: Path) -> None:
    if "amount" not in columns:
        vi, en = HEADS["amount"]
        raise IntakeError(
            message("no column is headed {text}", text=Text(vi, en)),
            place_of(path, row.number, 0),
            message("give amounts with VAT under that head, in the unit that the third line says"),
        )
    for column, cell in enumerate(row.cells):
        if cell.text and column not in columns.values():
            raise IntakeError(
                message(
                    "a column is headed {cell}, which the form does not have", cell=repr(cell.text)
                ),
                place_of(path, row.number, column),
                message(
                    "leave it out, or put its text under {note}",
                    note=Text(HEADS["note"][0], HEADS["note"][1]),
                ),
            )


def _preamble(
    preamble: Mapping[str, tuple[Row, Cell]], period: Period, carrier: str, faults: list[Fault]
) -> str | None:
    unit: str | None = None
    for name, (vi, en) in PREAMBLE.items():
        if name not in preamble or not preamble[name][1].text:
            row = preamble[name][0].number if name in preamble else 1
            faults.append(
                Fault(
                    row, 1, Text(f"không chỗ nào ghi {vi}", f"nothing says {en}"),
                    message("{template}: its first lines say it", template=TEMPLATE),
                )
            )  # fmt: skip
            continue
        row, text = preamble[name][0].number, preamble[name][1].text
        if name == "carrier" and text.casefold() != carrier.casefold():
            faults.append(
                Fault(
                    row, 1, _not_of(text, carrier),
                    message("give that carrier's ledger, or its id with --carrier"),
                )
            )  # fmt: skip
        elif name == "period" and _period_of(text) != period.name:
            faults.append(
                Fault(
                    row, 1, _not_of(text, period.name),
                    message("give the ledger of that month, or name its month"),
                )
            )  # fmt: skip
        elif name == "unit":
            unit = unit_of(text)
            if unit is None:
                known = ", ".join(UNIT_SAID.values())
                faults.append(
                    Fault(
                        row, 1,
                        message("{text} is no unit of money here", text=repr(text)),
                        message("write one of {known}", known=known),
                    )
                )  # fmt: skip
    return unit


def _not_of(stated: str, wanted: str) -> Text:
    return message("the ledger is of {stated}, not of {wanted}", stated=stated, wanted=wanted)


def _period_of(text: str) -> str | None:
    for form in (r"(?P<y>\d{4})-(?P<m>\d{1,2})", r"(?P<m>\d{1,2})/(?P<y>\d{4})"):
        if match := re.fullmatch(form, text, re.ASCII):
            return f"{match['y']}-{int(match['m']):02d}"
    return None
