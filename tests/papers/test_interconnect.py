"""What papers say of interconnection: by counterparty and price, what is not netted or priced."""

import io
import json
from datetime import date

import jsonschema  # type: ignore[import-untyped]
import polars as pl
import pytest

from doisoat.currency import number_text
from doisoat.errors import ConservationError
from doisoat.settlement.interconnect.paper_facts import checked, interconnection_of, price_said
from doisoat.settlement.papers.build import papers
from doisoat.settlement.papers.machine_files import SCHEMA
from doisoat.settlement.papers.run_reader import sources
from doisoat.settlement.report.balances import balances
from tests.papers.conftest import DRAFT
from tests.papers.connected import BOTH, MINUTE, OWED, OWES, WAIVED_MS, counted, due, told
from tests.papers.test_papers import needs, text_of
from tests.papers.world import PERIOD
from tests.spreadsheet import cells_of


def made(run, recorded, carrier="viettel", langs=()):
    (one,) = papers(run, DRAFT, carrier=carrier, langs=langs, interconnect=recorded)
    return one.files


@pytest.fixture(scope="module")
def files(run):
    return made(run, BOTH, langs=("vi", "en"))


def machine(files, carrier="viettel"):
    found = json.loads(files[f"doi-soat-{PERIOD}-{carrier}.json"])
    jsonschema.validate(found, json.loads(SCHEMA.read_text("utf-8")))
    return found


def book(files, tmp_path, carrier="viettel"):
    path = tmp_path / f"{carrier}.xlsx"
    path.write_bytes(files[f"bang-doi-soat-{PERIOD}-{carrier}.xlsx"])
    return path


def test_machines_get_pairs_prices_and_counts_and_no_other_sum_has_them(run, files):
    found = machine(files)
    one = found["interconnect"]
    assert one["pairs"] == [
        {"counterparty": "gmobile", "owes": "4444", "owed": None, "net": None},
        {"counterparty": "vnpt", "owes": str(OWES), "owed": str(OWED), "net": "-3"},
    ]
    assert (one["entry"], one["rounding"], one["basis"]) == (7, "per_sum", "excl_vat")
    assert one["calls"] == {
        "due": "9", "own_network": "0", "no_network": "0", "unknown_network": "12",
        "unpriced": "11", "suspended": "13", "messages": "1303",
    }  # fmt: skip
    assert (one["calls_of_all"]["unpriced"], one["calls_of_all"]["messages"]) == ("111", "2003")
    prices = pl.read_parquet(io.BytesIO(files[f"doi-soat-{PERIOD}-viettel.interconnect.parquet"]))
    assert [row["amount"] for row in one["prices"]] == prices["amount"].cast(pl.String).to_list()
    assert sorted(prices["amount"]) == sorted([5, 4_444, OWED, OWES - 5])
    assert prices["waived_ms"].sum() == WAIVED_MS == sum(int(r["waived_ms"]) for r in one["prices"])
    without = machine(made(run, None))
    assert without["interconnect"] is None
    balances = [*without["balances"], *(
        {"name": f"interconnect_{side}", "left": str(amount), "right": str(amount)}
        for side, amount in (("owes", OWES + 4_444), ("owed", OWED))
    )]  # fmt: skip
    assert {**without, "interconnect": one, "balances": balances} == found


def row_of(cells, said):
    """What a row of the table of pairs owes, is owed and nets."""
    (row,) = [at[1:] for at, value in cells.items() if value == said and at[0] == "A"]
    return tuple(cells[f"{column}{row}"] for column in "DFH")


def test_the_workbook_nets_by_formulas(files, tmp_path, recalculated):
    path = book(files, tmp_path)
    cells = cells_of(path)
    first, own = cells["Tổng hợp"], cells["Kết nối"]
    assert {OWES, OWED, -3, 4_444} <= set(first.values())
    # What is not netted has a row of its own, so that each row adds up.
    assert row_of(own, "Cộng các cặp bù trừ") == (OWES, OWED, OWED - OWES)
    assert row_of(own, "Không bù trừ") == (4_444, "–", "–")
    assert set(own.values()) >= {
        OWES, OWED, OWES - 5, 5, 4_444, -3,
        "270 đ/phút", "4,5 đ/6 giây", "không bù trừ", "phải trả",
    }  # fmt: skip
    assert any(str(one).endswith(": gmobile") for one in own.values())
    assert WAIVED_MS / MINUTE in own.values()
    assert recalculated(path) == []


@needs("pdftotext")
def test_the_minutes_say_the_same_in_both_languages(files, tmp_path):
    for lang, named in (
        ("vi", ("IX. Bù trừ cước kết nối, chưa gồm thuế GTGT", "270 đ/phút", "4,5 đ/6 giây", "90,8",
                "Chỉ biết cuộc gọi đi", "Cộng các cặp bù trừ", "làm tròn một lần",
                "Tin nhắn sang mạng khác")),
        ("en", ("IX. Interconnection, excl. VAT", "270 đ/min", "4.5 đ/6 s", "not netted", "90.8",
                "Only outgoing calls are known", "rounded once", "Messages to other networks")),
    ):  # fmt: skip
        said = text_of(files[f"bien-ban-{PERIOD}-viettel.{lang}.pdf"], tmp_path)
        amounts = (OWES, OWES - 5, OWED, 4_444, 1_303, 2_003)
        shown = [number_text(n) if lang == "vi" else f"{n:,}" for n in amounts]
        assert [one for one in (*named, *shown) if one not in said] == []


@needs("pdftotext")
def test_where_nobody_recorded_it_that_is_said(draft, signed, tmp_path):
    said = text_of(draft[f"bien-ban-{PERIOD}-viettel.vi.pdf"], tmp_path)
    assert (
        f"Chưa tính, tính đến mục nhật ký nêu ở cuối trang (doisoat interconnect {PERIOD}" in said
    )
    remedy = "interconnect 2021-08 --record"
    cells = cells_of(book(draft, tmp_path))
    assert "Kết nối" not in cells
    assert any(remedy in str(one) for one in cells["Tổng hợp"].values())
    # After signing there is none.
    texts = [str(one) for one in cells_of(book(signed, tmp_path, "vnpt"))["Tổng hợp"].values()]
    assert texts.count("Không ghi trước khi ký") == 2
    assert remedy not in text_of(signed[f"bien-ban-{PERIOD}-vnpt.vi.pdf"], tmp_path)
    assert not any(remedy in one or "doisoat forgone" in one for one in texts)


def test_of_a_carrier_without_calls_what_it_owes_is_not_known(run, tmp_path, recalculated):
    alone = told(due("viettel", "vnpt", 810), viettel=counted(3))
    files = made(run, alone, "vnpt")
    (pair,) = machine(files, "vnpt")["interconnect"]["pairs"]
    assert pair == {"counterparty": "viettel", "owes": None, "owed": "810", "net": None}
    path = book(files, tmp_path, "vnpt")
    texts = [one for one in cells_of(path)["Kết nối"].values() if type(one) is str]
    assert any(one.startswith("Chỉ biết cuộc gọi đến") for one in texts)
    # Of the pair, and of those not netted, what it owes and the net; of those netted nothing.
    assert texts.count("–") == 2 + 2 + 3
    assert recalculated(path) == []


def test_even_pairs_both_roundings_and_nothing_at_all(run, tmp_path, recalculated):
    even = told(due("viettel", "vnpt", 810), due("vnpt", "viettel", 810), rounding="per_call",
                viettel=counted(3), vnpt=counted(3))  # fmt: skip
    texts = cells_of(book(made(run, even), tmp_path))["Kết nối"].values()
    assert "ngang nhau" in texts and any("từng cuộc gọi" in str(one) for one in texts)
    nothing = made(run, told(viettel=counted(0, 5)))
    assert machine(nothing)["interconnect"]["pairs"] == []
    path = book(nothing, tmp_path)
    assert any("Không có cuộc gọi nào" in str(one) for one in cells_of(path)["Kết nối"].values())
    assert recalculated(path) == []


def test_amounts_past_what_a_spreadsheet_holds_are_text(run, tmp_path, recalculated):
    huge = 2**53 + 1
    large = told(due("viettel", "vnpt", huge), due("vnpt", "viettel", 1), viettel=counted(3),
                 vnpt=counted(3))  # fmt: skip
    path = book(made(run, large), tmp_path)
    for sheet in ("Tổng hợp", "Kết nối"):
        assert number_text(huge) in cells_of(path)[sheet].values()
    assert number_text(1 - huge) in cells_of(path)["Kết nối"].values()
    assert recalculated(path) == []


@pytest.mark.parametrize(
    "wrong",
    [
        told(due("viettel", "vnpt", 810), viettel=counted(6)),
        told(due("viettel", "vnpt", 810), vnpt=counted(3)),
        told(due("viettel", "vnpt", 0)._replace(waived_ms=1), viettel=counted(3)),
        told(viettel=counted(3)),
    ],
)
def test_rows_and_counts_that_disagree_are_no_paper(wrong):
    with pytest.raises(ConservationError, match="its prices come to"):
        interconnection_of("viettel", wrong, {})


@pytest.mark.parametrize(
    ("rounding", "calls", "last_day", "off"),
    [
        ("per_sum", 3, 31, 1),  # three calls were of three days at most
        ("per_sum", 9, 5, 2),
        ("per_sum", 9, 1, 0),
        ("per_call", 9, 1, 4),
    ],
)
def test_an_amount_is_its_time_at_its_price_but_for_the_roundings(rounding, calls, last_day, off):
    for sign in (-1, 1):
        row = due("viettel", "vnpt", 810)._replace(calls=calls, last_day=date(2021, 8, last_day))
        held, wrong = (
            told(row._replace(amount=810 + sign * by), rounding=rounding, viettel=counted(calls))
            for by in (off, off + 1)
        )
        assert checked(held).rows[0].amount == 810 + sign * off
        with pytest.raises(ConservationError, match=r"comes to 810 before"):
            checked(wrong)


def test_counterparties_that_do_not_come_to_the_prices_are_no_paper(run):
    (source,) = sources(run, "viettel", interconnect=BOTH)
    one = source.interconnection
    assert one is not None
    first, *others = one.counterparties
    wrong = one._replace(counterparties=(first._replace(owes=4_445), *others))
    with pytest.raises(ConservationError, match="Interconnection, owes: sum by price"):
        balances(source.content, source.booked, wrong)


def test_a_price_is_said_in_the_point_of_its_language():
    one = due("viettel", "vnpt", 1, "0.25", "1.5 h")
    assert price_said(one).pair == ("0,25 đ/1,5 giờ", "0.25 đ/1.5 h")
