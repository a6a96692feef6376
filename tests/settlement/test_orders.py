"""Orders taken in, held against the catalogue's: confirmed, more, or only in one of the two."""

from datetime import datetime

import polars as pl
import pytest

from doisoat.engine.intake.master.master_tables import TABLES
from doisoat.settlement.runs.orders import OPEN_END, hold, with_orders, without_orders
from doisoat.tariffs.compile.compile import compile_program
from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import NO_PACKAGE

from .conftest import catalogue_of

COLUMNS = TABLES["orders"].columns


def ms(day):
    return quantity.to_ms(datetime.fromisoformat(day))


def rows(*orders):
    """(order, locality, from, until or None) as rows of order.parquet."""
    return pl.DataFrame(
        [
            {"order": name, "locality": place, "directive": 16, "from_ms": ms(begin),
             "until_ms": None if end is None else ms(end), "document": f"{name}/UBND"}
            for name, place, begin, end in orders
        ],
        COLUMNS, orient="row",
    )  # fmt: skip


@pytest.fixture
def catalogue():
    """One order, of directive 16 over 79 and 001, from 9 July to 1 October."""
    return Catalogue.model_validate(catalogue_of())


def spans(found):
    return [(one.place.locality, one.from_ms, one.until_ms) for one in found]


def test_what_the_catalogue_has_is_confirmed(catalogue):
    held = hold(catalogue, rows(("a", "79", "2021-07-09", "2021-08-01"),
                                ("b", "79", "2021-08-01", "2021-10-01")))  # fmt: skip
    assert (held.more, held.less, held.unknown, held.orders) == ((), (), (), ())
    assert list(held.findings()) == []
    assert with_orders(catalogue, held.orders) is catalogue


def test_what_it_has_not_is_more_on_either_side(catalogue):
    held = hold(catalogue, rows(("a", "79", "2021-07-01", "2021-10-08")))
    assert spans(held.more) == [
        ("79", ms("2021-07-01"), ms("2021-07-09")),
        ("79", ms("2021-10-01"), ms("2021-10-08")),
    ]
    assert held.less == ()
    longer = with_orders(catalogue, held.orders)
    assert [order.id for order in longer.orders] == ["ct16-hcm", "intake:1", "intake:2"]
    assert longer.orders[1].source == "a: a/UBND"
    compile_program(longer, NO_PACKAGE)  # the kernel takes it as any


def test_what_only_the_catalogue_has_is_told_and_stays(catalogue):
    held = hold(catalogue, rows(("a", "79", "2021-07-09", "2021-09-16")))
    assert held.more == ()
    assert spans(held.less) == [("79", ms("2021-09-16"), ms("2021-10-01"))]
    (told,) = held.findings()
    assert "CT16 79 00:00 16/09/2021 – 00:00 01/10/2021" in told and " | " in told
    # Of a place that no document names, nothing is told.
    assert spans(hold(catalogue, rows(("a", "01", "2021-07-24", "2021-08-01"))).less) == []


def test_an_order_withdrawn_holds_at_no_moment(catalogue):
    held = hold(catalogue, rows(("a", "79", "2021-07-09", "2021-07-09")))
    assert held.more == ()
    assert spans(held.less) == [("79", ms("2021-07-09"), ms("2021-10-01"))]


def test_an_order_over_a_province_covers_its_districts_and_not_the_other_way(catalogue):
    whole = with_orders(catalogue, hold(catalogue, rows(("a", "01", "2021-07-24", None))).orders)
    assert whole.orders[-1].valid_until == OPEN_END
    held = hold(whole, rows(("b", "001", "2021-11-01", "2021-12-01")))
    assert held.more == ()
    held = hold(catalogue, rows(("b", "01", "2021-07-24", "2021-08-01")))
    assert spans(held.more) == [("01", ms("2021-07-24"), ms("2021-08-01"))]


def test_a_locality_that_the_catalogue_has_not_is_told_and_adds_nothing(catalogue):
    held = hold(catalogue, rows(("a", "99", "2021-07-09", "2021-08-01"),
                                ("b", "99", "2021-08-09", "2021-08-11")))  # fmt: skip
    assert held.unknown == (("99", 2),) and held.orders == ()
    (told,) = held.findings()
    assert "99 × 2" in told


def test_documents_that_say_one_stretch_twice_add_it_once_whatever_their_order(catalogue):
    some = (("a", "01", "2021-07-24", "2021-08-10"), ("b", "01", "2021-08-01", "2021-08-20"))
    one, other = hold(catalogue, rows(*some)), hold(catalogue, rows(*reversed(some)))
    assert one == other
    assert spans(one.more) == [
        ("01", ms("2021-07-24"), ms("2021-08-10")),
        ("01", ms("2021-08-10"), ms("2021-08-20")),
    ]


def test_the_catalogue_of_a_run_without_what_documents_gave_it(catalogue):
    taken = rows(("1", "79", "2021-10-01", "2021-10-09"), ("2", "001", "2021-06-01", None))
    whole = with_orders(catalogue, hold(catalogue, taken).orders)
    assert len(whole.orders) > len(catalogue.orders)
    assert without_orders(whole, taken) == catalogue
    assert without_orders(catalogue, taken) == catalogue
    # Of names of its own that begin like ours, no document took them in: they stay.
    assert without_orders(whole, taken.head(0)) == whole
