"""A claim's own totals: each is held to what it is the total of, once."""

import polars as pl

from doisoat.settlement.reconcile.variances import own_totals
from doisoat.settlement.records.claim_model import Declared, cells_of

DAY = Declared("vnpt", "2021-08", "measure")


def cells(*rows):
    names = ("measure", "nature", "events", "units", "amount")
    return cells_of([{"day": None, **dict(zip(names, row, strict=True))} for row in rows], DAY)


ROWS = cells(("M1", "discount", 2, 20, 200), ("M2", "discount", 3, 30, 300),
             ("M2", "in_kind", 4, 40, 400))  # fmt: skip


def odd(totals, rows=ROWS):
    return {
        one.key: one.differences for one in own_totals.pairs(rows, totals) if any(one.differences)
    }


def test_totals_that_add_up():
    assert odd(cells(("", "", 9, 90, 900), ("M2", "in_kind", 4, 40, 400))) == {}


def test_a_total_over_all_is_held_to_the_rows():
    assert odd(cells(("", "", 9, 90, 901))) == {("", ""): (0, 0, 1)}


def test_a_total_over_a_nature_is_held_to_its_rows():
    stated = cells(("", "discount", 5, 50, 501), ("", "in_kind", 4, 40, 400))
    assert odd(stated) == {("", "discount"): (0, 0, 1)}


def test_what_is_off_below_is_not_told_above():
    stated = cells(("", "", 9, 90, 915), ("", "discount", 5, 50, 510),
                   ("M2", "discount", 3, 30, 310))  # fmt: skip
    assert odd(stated) == {("", ""): (0, 0, 5), ("M2", "discount"): (0, 0, 10)}


def test_a_difference_is_told_once():
    stated = cells(("", "", 9, 90, 910), ("M1", "discount", 2, 20, 210))
    assert odd(stated) == {("M1", "discount"): (0, 0, 10)}


def test_what_a_row_or_total_does_not_declare_is_not_compared():
    assert odd(cells(("", "", None, None, 905))) == {("", ""): (None, None, 5)}
    unsaid = ROWS.with_columns(events=pl.when(pl.col("measure") == "M2").then("events"))
    assert odd(cells(("", "", 1, 90, 900)), unsaid) == {}


def test_a_total_of_what_has_no_rows():
    assert odd(cells(("M9", "discount", 1, 1, 5))) == {("M9", "discount"): (1, 1, 5)}
