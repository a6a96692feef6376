"""The detail of a cause in words: which file, day, measure or reading it was. No I/O here.

The names that a detail holds (plans, packs, measures, readings, files, runs) are called as the run
that was judged calls them. The page has from here what needs no names (web/vocabulary.py).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

from doisoat.messages.catalogue import languages
from doisoat.messages.text import Template, Text, Words, composed, filled, message, template
from doisoat.settlement.papers.figures import Figures
from doisoat.settlement.reconcile.causes.figure_slips import SEPARATORS
from doisoat.settlement.reconcile.letter.variance_words import (
    COLUMNS,
    NATURES,
    UNKNOWN_PROVINCE,
    counted,
)
from doisoat.settlement.reconcile.variances.sums import NATURE_OF_ITEM
from doisoat.settlement.records.explanation import Part
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import Package

ANY = "*"
OF_LINES = "lines:"  # before the detail of a cause that some lines of a cell have
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
DIGEST_TOLD = 12  # digits of what has no name
SCALES: Mapping[str, Text] = MappingProxyType({
    "x10": message("a digit too many (10 times)"),
    "x100": message("two digits too many (100 times)"),
    "x1000": message("three digits too many (1,000 times)"),
    "/10": message("a digit too few (a tenth)"),
    "/100": message("two digits too few (a hundredth)"),
    "/1000": message("three digits too few (a thousandth)"),
    SEPARATORS: message("separators of thousands and decimals exchanged"),
})  # fmt: skip
UNIT_SCALES: Mapping[str, Mapping[str, Text | Template]] = MappingProxyType({  # by column
    "amount": {
        "thousand": template("in thousand {currency_own_name}"),
        "million": template("in million {currency_own_name}"),
    },
    "units": {
        "s": message("in seconds in place of milliseconds"),
        "min": message("in minutes in place of milliseconds"),
        "KB": message("in KB in place of bytes (1,024 each)"),
        "MB": message("in MB in place of bytes (1,048,576 each)"),
        "GB": message("in GB in place of bytes (1,073,741,824 each)"),
        "kB": message("in KB in place of bytes (1,000 each)"),
        "million_bytes": message("in MB in place of bytes (1,000,000 each)"),
        "billion_bytes": message("in GB in place of bytes (1,000,000,000 each)"),
    },
})  # fmt: skip
DIGIT_SLIPS: Mapping[str, Text] = MappingProxyType({
    "transposed": message("two digits transposed"),
    "doubled": message("a digit written twice"),
    "lost": message("a digit left out"),
})  # fmt: skip


def _slips_of_figures() -> Iterator[tuple[tuple[str, str], Callable[[], Text]]]:
    """Slips of the hand in one figure, by cause and detail."""
    for column, name in COLUMNS.items():
        for slip, text in {**SCALES, **UNIT_SCALES.get(column, {})}.items():
            yield ("scale", f"{column}={slip}"), partial(_of_column, name, text)
        for slip, text in DIGIT_SLIPS.items():
            yield ("digits", f"{column}={slip}"), partial(_of_column, name, text)


def _of_column(name: Text, text: Text | Template) -> Text:
    return composed("{}: {}", name, filled(text))


WHOLE: Mapping[tuple[str, str], Text] = Words({
    ("rounding", "once_a_side"): message("each side rounds once"),
    ("block", "length"): message("the two sides have other lengths"),
    ("duplicate", "all"): message("all files"),
    ("late", "after_close"): message("without the files that came once the period had ended"),
    ("suspended", "counted"): message("all suspended events counted"),
    ("missing", "payee"): message("calls that only the caller's side has"),
    ("missing", "payer"): message("calls that only the called side has"),
    ("suspended", "payer"): message("calls that the caller's side holds suspended"),
    ("time_zone", "utc"): message("by UTC"),
    ("midnight", "by_end"): message("by the end"),
    ("vat", "amount=without"): message("amounts without tax"),
    ("vat", "amount=added"): message("amounts with tax added once more"),
    ("double_count", "all"): message("events, units and amount"),
    ("double_count", "amount"): message("the amount alone"),
    ("sign", "all"): message("events, units and amount"),
    ("sign", "amount"): message("the amount alone"),
    **dict(_slips_of_figures()),
    ("exchange", "columns:events,units"): message("the columns of events and units"),
    ("exchange", "columns:events,amount"): message("the columns of events and amounts"),
    ("exchange", "columns:units,amount"): message("the columns of units and amounts"),
    ("shift", "columns:right"): message("the columns, each one to the right"),
    ("shift", "columns:left"): message("the columns, each one to the left"),
    ("subtotal", "rows:all"): message("the sum of all other rows"),
    **dict.fromkeys(
        ((cause, "lines") for cause in ("missing", "duplicate", "suspended", "time_zone",
                                        "midnight", "other_time")),
        message("some lines"),
    ),
    **dict.fromkeys(
        (("sign", "lines:all"), ("double_count", "lines:all")),
        message("some lines: units and amount"),
    ),
    **dict.fromkeys(
        (("sign", "lines:amount"), ("double_count", "lines:amount")),
        message("some lines: the amount alone"),
    ),
    ("vat", "lines:amount=without"): message("some lines: amounts without tax"),
    ("vat", "lines:amount=added"): message("some lines: amounts with tax added once more"),
})  # fmt: skip
# By cause and by what stands before "=" or ":"; value is what stands after it, in words.
NAMED: Mapping[tuple[str, str], Template] = MappingProxyType(
    {
        ("rounding", "per_event"): template("each event rounded {value}"),
        ("rounding", "per_block"): template("each block rounded {value}"),
        ("block", "voice"): template("voice by {value}"),
        ("block", "data"): template("data by {value}"),
        ("duplicate", "file"): template("file {value}"),
        ("late", "after"): template("without the files that came after run {value}"),
        ("late", "settled"): template("as run {value} had it, before the late files came"),
        ("late", "from"): template("with what came late of {value}"),
        ("suspended", "copy"): template("{value} of each contradicted event"),
        ("missing", "file"): template("without file {value}"),
        ("missing", "day"): template("without {value}"),
        ("time_zone", "clock"): template("a clock that is {value} off"),
        ("order_boundary", "orders"): Template(("{value}",) * len(languages())),
        ("chance", "lines"): template(
            "of as many lines left out or told again, {value} would be explained too"
        ),
        ("chance", "figures"): template(
            "of all figures that are no further off, {value} would be explained too"
        ),
        ("other_province", "from"): template("out of province {value}"),
        ("other_province", "to"): template("into province {value}"),
        ("claim_arithmetic", "total"): template("the total of {value}"),
        **dict.fromkeys(
            (("exchange", name) for name in ("day", "province", "item", "measure")),
            template("the rows of {value}"),
        ),
        ("shift", "down"): template("rows of {value}, each one down"),
        ("shift", "up"): template("rows of {value}, each one up"),
        ("copied", "month"): template("figures of {value}"),
        ("subtotal", "rows"): template("the sum of the rows of {value}"),
    }
)
CHOICES: Mapping[str, Text] = MappingProxyType({
    "half_up": message("halves up"),
    "half_even": message("halves to even"),
    "half_down": message("halves down"),
    "up": message("up"),
    "down": message("down"),
    "least_units": message("the copy with the fewest units"),
    "most_units": message("the copy with the most units"),
    "first_file": message("the copy of the first file"),
    "last_file": message("the copy of the last file"),
    "whole_days": message("whole days"),
    "from-1d": message("begun a day earlier"),
    "from+1d": message("begun a day later"),
    "until-1d": message("ended a day earlier"),
    "until+1d": message("ended a day later"),
    "both-1d": message("both a day earlier"),
    "both+1d": message("both a day later"),
})  # fmt: skip
PLACES: Mapping[str, Text] = MappingProxyType({
    "home_at_trigger": message("by the home at the time of the grant"),
    "home_at_use": message("by the home at the time of use"),
    "serving_at_use": message("by the place of use"),
    "anywhere": message("applied anywhere"),
})  # fmt: skip
CONDITIONS: Mapping[str, Text] = MappingProxyType({
    "packs": message("the packs that have it"),
    "plans": message("the plans that have it"),
    "services": message("the services that have it"),
    "payments": message("prepaid or postpaid"),
    "segments": message("the segments that have it"),
    "except_segments": message("the segments without it"),
})  # fmt: skip
CHANGES: Mapping[tuple[bool, str], Template] = MappingProxyType({  # is it of one tariff?
    (True, "before"): template("prices of {tariff}, of before the change at {moment} used after it"
                               " too"),
    (True, "after"): template("prices of {tariff}, of after the change at {moment} used before it"
                              " already"),
    (False, "before"): template("prices of before the change at {moment} used after it too"),
    (False, "after"): template("prices of after the change at {moment} used before it already"),
})  # fmt: skip
ALL_MEASURES = message("all measures")
ALL_NATURES = message("all natures")


class Names(NamedTuple):
    """What the run that was judged calls things."""

    catalogue: Catalogue
    package: Package
    carrier: str
    files: Mapping[str, str]  # names of source files, by SHA-256
    runs: Mapping[str, datetime]  # when each was settled, civil time

    def measure(self, say: Figures, id: str) -> str:
        """As the carrier has it; the id of one that the package does not have."""
        measures = [measure for measure in self.package.measures if measure.id == id]
        for measure in measures:
            if measure.carriers is None or self.carrier in measure.carriers:
                return say.text(Text(measure.title, measure.title_en))
        return say.text(Text(measures[0].title, measures[0].title_en)) if measures else id

    def tariff(self, id: str) -> str:
        """A plan or pack."""
        plans = ((plan.id, plan.name) for plan in self.catalogue.plans)
        packs = ((pack.id, pack.name) for pack in self.catalogue.packs)
        return next((name for of, name in (*plans, *packs) if of == id and name), id)

    def province(self, say: Figures, code: str) -> str:
        if not code:
            return say.text(UNKNOWN_PROVINCE)
        places = {
            locality.code: Text(locality.name, locality.name_en)
            for locality in self.catalogue.localities
        }
        return say.text(places[code]) if code in places else code

    def file(self, sha256: str) -> str:
        return self.files.get(sha256) or f"{sha256[:DIGEST_TOLD]}…"


def detail_in_words(names: Names, say: Figures, part: Part) -> str:
    """What a cause's detail says; as it is where this version has no words for it."""
    whole = WHOLE.get((part.cause, part.detail))
    if whole is not None:
        return say.text(whole)
    if part.detail.startswith(OF_LINES):
        rest = part._replace(detail=part.detail.removeprefix(OF_LINES))
        return say.text(message("some lines: {detail}", detail=detail_in_words(names, say, rest)))
    split = "=" if "=" in part.detail else ":"
    name, _, value = part.detail.partition(split)
    if part.cause == "tariff_version":
        return _change(names, say, name, value)
    if part.cause == "reading":
        return _reading(names, say, name, value)
    if part.cause == "locality_policy" and value in PLACES:
        return f"{names.measure(say, name)}: {say.text(PLACES[value])}"
    if part.cause == "eligibility":
        measure, _, condition = part.detail.rpartition("-")
        if condition in CONDITIONS:
            return f"{names.measure(say, measure)}: {say.text(CONDITIONS[condition])}"
    pattern = NAMED.get((part.cause, name))
    if pattern is None:
        return part.detail
    return say.text(pattern(value=_value(names, say, part.cause, name, value)))


def _value(names: Names, say: Figures, cause: str, name: str, value: str) -> str:
    if cause == "other_province":
        return names.province(say, value)
    if name == "file":
        return names.file(value)
    if name == "clock":
        return counted(int(value), "ms", say)
    if DAY.fullmatch(value):
        return say.day(date.fromisoformat(value))
    if name in ("from", "month"):
        return f"{value[5:]}/{value[:4]}"
    if cause in ("exchange", "shift", "subtotal"):
        return " – ".join(_row(names, say, row) for row in value.split(".."))
    if name in ("after", "settled"):
        settled = names.runs.get(value)
        return say.moment(settled) if settled is not None else f"{value[:DIGEST_TOLD]}…"
    if cause == "claim_arithmetic":
        measure, _, nature = value.partition(",")
        return ", ".join((
            say.text(ALL_MEASURES) if measure == ANY else names.measure(say, measure),
            say.text(ALL_NATURES) if nature == ANY else say.text(NATURES[nature]).lower(),
        ))  # fmt: skip
    return say.text(CHOICES[value]) if value in CHOICES else value


def _row(names: Names, say: Figures, row: str) -> str:
    """A row of a claim among its neighbours: of a day, an item, a measure or a province."""
    if DAY.fullmatch(row):
        return say.day(date.fromisoformat(row))
    nature = NATURE_OF_ITEM.get(row, row)
    if nature in NATURES:
        return say.text(NATURES[nature])
    if any(measure.id == row for measure in names.package.measures):
        return names.measure(say, row)
    return names.province(say, row)


def _change(names: Names, say: Figures, change: str, side: str) -> str:
    """Args: change: a moment, or whose it is and the moment; side: before or after."""
    whose, _, moment = change.rpartition("@")
    at = datetime.fromisoformat(moment)
    clock = f"{at:%H:%M} {say.day(at.date())}"
    tariff = names.tariff(whose) if whose else ""
    return say.text(CHANGES[bool(whose), side](tariff=tariff, moment=clock))


def _reading(names: Names, say: Figures, name: str, answer: str) -> str:
    reading = next((reading for reading in names.package.readings if reading.name == name), None)
    if reading is None or answer not in reading.alternatives:
        return f"{name}={answer}"
    alternative = reading.alternatives[answer]
    text = say.text(message("“{question}” read as: {meaning}",
        question=Text(reading.question.rstrip("?"), reading.question_en.rstrip("?")),
        meaning=Text(alternative.means_vi or alternative.means, alternative.means),
    ))  # fmt: skip
    # A package speaks of its measures by id; whoever has a letter knows them by their titles.
    ids = {measure.id for measure in names.package.measures}
    return re.sub(
        r"\w+", lambda word: f"“{names.measure(say, word[0])}”" if word[0] in ids else word[0], text
    )
