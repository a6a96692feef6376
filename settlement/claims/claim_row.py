"""A row of a claim by the names of its columns, and what was declared above the rows."""

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple, Protocol

from doisoat.messages.text import Text, message
from doisoat.settlement.claims.form import CURRENCIES, FILL_IN, NAMED_GRAINS, PREAMBLE, folded
from doisoat.settlement.claims.vocabulary import VocabularyOf
from doisoat.settlement.claims.workbook.file_cells import Cell, day_of_serial
from doisoat.settlement.figures.period import Period
from doisoat.settlement.records.claim_finding import Findings
from doisoat.settlement.records.claim_model import CURRENCY, GRAINS, Declared, Grain

SHOWN: Final = 40  # characters of a text that a message shows
MONTH: Final = re.compile(r"^(?:kỳ )?(?:tháng )?")
PERIOD_FORM: Final = message("write the period as 2021-08 or 08/2021, in a cell of text")


class Record(NamedTuple):
    """A row; `at` is where the row is."""

    cells: Mapping[str, Cell]
    at: str
    is_total: bool = False  # of a form that has totals apart

    def cell(self, name: str) -> Cell:
        """The cell of a column; an empty one at the row's address where it has none."""
        return self.cells.get(name) or Cell("", self.at)


class Source(Protocol):
    """A claim's file, taken apart."""

    @property
    def preamble(self) -> Mapping[str, Cell]:
        """What is declared above its rows, by form.PREAMBLE."""

    def records(self, grain: Grain) -> Iterator[Record]:
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
    before = findings.refusing
    for name, label in PREAMBLE.items():
        if name not in preamble or not preamble[name].text:
            at = preamble[name].at if name in preamble else "1"
            fault = Text(f"không ghi {label.vi}", f"nothing says the {label.en.casefold()}")
            findings.add("missing", at, fault, FILL_IN)
        elif preamble[name].formula is not None or preamble[name].other_kind:
            fault = Text(
                f"{label.vi} phải là văn bản", f"the {label.en.casefold()} is to be a text"
            )
            findings.add("formula", preamble[name].at, fault, FILL_IN)
        elif (shown := preamble[name].shown) is not None:
            findings.add(shown.kind, preamble[name].at, shown.what, shown.mend)
    if findings.refusing > before:
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
    if folded(cell.text) not in CURRENCIES:
        shown = cell.text[:SHOWN]
        fault = message("{shown} is not {currency}", shown=repr(shown), currency=CURRENCY)
        mend = message("give amounts in đồng, and VND here")
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
