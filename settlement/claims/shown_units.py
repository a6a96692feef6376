"""Quantities as people read them beside the exact ones: minutes, GB, messages. No I/O.

The exact quantity is what a claim declares. The shown one is the same in the unit in which the
statement's workbook shows it, rounded; whoever edits one of the two and leaves the other is told.
"""

import re
from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple

from doisoat.engine.tables.cells import Cell
from doisoat.engine.tables.findings import Findings
from doisoat.engine.tables.form import folded, named
from doisoat.messages.text import Text, message
from doisoat.settlement.claims.form import UNIT_WORDS
from doisoat.settlement.report.report_text import UNITS

# What a claim's unit is counted in, as the workbook's table of units calls it.
KIND_OF_UNIT: Final = {"ms": "voice", "byte": "data", "message": "sms"}
PLACES, PLACES_OF_SMALL = 1, 3  # decimals; of what is less than the smallest unit
NUMBER: Final = re.compile(r"-?[0-9]{1,20}(?:[.,][0-9]{1,20})?")
STORED: Final = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,20})?(?:[eE][+-]?[0-9]{1,2})?")
STORED_PLACES: Final = 6  # of a workbook's number: beyond, it is the double's and not the writer's
SHOWN: Final = 40  # characters of a text that a message shows


class Quantity(NamedTuple):
    """A number in a unit."""

    number: Decimal
    unit: Text

    @property
    def text(self) -> Text:
        """As a message says it: with the decimal sign of each language."""
        vi, en = self.unit.pair
        number = f"{self.number:f}"
        return Text(f"{number.replace('.', ',')} {vi}", f"{number} {en}")


def sizes_of(unit: str) -> dict[str, tuple[Text, int]]:
    """The units that a quantity counted in `unit` may be shown in, the largest first: by their
    English name, the name and how many counted ones it holds. None of what is of several kinds, and
    none of events, which are counted as they are read."""
    known = UNITS[KIND_OF_UNIT[unit]] if unit in KIND_OF_UNIT else ()
    return {word.en: (word, size) for word, size in known}


def shown_of(unit: str, units: int) -> Quantity | None:
    """A quantity in the largest unit that it reaches; None where it has none to be shown in."""
    sizes = list(sizes_of(unit).values())
    if not sizes:
        return None
    fitting = next((entry for entry in sizes if entry[1] <= abs(units)), None)
    word, size = fitting or (sizes[-1] if units else sizes[0])
    return Quantity(_rounded(units, size), word)


def _rounded(units: int, size: int) -> Decimal:
    places = PLACES if abs(units) >= size else PLACES_OF_SMALL
    if size == 1 or not units:
        return Decimal(units)
    return Decimal(round(Fraction(units, size) * 10**places)).scaleb(-places)


def check_shown(
    shown: Cell, unit_cell: Cell, exact: Cell, units: int, unit: str, findings: Findings
) -> None:
    """Hold a shown quantity to the exact one; an empty one says nothing.

    Args: exact: the cell of the exact quantity, units, which is counted in `unit`.
    """
    if not shown.text:
        return
    sizes = sizes_of(unit)
    if not sizes:
        findings.add(
            "shown", shown.at, message("the exact quantity alone is given of such a measure"),
            message("empty this cell"),
        )  # fmt: skip
        return
    names = named({name: word for name, (word, _) in sizes.items()})
    name = names.get(folded(unit_cell.text))
    if name is None:
        known = ", ".join(word.vi for word, _ in sizes.values())
        listed = Text(known, ", ".join(sizes))
        findings.add(
            "shown", unit_cell.at,
            message("{cell} is no unit to show it in", cell=repr(unit_cell.text[:SHOWN])),
            message("write one of {listed}", listed=listed),
        )  # fmt: skip
        return
    number = _number(shown)
    if number is None:
        findings.add(
            "shown", shown.at,
            message("{cell} is no quantity", cell=repr(shown.text[:SHOWN])),
            message("write digits without groups, as in 12,5; or empty this cell"),
        )  # fmt: skip
        return
    word, size = sizes[name]
    right = Quantity(_rounded(units, size), word)
    if number != right.number:
        _refuse(Quantity(number, word), right, size, shown, exact, unit, findings)


def _refuse(
    said: Quantity, right: Quantity, size: int, shown: Cell, exact: Cell, unit: str,
    findings: Findings,
) -> None:  # fmt: skip
    meant = round(Fraction(said.number) * size)
    findings.add(
        "shown",
        shown.at,
        message(
            "it shows {said}, and the exact quantity at {at} is {exact} {unit}, which is {right}:"
            " one of them was changed without the other",
            said=said.text, at=exact.at, exact=exact.text, unit=UNIT_WORDS[unit],
            right=right.text,
        ),
        message(
            "if {at} is right, write {right} here or empty this cell; if this is right, write the"
            " exact quantity at {at}: {said} are {meant} {unit}",
            at=exact.at, right=right.text, said=said.text, meant=str(meant), unit=UNIT_WORDS[unit],
        ),
    )  # fmt: skip


def _number(cell: Cell) -> Decimal | None:
    if cell.is_number:
        stored = Decimal(cell.text) if STORED.fullmatch(cell.text) else None
        return stored if stored is None else round(stored, STORED_PLACES)
    return Decimal(cell.text.replace(",", ".")) if NUMBER.fullmatch(cell.text) else None
