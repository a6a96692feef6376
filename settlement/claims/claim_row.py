"""What a claim declares above its rows, held to what is expected of the file."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from doisoat.currency import CURRENCY
from doisoat.engine.tables.cells import Cell, day_of_serial
from doisoat.engine.tables.findings import Findings
from doisoat.engine.tables.form import Column, folded
from doisoat.engine.tables.table import Record, is_declared
from doisoat.messages.text import message
from doisoat.settlement.claims.form import FILL_IN, NAMED_GRAINS, PREAMBLE, currencies
from doisoat.settlement.claims.vocabulary import VocabularyOf
from doisoat.settlement.figures.period import Period
from doisoat.settlement.records.claim_model import GRAINS, Declared, Grain

SHOWN: Final = 40  # characters of a text that a message shows
MONTH: Final = re.compile(r"^(?:kỳ )?(?:tháng )?")
PERIOD_FORM: Final = message("write the period as 2021-08 or 08/2021, in a cell of text")


class Source(Protocol):
    """A claim's file, taken apart."""

    @property
    def preamble(self) -> Mapping[str, Cell]:
        """What is declared above its rows, by form.PREAMBLE."""

    def records(self, columns: Sequence[Column]) -> Iterator[Record]:
        """Its rows; what is wrong with its heads is added to the findings."""


class Expected(NamedTuple):
    """What whoever gives the file says of it; None: whatever the file says."""

    carrier: str | None = None
    period: str | None = None


def declared_in(
    preamble: Mapping[str, Cell],
    expected: Expected,
    vocabulary_of: VocabularyOf,
    findings: Findings,
) -> Declared | None:
    """What a claim declares itself to be, held to what is expected; None with a finding that
    refuses."""
    if not is_declared(preamble, PREAMBLE, FILL_IN, findings):
        return None
    grain = _grain(preamble["grain"], findings)
    period = _period(preamble["period"], expected, findings)
    _currency(preamble["currency"], findings)
    if grain is None or period is None:
        return None
    carrier = _carrier(preamble["carrier"], expected, vocabulary_of(period).carriers, findings)
    return None if carrier is None else Declared(carrier, period, grain)


def _grain(cell: Cell, findings: Findings) -> Grain | None:
    name = NAMED_GRAINS.get(folded(cell.text))
    for grain in GRAINS:
        if name == grain:
            return grain
    known = ", ".join(GRAINS)
    fault = message("{cell} is no grain", cell=repr(cell.text[:SHOWN]))
    findings.add("grain", cell.at, fault, message("write one of {known}", known=known))
    return None


def _period(cell: Cell, expected: Expected, findings: Findings) -> str | None:
    period = _period_in(cell)
    if period is None:
        shown = cell.text[:SHOWN]
        fault = message("{shown} is no period", shown=repr(shown))
        findings.add("period", cell.at, fault, PERIOD_FORM)
    elif expected.period not in (None, period):
        findings.add(
            "period",
            cell.at,
            message(
                "it is of {period}, not of {expected_period}",
                period=period,
                expected_period=expected.period,
            ),
            message("give the claim of that period"),
        )
        return None
    return period


def _period_in(cell: Cell) -> str | None:
    """The period that a cell says: as text, or as the first of a month, which spreadsheets make of
    such a text."""
    if not cell.is_number:
        return period_named(cell.text)
    day = day_of_serial(cell.text) if cell.shown_as else None
    return f"{day:%Y-%m}" if day is not None and day.day == 1 else None


def period_named(text: str) -> str | None:
    """The period of a text, 2021-08, 08/2021 or tháng 8/2021; None if it is none."""
    text = MONTH.sub("", folded(text)).replace(" năm ", "/")
    year, _, month = text.partition("-")
    if "/" in text:
        month, _, year = text.partition("/")
    if not (len(year) == 4 and 1 <= len(month) <= 2 and (year + month).isascii()):
        return None
    if not (year + month).isdigit() or not 1 <= int(month) <= 12 or not 1970 <= int(year) <= 9998:
        return None
    return Period.of(f"{year}-{int(month):02d}").name


def _currency(cell: Cell, findings: Findings) -> None:
    if folded(cell.text) not in currencies():
        shown = cell.text[:SHOWN]
        fault = message("{shown} is not {currency}", shown=repr(shown), currency=CURRENCY.form.code)
        mend = message(
            "give amounts in {currency_own_name}, and {code} here", code=CURRENCY.form.code
        )
        findings.add("currency", cell.at, fault, mend)


def _carrier(
    cell: Cell, expected: Expected, known: Mapping[str, str], findings: Findings
) -> str | None:
    """The id of a carrier, which may be written as it is called. Args: known: names by id."""
    ids = {folded(text): id for id, name in known.items() for text in (id, name)}
    carrier, shown = ids.get(folded(cell.text)), cell.text[:SHOWN]
    if expected.carrier is not None and expected.carrier not in (carrier, cell.text):
        findings.add(
            "carrier",
            cell.at,
            message(
                "it is of {shown}, not of {carrier}", shown=repr(shown), carrier=expected.carrier
            ),
            message("give that carrier's claim, or its id with --carrier"),
        )
        return None
    if carrier is None:
        names = ", ".join(sorted(known))
        findings.add(
            "carrier", cell.at,
            message("{shown} is no carrier", shown=repr(shown)),
            message("write one of {names}", names=names),
        )  # fmt: skip
    return carrier
