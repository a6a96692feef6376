"""What a cell is a figure of, and which causes can touch it."""

import pytest

from doisoat.settlement.claims.vocabulary import NATURES_OF
from doisoat.settlement.reconcile.causes import figure_causes as arithmetic
from doisoat.settlement.reconcile.causes.causes import CAUSES
from doisoat.settlement.reconcile.causes.figure_kinds import (
    KINDS,
    OF_ITEM,
    OF_NATURE,
    TOUCHES,
    kind_of,
    quantities,
    units_of,
)
from doisoat.settlement.records.claim_model import ITEMS
from tests.tax import VAT

from .conftest import CARRIERS


def test_every_item_nature_and_cause_has_its_place_in_the_tables():
    assert set(OF_ITEM) == set(ITEMS)
    assert set(OF_NATURE) == {nature for natures in NATURES_OF.values() for nature in natures}
    assert list(TOUCHES) == [cause.id for cause in CAUSES]
    assert all(kinds and set(kinds) <= set(KINDS) for kinds in TOUCHES.values())


@pytest.mark.parametrize(
    ("grain", "key", "kind"),
    [
        ("statement", ("rated",), "count"),
        ("statement", ("contribution",), "given"),
        ("statement", ("discount_vat",), "levy"),
        ("statement", ("relief",), "summed"),
        ("statement", ("payable",), "priced"),
        ("day", ("M5", "contribution", None), "given"),
        ("measure", ("M9", "forbearance"), "count"),
        ("province", ("M6", "discount", "01"), "priced"),
    ],
)
def test_vat_is_done_to_prices_alone(grain, key, kind):
    assert kind_of(grain, key) == kind
    done = {one.cause for one, _ in arithmetic.of(kind, VAT)((3, 100, 1_180))}
    others = {"double_count", "sign"}
    assert done == ({"vat", *others} if kind == "priced" else others)


def test_units_are_those_of_the_form(tariffs):
    catalogue, package = tariffs
    told = {}
    for name in CARRIERS:
        told |= units_of(catalogue, package, name)
    assert {"ms", "byte", "event"} <= set(told.values())
    for key, unit in told.items():
        events, units, amount = quantities("measure", key, told)
        assert (events.unit, units.unit, amount.unit) == ("event", unit, "VND")
