"""Rows of an empty form: what a claim of a carrier, period and grain must state. No I/O."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from doisoat.errors import IntakeError
from doisoat.messages.text import Text, message
from doisoat.settlement.claims.form import ITEM_WORDS, UNKNOWN_PROVINCE
from doisoat.settlement.claims.vocabulary import Relief, Vocabulary, refuse_unknown
from doisoat.settlement.figures.period import Period
from doisoat.settlement.records.claim_model import COUNTED_ITEMS, ITEMS, Declared
from doisoat.settlement.report.report_text import NATURES


class Blank(NamedTuple):
    """An empty form.

    rows: texts of each row by column, and its figures where the form is filled; none for lines,
        which are exported.
    natures: those of its totals, in their order. reliefs, provinces: what its rows may name.
    """

    declared: Declared
    rows: tuple[dict[str, Any], ...]
    natures: tuple[str, ...]
    carrier_name: str
    reliefs: tuple[Relief, ...]
    provinces: Mapping[str, str]  # name by code, that which is not known last
    run: str = ""  # whose figures it is filled with


def blank_of(declared: Declared, vocabulary: Vocabulary) -> Blank:
    """The rows for what the package's measures could have given there.

    Raises: IntakeError if the carrier is none, or has no measure in force in the period.
    """
    carrier, period = declared.carrier, Period.of(declared.period)
    refuse_unknown(carrier, vocabulary.carriers)
    of_package = vocabulary.reliefs.get(carrier, ())
    reliefs = tuple(relief for relief in of_package if relief.is_given_in(period.begin, period.end))
    if declared.grain != "statement":
        _refuse_none(declared, of_package, reliefs)
    provinces = {**vocabulary.provinces, UNKNOWN_PROVINCE[0]: UNKNOWN_PROVINCE[-1]}
    rows = tuple(_rows(declared, reliefs, provinces))
    natures = {relief.nature for relief in reliefs}
    totals = () if declared.grain == "statement" else tuple(n for n in NATURES if n in natures)
    return Blank(declared, rows, totals, vocabulary.carriers[carrier], reliefs, provinces)


def _refuse_none(
    declared: Declared, of_package: Sequence[Relief], in_force: Sequence[Relief]
) -> None:
    carrier, period = declared.carrier, declared.period
    if not of_package:
        raise IntakeError(
            message("the package has no measure of {carrier}", carrier=carrier),
            "--package", message("choose another package"),
        )  # fmt: skip
    if not in_force:
        first = min(relief.valid_from for relief in of_package).date()
        last = max(relief.valid_until for relief in of_package).date()
        raise IntakeError(
            message(
                "no measure of {carrier} is in force in {period}: those of the package"
                " are from {first} to before {last}",
                carrier=carrier,
                period=period,
                first=first,
                last=last,
            ),
            period,
            message("name another period, or the package of this one with --package"),
        )


def _rows(
    declared: Declared, reliefs: tuple[Relief, ...], provinces: Mapping[str, str]
) -> Iterator[dict[str, str]]:
    match declared.grain:
        case "statement":
            for item in ITEMS:
                vi, en = ITEM_WORDS[item].pair
                unit = message("count") if item in COUNTED_ITEMS else message("{currency_own_name}")
                title = Text(f"{vi} ({unit.vi})", f"{en} ({unit.en})")
                yield {"item": item, "title": title}
        case "measure":
            yield from map(_of_relief, reliefs)
        case "day":
            period = Period.of(declared.period)
            days = [
                period.begin + timedelta(days=day)
                for day in range((period.end - period.begin).days)
            ]
            for relief in reliefs:
                for day in days:
                    if relief.is_given_in(day, day + timedelta(days=1)):
                        yield {**_of_relief(relief), "day": f"{day:%Y-%m-%d}"}
        case "province":
            for relief in reliefs:
                for code, name in provinces.items():
                    yield {**_of_relief(relief), "home_province": code, "place": name}


def _of_relief(relief: Relief) -> dict[str, str]:
    return {
        "measure": relief.measure,
        "nature": relief.nature,
        "title": relief.title,
        "unit": relief.unit,
    }
