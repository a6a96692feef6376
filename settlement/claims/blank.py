"""What a claim of a carrier, period and grain has to say: the rows of an empty form. No I/O."""

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from doisoat.errors import IntakeError
from doisoat.settlement.claims.form import ITEM_WORDS, UNKNOWN_PROVINCE
from doisoat.settlement.claims.model import COUNTED_ITEMS, ITEMS, Declared
from doisoat.settlement.claims.vocabulary import Relief, Vocabulary
from doisoat.settlement.period import Period
from doisoat.settlement.report.text import NATURES, Said


class Blank(NamedTuple):
    """An empty form.

    rows: texts of each row by column, figures not among them; none for lines, which are exported.
    natures: those of its totals, in their order.
    """

    declared: Declared
    rows: tuple[dict[str, str], ...]
    natures: tuple[str, ...]


def blank_of(declared: Declared, vocabulary: Vocabulary) -> Blank:
    """The rows for what the package's measures could have given there.

    Raises: IntakeError if the carrier is none, or has no measure.
    """
    carrier = declared.carrier
    if carrier not in vocabulary.carriers:
        known = ", ".join(vocabulary.carriers)
        raise IntakeError(
            f"không có doanh nghiệp {carrier!r} | no carrier is called {carrier!r}", "--carrier",
            f"ghi một trong {known} | write one of {known}",
        )  # fmt: skip
    reliefs = tuple(vocabulary.reliefs.get(carrier, ()))
    if not reliefs and declared.grain != "statement":
        raise IntakeError(
            f"{carrier} không có biện pháp nào trong gói | the package has no measure of {carrier}",
            "--package", "chọn gói khác | choose another package",
        )  # fmt: skip
    rows = tuple(_rows(declared, reliefs, vocabulary))
    given = {one.nature for one in reliefs}
    totals = () if declared.grain == "statement" else tuple(n for n in NATURES if n in given)
    return Blank(declared, rows, totals)


def _rows(
    declared: Declared, reliefs: tuple[Relief, ...], vocabulary: Vocabulary
) -> Iterator[dict[str, str]]:
    match declared.grain:
        case "statement":
            for item in ITEMS:
                vi, en = ITEM_WORDS[item]
                unit = Said("lượt", "count") if item in COUNTED_ITEMS else Said("đồng", "đồng")
                title = _both(Said(f"{vi} ({unit.vi})", f"{en} ({unit.en})"))
                yield {"item": item, "title": title}
        case "measure":
            yield from map(_of_relief, reliefs)
        case "day":
            period = Period.of(declared.period)
            days = [
                period.begin + timedelta(days=day)
                for day in range((period.end - period.begin).days)
            ]
            for one in reliefs:
                for day in days:
                    yield {**_of_relief(one), "day": f"{day:%Y-%m-%d}"}
        case "province":
            places = {**vocabulary.provinces, UNKNOWN_PROVINCE[0]: "không rõ | unknown"}
            for one in reliefs:
                for code, name in places.items():
                    yield {**_of_relief(one), "home_province": code, "title": name}


def _of_relief(one: Relief) -> dict[str, str]:
    title = _both(Said(one.title, one.title_en))
    return {"measure": one.measure, "nature": one.nature, "title": title, "unit": one.unit}


def _both(said: Said) -> str:
    return f"{said.vi} | {said.en}"
