"""What a paper asserts and prints: balances, and forgone revenue beside the relief."""

import json
from dataclasses import replace

import jsonschema  # type: ignore[import-untyped]
import pytest

from doisoat.currency import number_text
from doisoat.errors import ConservationError
from doisoat.settlement.papers.build import papers
from doisoat.settlement.papers.machine_files import SCHEMA
from doisoat.settlement.papers.run_reader import sources
from doisoat.settlement.report.balances import balances
from doisoat.words import amount_in_words
from tests.papers.conftest import DRAFT
from tests.papers.test_papers import needs, text_of
from tests.papers.world import PERIOD
from tests.spreadsheet import cells_of

WITHOUT = 123_456_789_012


@pytest.fixture(scope="module")
def forgone(run, bookings):
    """The papers of a month of which the log says what it forgoes, and its payable."""
    (source,) = sources(run, "viettel")
    payable = source.content.totals["payable"]
    told = {"viettel": payable + WITHOUT, "vnpt": 0}
    (one,) = papers(run, DRAFT, carrier="viettel", bookings=bookings, without=told)
    return one.files, payable


def test_they_hold_and_each_is_said_by_its_name(run, bookings):
    (source,) = sources(run, "viettel", bookings)
    names = [one.name for one in source.balances]
    assert len(set(names)) == len(names) == 12 and {"identity", "vat", "booked"} <= set(names)
    assert all(one.left == one.right for one in source.balances)
    assert any(one.left > 10**12 for one in source.balances)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"payable": 1}, "List value − discount = payable"),
        ({"rated": 0}, "Rated"),
        ({"discount_vat_residue": 7}, "residue"),
        ({"in_kind": 3}, "In kind: sum of the lines"),
        ({"contribution": 3}, "Contribution: sum of the lines"),
        ({"recognised": 3}, "Recognised"),
        ({"suspended": 0, "events": 5_859}, "sum over reasons"),
    ],
)
def test_one_that_does_not_hold_is_no_paper(run, change, says):
    (source,) = sources(run, "viettel")
    content = replace(source.content, totals={**source.content.totals, **change})
    with pytest.raises(ConservationError, match=says):
        balances(content, source.booked)


@pytest.mark.parametrize("table", ["by_day", "by_province", "suspense", "lines"])
def test_rows_that_are_gone_are_no_paper(run, table):
    (source,) = sources(run, "viettel")
    content = replace(source.content, **{table: getattr(source.content, table)[1:]})
    with pytest.raises(ConservationError, match="not"):
        balances(content, source.booked)


@needs("pdftotext")
def test_the_minutes_print_them_and_what_is_forgone(forgone, tmp_path):
    files, payable = forgone
    for lang, told in (
        ("vi", ("XI. Kiểm tra cân đối", "Doanh thu giảm", "số dư của mỗi bên diễn biến riêng")),
        ("en", ("XI. Balances", "Forgone revenue", "no sum of discounts")),
    ):
        said = text_of(files[f"bien-ban-{PERIOD}-viettel.{lang}.pdf"], tmp_path)
        for amount in (payable, payable + WITHOUT, WITHOUT):
            grouped = number_text(amount)
            assert (grouped if lang == "vi" else grouped.replace(".", ",")) in said
        assert all(one in said for one in told)


@needs("pdftotext")
def test_where_nobody_worked_it_out_that_is_said(draft, signed, tmp_path):
    remedy = f"doisoat forgone {PERIOD}"
    said = text_of(draft[f"bien-ban-{PERIOD}-viettel.vi.pdf"], tmp_path)
    assert f"Chưa tính, tính đến mục nhật ký nêu ở cuối trang ({remedy})" in said
    said = text_of(signed[f"bien-ban-{PERIOD}-vnpt.vi.pdf"], tmp_path)
    assert "Chưa tính" not in said and remedy not in said
    assert said.count("Không ghi trước khi ký") == 2  # nor interconnection
    assert json.loads(signed[f"doi-soat-{PERIOD}-vnpt.json"])["without_package"] is None


def test_machines_get_both_by_the_schema(forgone):
    files, payable = forgone
    told = json.loads(files[f"doi-soat-{PERIOD}-viettel.json"])
    jsonschema.validate(told, json.loads(SCHEMA.read_text("utf-8")))
    assert told["without_package"] == {
        "payable_without": str(payable + WITHOUT), "payable": str(payable),
        "forgone_revenue": str(WITHOUT),
    }  # fmt: skip
    assert all(one["left"] == one["right"] for one in told["balances"])


def test_the_workbook_has_both_as_formulas(forgone, tmp_path, recalculated):
    path = tmp_path / "viettel.xlsx"
    path.write_bytes(forgone[0][f"bang-doi-soat-{PERIOD}-viettel.xlsx"])
    first = cells_of(path)["Tổng hợp"]
    assert WITHOUT in first.values() and forgone[1] + WITHOUT in first.values()
    assert any(str(one).startswith("Kiểm tra cân đối") for one in first.values())
    assert recalculated(path) == []


def test_a_loss_is_said_in_words_too():
    assert amount_in_words(-1_000) == "Âm một nghìn đồng"
