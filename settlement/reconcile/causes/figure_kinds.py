"""Kinds of figures in a claim's cells, and the causes that can change each kind. No I/O here.

A statement tells counts and đồng in one column, and not every amount is a price: what is tolerated
of one quantity, or explained by what is done to prices, is not of the others.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

from doisoat.settlement.claims.vocabulary import vocabulary_of
from doisoat.settlement.reconcile.causes.causes import CAUSES
from doisoat.settlement.records.claim_model import COUNTED_ITEMS
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import Package

# count: of events; priced: đồng at prices, which have VAT in them; levy: that VAT itself; given:
# đồng that are no price, so without VAT; summed: of several of these.
Kind = Literal["count", "priced", "levy", "given", "summed"]
KINDS: tuple[Kind, ...] = get_args(Kind)
OF_ITEM: Mapping[str, Kind] = {
    **dict.fromkeys(COUNTED_ITEMS, "count"),
    **dict.fromkeys(("list_value", "discount", "payable", "in_kind", "refund"), "priced"),
    "discount_vat": "levy",
    "contribution": "given",
    # With or without VAT is a reading of each envelope, and recomputed as one.
    **dict.fromkeys(("relief", "recognised", "own_account"), "summed"),
}
OF_NATURE: Mapping[str, Kind] = {
    "discount": "priced",
    "in_kind": "priced",
    "contribution": "given",
    "forbearance": "count",
}
# What is rated or counted again moves what it moves; what is done to a figure has to suit it.
TOUCHES: Mapping[str, tuple[Kind, ...]] = {
    **{cause.id: KINDS for cause in CAUSES},
    "vat": ("priced",),
}


def kind_of(grain: str, key: tuple[object, ...]) -> Kind:
    """The kind of a cell by its key (cells.KEYS of the grain)."""
    if grain == "statement":
        return OF_ITEM[str(key[0])]
    return OF_NATURE[str(key[1])]


class Quantity(NamedTuple):
    """A column and what it is counted in (claims.form.UNIT_WORDS, or VND)."""

    column: str
    unit: str


EVENTS = Quantity("events", "event")
DONG = Quantity("amount", "VND")
Units = Mapping[tuple[str, str], str]  # by measure and nature


def units_of(catalogue: Catalogue, package: Package, carrier: str) -> Units:
    """What the units of each relief of a carrier are counted in."""
    reliefs = vocabulary_of(catalogue, package).reliefs_of(carrier)
    return {key: relief.unit for key, relief in reliefs.items()}


def quantities(
    grain: str, key: tuple[object, ...], units: Units
) -> tuple[Quantity, Quantity, Quantity]:
    """What each of delta.VALUES is of in a cell; of a relief that `units` lacks, of several."""
    if grain == "statement":
        is_count = kind_of(grain, key) == "count"
        return EVENTS, Quantity("units", "mixed"), EVENTS if is_count else DONG
    unit = units.get((str(key[0]), str(key[1])), "mixed")
    return EVENTS, Quantity("units", unit), DONG
