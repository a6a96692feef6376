"""Sums of differences that may be added, and no others. No I/O here.

Several claims of a carrier may tell the same relief at several grains, a statement tells parts and
what is made of them, and an item may count events: what is one difference must not be added twice,
and đồng not to events. So sums are parted by claim, by nature, by column and by unit, and what is
added over claims is, of each nature of a carrier, the finest grain that differs.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

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
        return {**self._asdict(), "difference": str(self.difference)}


class NatureSum(NamedTuple):
    """The same over all carriers, of each carrier the finest grain that differs."""

    nature: str
    column: str
    unit: str
    difference: int
    variances: int

    def as_object(self) -> dict[str, Any]:
        return {**self._asdict(), "difference": str(self.difference)}


def units_in(one: Variance) -> list[tuple[int, str]]:
    """What a variance compares: the place in delta.VALUES, and what is counted there.

    đồng first; of an item of a statement its one figure.
    """
    item = one.key.get("item")
    if item is not None:
        return [(AMOUNT, EVENTS if item in COUNTED_ITEMS else DONG)]
    return [(AMOUNT, DONG), (0, EVENTS), (1, one.unit)]


def quantities_of(one: Variance) -> Iterator[Quantity]:
    """What differs of a variance, column by column; an item of a statement has one."""
    nature = one.key.get("item", one.key.get("nature", UNDIVIDED))
    if one.measure == INTERCONNECT:
        nature = INTERCONNECT
    for place, unit in units_in(one):
        difference = one.differences[place]
        if difference:
            column = "events" if unit == EVENTS else VALUES[place]
            yield Quantity(NATURE_OF_ITEM.get(nature, nature), column, unit, difference)


def sums_by_claim_and_nature(variances: Iterable[Variance]) -> tuple[Sum, ...]:
    """Sums of differences, in the order of carrier, period, grain (finest first) and nature.

    Left out: units that are of several kinds, and, where a claim has totals over all measures that
    are wrong, its totals over natures of one measure, which lie across those.
    """

    def of_claim(one: Variance) -> tuple[str, str, int, str]:
        return one.carrier, one.period, FINEST_FIRST.index(one.grain), one.claim

    found = []
    for _, group in groupby(sorted(variances, key=of_claim), key=of_claim):
        own = list(group)
        across = any(TOTAL in one.key and not one.measure for one in own)
        added: dict[tuple[str, str, str], list[int]] = {}
        for one in own:
            if across and TOTAL in one.key and one.measure and not one.key.get("nature"):
                continue
            for told in quantities_of(one):
                if told.column != "units" or told.unit not in UNITS_UNKNOWN:
                    added.setdefault(told[:3], []).append(told.difference)
        first = own[0]
        found += [
            Sum(first.carrier, first.period, first.grain, first.claim, *key, sum(differences),
                len(differences))
            for key, differences in sorted(added.items())
        ]  # fmt: skip
    return _totalled(_finest(found))


def by_nature(sums: Iterable[Sum]) -> tuple[NatureSum, ...]:
    """The finest sums over all carriers, by nature, column and unit."""
    added: dict[tuple[str, str, str], list[Sum]] = {}
    for one in sums:
        if one.is_finest:
            added.setdefault((one.nature, one.column, one.unit), []).append(one)
    return tuple(
        NatureSum(*key, sum(one.difference for one in some), sum(one.variances for one in some))
        for key, some in sorted(added.items())
    )


def total_difference(sums: Iterable[Sum]) -> int:
    """Đồng of relief: claimed − recomputed, each carrier's natures once."""
    return sum(one.difference for one in sums if one.in_total)


def sums_object(variances: Iterable[Variance]) -> dict[str, Any]:
    """What `--json` prints of sums: amounts as text."""
    sums = sums_by_claim_and_nature(variances)
    return {
        "sums": [one.as_object() for one in sums],
        "by_nature": [one.as_object() for one in by_nature(sums)],
        "total_difference": str(total_difference(sums)),
    }


def _finest(sums: Sequence[Sum]) -> list[Sum]:
    """Sums are in the order of grains: the first of a carrier's nature is the finest."""
    seen: dict[tuple[str, ...], str] = {}
    told = []
    for one in sums:
        key = one.carrier, one.period, one.nature, one.column, one.unit
        told.append(one._replace(is_finest=seen.setdefault(key, one.grain) == one.grain))
    return told


def _totalled(sums: Sequence[Sum]) -> tuple[Sum, ...]:
    """Which sums make the total.

    Relief by natures; a total over natures beside those of its own grain alone; what a statement
    makes of them all only where nothing else of the carrier differs in đồng.
    """
    dong = [one for one in sums if one.is_finest and one.column == "amount"]
    grains: dict[tuple[str, str], set[str]] = {}
    for one in dong:
        if one.nature in RELIEF:
            grains.setdefault((one.carrier, one.period), set()).add(one.grain)
    undivided = {
        (one.carrier, one.period)
        for one in dong
        if one.nature == UNDIVIDED
        and grains.get((one.carrier, one.period), {one.grain}) == {one.grain}
    }

    def counts(one: Sum) -> bool:
        of = one.carrier, one.period
        if one not in dong or one.nature not in (*RELIEF, UNDIVIDED, RELIEF_ITEM):
            return False
        if one.nature == UNDIVIDED:
            return of in undivided
        return one.nature in RELIEF or not (of in grains or of in undivided)

    return tuple(one._replace(in_total=counts(one)) for one in sums)
