"""Sums of differences that may be added, and no others. No I/O here.

Several claims of a carrier may tell the same relief at several grains, a statement tells parts and
what is made of them, and an item may count events: what is one difference must not be added twice,
and đồng not to events. So sums are parted by claim, by nature, by column and by unit, and what is
added over claims is, of each nature of a carrier, the finest grain that differs.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from doisoat.currency import unit_code, unit_text
from doisoat.settlement.records.alternative_frame import VALUES
from doisoat.settlement.records.claim_model import COUNTED_ITEMS
from doisoat.settlement.records.explanation import AMOUNT
from doisoat.settlement.records.variance import INTERCONNECT, TOTAL, Variance

SUMMED_BY = "finest grain"  # of a manifest: how its total_difference was made
FINEST_FIRST = ("lines", "day", "province", "measure", "statement")
RELIEF = ("discount", "in_kind", "contribution", "forbearance")
UNDIVIDED = ""  # the nature of a claim's own total over several natures
RELIEF_ITEM = "relief"  # of a statement: what is made of the parts
NATURE_OF_ITEM: Mapping[str, str] = {"forbearances": "forbearance"}  # the others: by their name
DONG, EVENTS = "dong", "events"
UNITS_UNKNOWN = ("", "mixed")  # of units that cannot be added


class Quantity(NamedTuple):
    """A column's difference of a variance. unit: dong, events, or of claims.form.UNIT_WORDS."""

    nature: str
    column: str  # of VALUES
    unit: str
    difference: int


class Sum(NamedTuple):
    """The differences of one claim, nature, column and unit.

    is_finest: of the carrier's nature no finer claim differs; in_total: part of total_difference.
    """

    carrier: str
    period: str
    grain: str
    claim: str
    nature: str
    column: str
    unit: str
    difference: int
    variances: int
    is_finest: bool = False
    in_total: bool = False

    def as_object(self) -> dict[str, Any]:
        return {**self._asdict(), **_printed(self.difference, self.unit)}


def _printed(figure: int, unit: str) -> dict[str, str]:
    """A difference and what it is of, as `--json` prints them."""
    if unit == DONG:
        return {"difference": unit_text(figure), "unit": unit_code()}
    return {"difference": str(figure)}


class NatureSum(NamedTuple):
    """The same over all carriers, of each carrier the finest grain that differs."""

    nature: str
    column: str
    unit: str
    difference: int
    variances: int

    def as_object(self) -> dict[str, Any]:
        return {**self._asdict(), **_printed(self.difference, self.unit)}


def units_in(variance: Variance) -> list[tuple[int, str]]:
    """What a variance compares: the place in delta.VALUES, and what is counted there.

    đồng first; of an item of a statement its one figure.
    """
    item = variance.key.get("item")
    if item is not None:
        return [(AMOUNT, EVENTS if item in COUNTED_ITEMS else DONG)]
    return [(AMOUNT, DONG), (0, EVENTS), (1, variance.unit)]


def quantities_of(variance: Variance) -> Iterator[Quantity]:
    """What differs of a variance, column by column; an item of a statement has one."""
    nature = variance.key.get("item", variance.key.get("nature", UNDIVIDED))
    if variance.measure == INTERCONNECT:
        nature = INTERCONNECT
    for place, unit in units_in(variance):
        difference = variance.differences[place]
        if difference:
            column = "events" if unit == EVENTS else VALUES[place]
            yield Quantity(NATURE_OF_ITEM.get(nature, nature), column, unit, difference)


def sums_by_claim_and_nature(variances: Iterable[Variance]) -> tuple[Sum, ...]:
    """Sums of differences, in the order of carrier, period, grain (finest first) and nature.

    Left out: units that are of several kinds, and, where a claim has totals over all measures that
    are wrong, its totals over natures of one measure, which lie across those.
    """

    def of_claim(variance: Variance) -> tuple[str, str, int, str]:
        return variance.carrier, variance.period, FINEST_FIRST.index(variance.grain), variance.claim

    sums = []
    for _, group in groupby(sorted(variances, key=of_claim), key=of_claim):
        claim_variances = list(group)
        across = any(TOTAL in variance.key and not variance.measure for variance in claim_variances)
        added: dict[tuple[str, str, str], list[int]] = {}
        for variance in claim_variances:
            if (
                across
                and TOTAL in variance.key
                and variance.measure
                and not variance.key.get("nature")
            ):
                continue
            for quantity in quantities_of(variance):
                if quantity.column != "units" or quantity.unit not in UNITS_UNKNOWN:
                    added.setdefault(quantity[:3], []).append(quantity.difference)
        first = claim_variances[0]
        sums += [
            Sum(first.carrier, first.period, first.grain, first.claim, *key, sum(differences),
                len(differences))
            for key, differences in sorted(added.items())
        ]  # fmt: skip
    return _totalled(_finest(sums))


def by_nature(sums: Iterable[Sum]) -> tuple[NatureSum, ...]:
    """The finest sums over all carriers, by nature, column and unit."""
    added: dict[tuple[str, str, str], list[Sum]] = {}
    for row in sums:
        if row.is_finest:
            added.setdefault((row.nature, row.column, row.unit), []).append(row)
    return tuple(
        NatureSum(*key, sum(row.difference for row in rows), sum(row.variances for row in rows))
        for key, rows in sorted(added.items())
    )


def total_difference(sums: Iterable[Sum]) -> int:
    """Đồng of relief: claimed − recomputed, each carrier's natures once."""
    return sum(row.difference for row in sums if row.in_total)


def sums_object(variances: Iterable[Variance]) -> dict[str, Any]:
    """What `--json` prints of sums: amounts as text."""
    sums = sums_by_claim_and_nature(variances)
    return {
        "sums": [row.as_object() for row in sums],
        "by_nature": [row.as_object() for row in by_nature(sums)],
        "total_difference": unit_text(total_difference(sums)),
    }


def _finest(sums: Sequence[Sum]) -> list[Sum]:
    """Sums are in the order of grains: the first of a carrier's nature is the finest."""
    seen: dict[tuple[str, ...], str] = {}
    marked = []
    for row in sums:
        key = row.carrier, row.period, row.nature, row.column, row.unit
        marked.append(row._replace(is_finest=seen.setdefault(key, row.grain) == row.grain))
    return marked


def _totalled(sums: Sequence[Sum]) -> tuple[Sum, ...]:
    """Which sums make the total.

    Relief by natures; a total over natures beside those of its own grain alone; what a statement
    makes of them all only where nothing else of the carrier differs in đồng.
    """
    dong = [row for row in sums if row.is_finest and row.column == "amount"]
    grains: dict[tuple[str, str], set[str]] = {}
    for row in dong:
        if row.nature in RELIEF:
            grains.setdefault((row.carrier, row.period), set()).add(row.grain)
    undivided = {
        (row.carrier, row.period)
        for row in dong
        if row.nature == UNDIVIDED
        and grains.get((row.carrier, row.period), {row.grain}) == {row.grain}
    }

    def counts(row: Sum) -> bool:
        of = row.carrier, row.period
        if row not in dong or row.nature not in (*RELIEF, UNDIVIDED, RELIEF_ITEM):
            return False
        if row.nature == UNDIVIDED:
            return of in undivided
        return row.nature in RELIEF or not (of in grains or of in undivided)

    return tuple(row._replace(in_total=counts(row)) for row in sums)
