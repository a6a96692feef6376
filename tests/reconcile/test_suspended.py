"""Suspended copies counted all the same, against the oracle over the events with them."""

import polars as pl
import pytest

from doisoat.settlement.reconcile.causes import alternatives
from doisoat.settlement.reconcile.causes import run_figures as ours

from .carriers import AUGUST, as_cells, moved
from .conftest import CARRIERS

CHOICES = {
    "least_units": lambda copies: min(copies, key=lambda one: one[1].units),
    "most_units": lambda copies: max(copies, key=lambda one: one[1].units),
    "first_file": lambda copies: min(copies, key=lambda one: one[0]),
    "last_file": lambda copies: max(copies, key=lambda one: one[0]),
}


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_copy_of_each_is_rated_among_its_owners_events(found, told, tariffs, carrier):
    rows = found[carrier].filter(pl.col("cause") == "suspended")
    base = told.cells(*tariffs, carrier)
    expected = {}
    for name, choose in CHOICES.items():
        copies = [choose(copies)[1] for copies in told.suspended.values()]
        with_them = told.cells(*tariffs, carrier, [*told.events, *copies])
        expected[f"copy={name}"] = moved(with_them, base)
    expected = {name: cells for name, cells in expected.items() if cells}
    parted = rows.partition_by("detail", as_dict=True)
    assert {name: as_cells(own) for (name,), own in parted.items()} == expected
    assert (expected or carrier == "mobifone") and len(told.suspended) == 11


def test_a_statement_tells_them_as_events(home, run, told):
    items = alternatives.of(home, run, "viettel", AUGUST, "statement")
    every = [copies[0][1] for copies in told.suspended.values()]
    contradicted = [event for event in every if event.carrier == "viettel"]
    statement = dict(ours.statement(run, "viettel").select("item", "amount").iter_rows())
    assert 0 < len(contradicted) < statement["suspended"]  # others have no tariff
    for detail, events in (
        ("counted", statement["suspended"]),
        ("copy=most_units", len(contradicted)),
    ):
        rows = items.filter(pl.col("cause") == "suspended", pl.col("detail") == detail)
        amounts = dict(rows.select("item", "amount").iter_rows())
        assert (amounts["rated"], amounts["suspended"]) == (events, -events)
        assert ("list_value" in amounts) == (detail != "counted")
        paid = amounts.get("discount", 0) + amounts.get("payable", 0)
        assert amounts.get("list_value", 0) == paid
