"""The keys of a claim's rows, read strictly: measure, nature, unit, day, province, ids, start."""

import re
from datetime import date, datetime, timedelta
from typing import Final

from doisoat.engine.tables.cells import Cell
from doisoat.engine.tables.form import folded
from doisoat.engine.tables.table import Record
from doisoat.engine.tables.values import Values
from doisoat.messages.text import Text, message
from doisoat.settlement.claims.form import (
    COLUMNS,
    MIXED,
    NAMED_NATURES,
    NAMED_UNITS,
    THIS_MONTH,
    UNIT_WORDS,
    UNKNOWN_PROVINCE,
)
from doisoat.settlement.claims.province_names import Places
from doisoat.settlement.claims.vocabulary import Relief, Vocabulary
from doisoat.settlement.figures.period import EPOCH, Period
from doisoat.settlement.records.claim_model import Declared

NO_SUBSCRIBERS: Final = message("write a UUID as rated.relief_line has it; no subscriber numbers")
SHOWN: Final = 40  # characters of a text that a message shows
MOMENT: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,3})0*)?"
)


class Keys:
    """Reads the keys of one claim; what is wrong with one is a finding, and it is None."""

    def __init__(self, declared: Declared, vocabulary: Vocabulary, values: Values) -> None:
        self.declared, self.values, self.findings = declared, values, values.findings
        self.period = Period.of(declared.period)
        self.reliefs = vocabulary.reliefs_of(declared.carrier)
        self.codes = {folded(measure): measure for measure, _ in self.reliefs}
        self.places = Places(vocabulary.provinces)

    def relief(self, record: Record) -> Relief | None:
        """The measure and nature of a row, as one that the carrier can give."""
        measure, nature = record.cell("measure"), record.cell("nature")
        if not measure.text or not nature.text:
            for name, cell in (("measure", measure), ("nature", nature)):
                if not cell.text:
                    self.values.missing(cell, COLUMNS[name])
            return None
        code = self.codes.get(folded(measure.text), "")
        relief = self.reliefs.get((code, NAMED_NATURES.get(folded(nature.text), "")))
        if relief is None:
            if code:
                known = [
                    known_nature for known_code, known_nature in self.reliefs if known_code == code
                ]
                cell, fault = (
                    nature,
                    message(
                        "{code} is of no nature {nature}",
                        code=code,
                        nature=repr(nature.text[:SHOWN]),
                    ),
                )
            else:
                known = [*self.codes.values()]
                cell, fault = (
                    measure,
                    message(
                        "{carrier} has no measure {measure}",
                        carrier=self.declared.carrier,
                        measure=repr(measure.text[:SHOWN]),
                    ),
                )
            mend = message("write one of {known}", known=", ".join(sorted(known)))
            self.findings.add("nature" if code else "measure", cell.at, fault, mend)
        return relief

    def unit(self, cell: Cell, relief: Relief) -> None:
        """Hold the unit that a row says to that of its measure."""
        if not cell.text:
            self.values.missing(cell, COLUMNS["unit"])
        elif NAMED_UNITS.get(folded(cell.text)) != relief.unit:
            words = UNIT_WORDS[relief.unit]
            self.findings.add(
                "unit", cell.at,
                message("{measure} is counted in {words}, not in {shown}",
                        measure=relief.measure, words=words, shown=repr(cell.text[:SHOWN])),
                message("convert its units to {words}, and write {unit}",
                        words=words, unit=relief.unit),
            )  # fmt: skip

    def unit_of_total(self, record: Record, measure: str, nature: str) -> None:
        """Hold the unit that a total says, if it says one, to what it is the total of; what is
        counted in several units has none, and no sum."""
        units = {
            relief.unit
            for relief in self.reliefs.values()
            if measure in ("", relief.measure) and nature in ("", relief.nature)
        }
        cell, counted = record.cell("unit"), record.cell("units")
        unit = next(iter(units)) if len(units) == 1 else MIXED
        if cell.text and NAMED_UNITS.get(folded(cell.text)) != unit:
            self.findings.add(
                "unit", cell.at,
                message("a total of what is counted in {words}, not in {shown}",
                        words=UNIT_WORDS[unit], shown=repr(cell.text[:SHOWN])),
                message("write {unit}, or leave it empty", unit=unit),
            )  # fmt: skip
        elif counted.text and unit == MIXED:
            listed = ", ".join(sorted(units))
            self.findings.add(
                "unit", counted.at,
                message("what is counted in {listed} has no sum", listed=listed),
                message("leave this cell empty, or state a total by measure"),
            )  # fmt: skip

    def day(self, cell: Cell) -> date | None:
        """A day of the period."""
        day = self.values.day(cell, COLUMNS["day"])
        if day is not None and not self.period.begin.date() <= day < self.period.end.date():
            self._outside(cell, str(day))
            return None
        return day

    def _outside(self, cell: Cell, shown: str) -> None:
        name = self.period.name
        fault = message("{shown} lies outside {name}", shown=shown, name=name)
        mend = THIS_MONTH
        self.findings.add("day", cell.at, fault, mend)

    def province(self, cell: Cell) -> str | None:
        """The code of a province; '' where it is said that it is not known."""
        if not cell.text:
            self.values.missing(cell, COLUMNS["home_province"])
            return None
        if folded(cell.text) in UNKNOWN_PROVINCE:
            return ""
        code = self.places.code_of(cell.text)
        if code is None:
            near = ", ".join(self.places.near(cell.text))
            meant = message("; is it {near}?", near=near) if near else Text("", "")
            self.findings.add(
                "province", cell.at,
                message("{cell} is no province{meant}", cell=repr(cell.text[:SHOWN]), meant=meant),
                message("write its two digits, as in 01, or its name; unknown where it is not"
" known"),
            )  # fmt: skip
        return code

    def id(self, cell: Cell) -> int | None:
        """A UUID as a number."""
        return self.values.uuid(cell, NO_SUBSCRIBERS)

    def start(self, cell: Cell) -> int | None:
        """A moment of the period, as civil milliseconds."""
        match = MOMENT.fullmatch(cell.text)
        try:
            if match is None:
                raise ValueError(cell.text)
            moment = datetime.fromisoformat(f"{match[1]} {match[2]}")
        except ValueError:
            fault = message("{cell}: no moment", cell=repr(cell.text[:SHOWN]))
            mend = message("write {zone_name} civil time as 2021-08-05 10:11:12.345")  # fmt: skip
            self.findings.add("start", cell.at, fault, mend)
            return None
        if not self.period.begin <= moment < self.period.end:
            self._outside(cell, cell.text)
            return None
        return (moment - EPOCH) // timedelta(milliseconds=1) + int((match[3] or "0").ljust(3, "0"))
