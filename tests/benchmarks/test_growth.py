"""The benchmark of growing tariffs: worlds grow as it says, and come to what the oracle says."""

import pytest

from doisoat.benchmarks import growth
from doisoat.benchmarks.little import make_little
from doisoat.errors import CatalogueError
from doisoat.tariffs.compile.compile import compile_program
from doisoat.tariffs.compile.program import MEASURES_MAX

SIZES = {
    "measures": (10, MEASURES_MAX),
    "orders": (20, 300),
    "plans": (4, 40),
    "owners": (5, 50),
    "events": (100, 300),
}


@pytest.fixture
def few(monkeypatch):
    """Worlds of a few owners."""
    for name, value in (("OWNERS", 8), ("EVENTS_EACH", 50), ("EVENTS", 400)):
        monkeypatch.setattr(growth, name, value)


@pytest.mark.parametrize("name", growth.CURVES)
def test_each_world_is_held_to_the_oracle_and_timed(few, name):
    rows = growth.curve(name, 1, SIZES[name])
    assert tuple(row["size"] for row in rows) == SIZES[name]
    assert all(row["ns_an_event"] > 0 and row["events"] > 0 for row in rows)


def test_tariffs_are_as_many_as_asked_for():
    little = make_little(8, 5)
    forty = growth.of_measures(little, 40).package.measures
    given = little.package.measures
    assert len(forty) == 40 and forty[: len(given)] == given
    assert len({entry.id for entry in forty[len(given) :]}) == 40 - len(given)
    assert len(growth.of_orders(little, 500).catalogue.orders) == 500
    planned = growth.of_plans(little, 40)
    assert len({row.plan for row in planned.subscriptions}) == 8
    assert len(planned.catalogue.plans) - len(little.catalogue.plans) == 36


def test_no_more_measures_are_taken_than_there_are_bits():
    world = growth.of_measures(make_little(4, 1), MEASURES_MAX + 1)
    with pytest.raises(CatalogueError, match="65 measures"):
        compile_program(world.catalogue, world.package)


def test_a_world_of_other_amounts_is_not_timed(few, monkeypatch):
    amounts = growth._amounts
    monkeypatch.setattr(growth, "_amounts", lambda outcome: (*amounts(outcome), id(outcome)))
    with pytest.raises(ValueError, match="by the oracle"):
        growth.curve("events", 1, (100,))
    monkeypatch.setattr(
        growth, "CURVES", {"events": growth.CURVES["events"]._replace(sizes=(100,))}
    )
    assert growth.main(["--curve", "events"]) == 1
