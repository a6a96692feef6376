"""What all alternatives have in common: order, progress, threads, items; arithmetic; the list."""

import re
import shutil
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest

from doisoat.engine.store.home import open_home
from doisoat.errors import PeriodError
from doisoat.settlement.figures.period import Period
from doisoat.settlement.reconcile.causes import (
    alternatives,
)
from doisoat.settlement.reconcile.causes import (
    figure_causes as arithmetic,
)
from doisoat.settlement.reconcile.causes import (
    run_figures as ours,
)
from doisoat.settlement.reconcile.causes.alternative_cache import ALTERNATIVES
from doisoat.settlement.reconcile.causes.causes import BY_ID, CAUSES, ids_of
from doisoat.settlement.reconcile.letter.cause_words import CAUSE_WORDS
from doisoat.settlement.records import alternative_frame as delta
from doisoat.settlement.records.claim_model import ITEMS
from tests.integration.conftest import done
from tests.tax import VAT

from .carriers import AUGUST

DOCS = Path(__file__).parents[2] / "docs"
READING = "m3.in_kind_value=zero"
KEPT = shutil.ignore_patterns(ALTERNATIVES)


@pytest.fixture(scope="module")
def items(home, run):
    return alternatives.of(home, run, "viettel", AUGUST, "statement")


def test_the_same_whatever_the_threads(home, run, found, tmp_path):
    copy = open_home(shutil.copytree(home.path, tmp_path / "copy", ignore=KEPT))
    steps = []
    again = alternatives.of(copy, run, "viettel", AUGUST, "day", 1, steps.append)
    assert again.equals(found["viettel"])
    assert sum(steps) == alternatives.STEPS and min(steps) > 0


def test_rows_are_in_order_and_differ(found):
    for rows in found.values():
        assert rows.schema == delta.DELTA
        assert rows.equals(rows.sort(delta.ORDER, nulls_last=True))
        assert not rows.select(delta.ORDER).is_duplicated().any()
        assert rows.select(pl.any_horizontal(pl.col(delta.VALUES) != 0).all()).item()


def test_a_run_of_another_period_is_refused(home, run):
    with pytest.raises(PeriodError, match="is of 2021-08, not of 2021-07"):
        alternatives.of(home, run, "viettel", Period.of("2021-07"), "day")


def test_nothing_to_hold_a_claim_against(home):
    with pytest.raises(PeriodError, match="2021-10 is not settled"):
        ours.run_of(home, "2021-10")


def test_items_of_a_reading_are_the_statement_settled_with_it(home, run, items, tmp_path):
    copy = shutil.copytree(home.path, tmp_path / "turned")
    for month in ("2021-07", "2021-08"):
        done("settle", "--period", month, "--catalogue", home.path.parent / "catalogue",
             "--reading", READING, "--home", copy)  # fmt: skip
    turned = open_home(copy)
    theirs = ours.statement(ours.run_of(turned, "2021-08"), "viettel")
    mine = dict(ours.statement(run, "viettel").select("item", "amount").iter_rows())
    expected = {
        item: amount - mine[item]
        for item, amount in theirs.select("item", "amount").iter_rows()
        if amount != mine[item]
    }
    rows = items.filter(pl.col("detail") == READING)
    assert dict(rows.select("item", "amount").iter_rows()) == expected
    assert expected["in_kind"] == expected["relief"] == expected["recognised"] < 0


def test_items_and_cells_tell_the_same_relief(found, items):
    natures = {"discount": "discount", "in_kind": "in_kind", "contribution": "contribution"}
    for (cause, detail, item), rows in items.group_by("cause", "detail", "item"):
        if item in natures:
            own = found["viettel"].filter(
                pl.col("cause") == cause, pl.col("detail") == detail, pl.col("nature") == item
            )
            assert rows["amount"].sum() == own["amount"].sum()


def test_the_statement_of_a_run_has_every_item(run):
    told = ours.statement(run, "viettel")
    assert tuple(told["item"]) == ITEMS
    assert ours.statement(run, "nobody").is_empty()


# --- arithmetic ----------------------------------------------------------------------------------


def test_what_is_done_to_a_figure():
    moved = dict(arithmetic.to_any((3, 100, 1_180), VAT))
    assert {(one.cause, one.detail): by for one, by in moved.items()} == {
        ("vat", "amount=without"): (0, 0, -107),
        ("vat", "amount=added"): (0, 0, 118),
        ("double_count", "all"): (3, 100, 1_180),
        ("double_count", "amount"): (0, 0, 1_180),
        ("sign", "all"): (-6, -200, -2_360),
        ("sign", "amount"): (0, 0, -2_360),
    }


@pytest.mark.parametrize("amount", [0, 1, 5, 11, 12, 55, 1_180, 10**12 + 7, -5, -1_180])
def test_vat_is_rounded_half_up_away_from_zero(amount):
    done = arithmetic.to_any((1, 1, amount), VAT)
    moved = {one.detail: by[2] for one, by in done if one.cause == "vat"}
    for detail, rate in (("amount=without", Fraction(10, 11)), ("amount=added", Fraction(11, 10))):
        exact = abs(amount) * rate
        whole = int(exact) + (exact - int(exact) >= Fraction(1, 2))
        signed = whole if amount >= 0 else -whole
        assert moved.get(detail, 0) == signed - amount


def test_nothing_is_moved_by_nothing():
    assert list(arithmetic.to_any((0, 0, 0), VAT)) == []


# --- the list ------------------------------------------------------------------------------------


def test_the_list_is_closed_and_in_both_languages():
    assert len(BY_ID) == len(CAUSES) == 25
    assert ids_of("arithmetic") == ("vat", "double_count", "sign")
    assert ids_of("claim") == ("claim_arithmetic",)
    for cause in CAUSES:
        for said in CAUSE_WORDS[cause.id]:
            assert re.search(r"[àáâãèéêìíòóôõùúýăđĩũơưạ-ỹ]", said.vi) and said.en.isascii()


def test_each_cause_has_its_row_and_its_rule():
    text = (DOCS / "reconcile.md").read_text("utf-8")
    table = text.partition(" | The causes\n")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| `([a-z_]+)` (?:\| [^|]+ ){2}\| ([^|]+) \|", table, re.MULTILINE))
    assert rows == {cause.id: cause.d170 or "–" for cause in CAUSES}
    rules = (DOCS / "causes.md").read_text("utf-8").partition("\n## The causes one by one\n")[2]
    beginnings = "\n".join(re.findall(r"^(?:### |- )(.+)", rules, re.MULTILINE))
    for cause in CAUSES:
        assert f"`{cause.id}`" in beginnings
