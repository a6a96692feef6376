"""Figures past what a claim may hold, and totals that come twice, are refused at their cells."""

import polars as pl
import pytest

from doisoat.engine.tables.findings import RefusedTable
from doisoat.settlement.records.claim_model import COLUMN_MAX

from .conftest import DAY, WIDE, as_csv, as_json, as_xlsx, table

LARGEST = str(COLUMN_MAX["amount"])
ALMOST = str(COLUMN_MAX["amount"] - 1)
OTHER = ("M6", "discount", "2021-08-06", "ms", "3", "60000", "1180")


def refused(read, content, name="ke-khai.csv"):
    with pytest.raises(RefusedTable) as caught:
        read(content, name)
    return [(one.kind, one.at) for one in caught.value.findings if one.refuses]


def test_the_limits_themselves_are_taken(read):
    most = [str(COLUMN_MAX[name]) for name in ("events", "units", "amount")]
    claim = read(as_csv(table((*DAY[:4], *most))))
    assert claim.cells.select("events", "units", "amount").row(0) == tuple(map(int, most))


@pytest.mark.parametrize("column", [4, 5, 6])
@pytest.mark.parametrize("sign", ["", "-"])
def test_one_figure_past_its_limit(read, column, sign):
    most = tuple(COLUMN_MAX.values())[column - 4]
    row = (*DAY[:column], f"{sign}{most + 1}", *DAY[column + 1 :])
    assert refused(read, as_csv(table(row))) == [("limit", f"6:{column + 1}")]


@pytest.mark.parametrize("figure", [2**63 - 1, 2**63, 2**64, 10**39])
def test_figures_about_64_bits(read, figure):
    rows = [(*DAY[:6], str(figure))]
    assert refused(read, as_csv(table(*rows))) == [("limit", "6:7")]
    assert refused(read, as_xlsx(table(*rows), before=WIDE), "a.xlsx") == [("limit", "Kê khai!G6")]
    assert refused(read, as_json(rows), "a.json") == [("limit", "/rows/0/amount")]


def test_sums_past_the_limit_are_told_once_where_they_pass_it(read):
    rows = [(*DAY[:6], ALMOST), (*OTHER[:6], "-1"), (*OTHER[:2], "2021-08-07", *OTHER[3:6], "-1"),
            (*OTHER[:2], "2021-08-08", *OTHER[3:6], "5")]  # fmt: skip
    assert refused(read, as_csv(table(*rows))) == [("limit", "8:7")]
    assert read(as_csv(table(*rows[:2]))).rows == 2


def test_totals_of_one_sort_are_summed_apart_from_rows(read):
    every = ("Cộng", "", "", "", "", "", LARGEST)
    of_nature = [("Cộng", one, "", "", "", "", LARGEST) for one in ("discount", "in_kind")]
    row = (*DAY[:6], LARGEST)
    assert read(as_csv(table(row, every, of_nature[0]))).totals.height == 2
    assert refused(read, as_csv(table(row, every, *of_nature))) == [("limit", "9:7")]


def test_lines_of_columns_past_the_limit(read, tmp_path):
    line = {
        "event_id": "00000000-0000-4000-8000-00000000000", "owner_id": "", "units": 1,
        "home_province": "01", "measure": "M6", "nature": "discount",
    }  # fmt: skip
    most = COLUMN_MAX["amount"]
    for amounts, at in (((1, most + 1), "row 2, amount"), ((most, 1), "column amount")):
        frame = pl.DataFrame(
            [{**line, "event_id": f"{line['event_id']}{n}", "owner_id": f"{line['event_id']}f",
              "amount": amount} for n, amount in enumerate(amounts)],
        ).with_columns(start_at=pl.datetime(2021, 8, 5))  # fmt: skip
        path = tmp_path / "lines.parquet"
        frame.write_parquet(path, metadata={"carrier": "viettel", "period": "2021-08"})
        assert refused(read, path.read_bytes(), "lines.parquet") == [("limit", at)]


def test_a_total_that_is_written_twice_is_refused(read):
    right, wrong = (("Cộng", "discount", "", "", "", "", one) for one in ("1180", "9999"))
    for totals in ((wrong, right), (right, wrong), (right, right)):
        assert refused(read, as_csv(table(DAY, *totals))) == [("duplicate", "8:1")]
    twice = [{"nature": "discount", "amount": 1180}, {"nature": "discount", "amount": 1181}]
    assert refused(read, as_json([DAY], totals=twice), "a.json") == [("duplicate", "/totals/1")]
    # What states nothing is no total: the form's own sums, not worked out yet.
    blank = ("Cộng", "discount", "", "", "", "", "")
    assert read(as_csv(table(DAY, blank, right))).totals.height == 1


def test_an_error_that_totals_repeat_is_told_once(read):
    totals = [("M6", "discount", "Cộng", "", "", "", "1280"), ("Cộng", "discount", "", "", "", "",
              "1280"), ("Cộng", "", "", "", "", "", "1280")]  # fmt: skip
    claim = read(as_csv(table(DAY, *totals)))
    assert [(one.kind, one.at) for one in claim.findings] == [("claim_arithmetic", "7:1")]
    off = [*totals[:2], (*totals[2][:6], "1380")]
    [first, second] = read(as_csv(table(DAY, *off))).findings
    assert (first.at, second.at) == ("7:1", "9:1")
    assert "the totals below it sum to 1280" in second.what.en


@pytest.mark.parametrize(
    ("key", "unit", "is_taken"),
    [
        (("M6", "discount", "Cộng"), "ms", True), (("M6", "discount", "Cộng"), "byte", False),
        (("M6", "Cộng", ""), "mili giây", True), (("Cộng", "", ""), "ms", False),
        (("Cộng", "", ""), "mixed", True), (("Cộng", "contribution", ""), "event", True),
        (("Cộng", "contribution", ""), "message", False), (("Cộng", "", ""), "", True),
    ],
)  # fmt: skip
def test_the_unit_of_a_total_is_that_of_what_it_is_over(read, key, unit, is_taken):
    content = as_csv(table(DAY, (*key, unit, "3", "", "1180")))
    if is_taken:
        assert read(content).totals.height == 1
    else:
        assert refused(read, content) == [("unit", "7:4")]


@pytest.mark.parametrize(
    ("key", "is_taken"),
    [(("M6", "discount"), True), (("M6", ""), True), (("Cộng", "contribution"), True),
     (("Cộng", "discount"), False), (("Cộng", ""), False)],
)  # fmt: skip
def test_units_of_several_kinds_have_no_total(read, key, is_taken):
    """Viettel's discounts are of milliseconds, bytes and events."""
    content = as_csv(table(DAY, (*key, "Cộng", "", "3", "60000", "1180")))
    if is_taken:
        assert read(content).totals["units"].to_list() == [60_000]
    else:
        assert refused(read, content) == [("unit", "7:6")]
