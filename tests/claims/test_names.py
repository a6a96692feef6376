"""Names as people and spreadsheets write them: what is plain is taken, what is not is helped."""

import unicodedata
from datetime import date

import pytest

from doisoat.engine.tables.findings import RefusedTable
from doisoat.settlement.claims.province_names import Places
from doisoat.settlement.records.claim_model import ITEMS

from .conftest import DAY, as_csv, as_xlsx, preamble, table
from .test_bad_books import styles

EPOCH = date(1899, 12, 30)


def of_province(code):
    return ("M6", "discount", code, "ms", 1, 1, 1)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("01", "01"), ("1", "01"), ("Hà Nội", "01"), ("hà nội", "01"), ("Ha Noi", "01"),
        ("Thành phố Hà Nội", "01"), ("TP. Hồ Chí Minh", "79"), ("TP Hồ Chí Minh", "79"),
        ("Hồ Chí Minh", "79"), ("Tỉnh Hoà Bình", "17"), ("Hòa Bình", "17"), ("Đắk Lắk", "66"),
        ("Bà Rịa - Vũng Tàu", "77"), ("Bà Rịa–Vũng Tàu", "77"),
        (unicodedata.normalize("NFD", "Đắk Nông"), "67"), ("unknown", ""), ("Không rõ", ""),
    ],
)  # fmt: skip
def test_a_province_is_its_code_or_its_name(read, written, code):
    row = tuple(map(str, of_province(written)))
    claim = read(as_csv(table(row, grain="province")))
    assert claim.cells["home_province"].to_list() == [code]


def test_a_number_in_a_cell_is_a_code_without_its_zero(read):
    claim = read(as_xlsx(table(of_province(1), of_province(79), grain="province")), "a.xlsx")
    assert claim.cells["home_province"].to_list() == ["01", "79"]


def test_two_ways_to_write_one_province_are_one_key(read):
    rows = [tuple(map(str, of_province(one))) for one in ("01", "Hà Nội")]
    with pytest.raises(RefusedTable) as caught:
        read(as_csv(table(*rows, grain="province")))
    assert [(one.kind, one.at) for one in caught.value.findings] == [("duplicate", "7:1")]


@pytest.mark.parametrize(
    ("written", "near"),
    [("Hà Nộ", "01 Hà Nội"), ("Kontum", "62 Kon Tum"), ("100", None), ("VN-XX", None), ("0", None),
     ("\uff13", None)],
)  # fmt: skip
def test_a_province_that_is_none_is_answered_by_those_near_it(read, written, near):
    with pytest.raises(RefusedTable) as caught:
        read(as_csv(table(tuple(map(str, of_province(written))), grain="province")))
    [one] = caught.value.findings
    assert one.kind == "province" and repr(written) in one.what.en
    assert (near in one.what.en and near in one.what.vi) if near else "is it" not in one.what.en


def test_a_name_of_two_provinces_is_none():
    places = Places({"01": "Hà Nội", "02": "Ha Nôi", "03": "Huế"})
    assert (places.code_of("Hà Nội"), places.code_of("hue"), places.code_of("2")) == (
        None, "03", "02",
    )  # fmt: skip


def test_every_province_of_the_catalogue_has_a_name_of_its_own(names):
    provinces = names("2021-08").provinces
    places = Places(provinces)
    assert len(provinces) == 63
    assert [places.code_of(name) for name in provinces.values()] == list(provinces)


@pytest.mark.parametrize(
    "period", ["2021-08", "08/2021", "8/2021", "tháng 8/2021", "Tháng 08 năm 2021", "Kỳ 2021-08"]
)
def test_a_period_in_words(read, period):
    assert read(as_csv(table(DAY, period=period))).declared.period == "2021-08"


def book_of(period):
    rows = [list(one) for one in preamble()]
    rows[1][1] = f"<c r='AT' s='1'><v>{period}</v></c>"
    return as_xlsx([*rows, *table(DAY)[4:]], more={"xl/styles.xml": styles(number=17)})


def test_a_period_that_a_spreadsheet_made_a_date(read):
    first = (date(2021, 8, 1) - EPOCH).days
    assert read(book_of(first), "a.xlsx").declared.period == "2021-08"
    for other in (first + 1, 202108, 8):
        with pytest.raises(RefusedTable) as caught:
            read(book_of(other), "a.xlsx")
        [one] = caught.value.findings
        assert (one.kind, one.at) == ("period", "Kê khai!B2")
        assert "2021-08" in one.mend.vi and "2021-08" in one.mend.en


def test_carriers_measures_and_items_by_what_they_are_called(read, names):
    name = names("2021-08").carriers["viettel"]
    for carrier in ("Viettel", name):
        claim = read(as_csv(table(("m6", *DAY[1:]), carrier=carrier)), carrier="viettel")
        assert claim.declared.carrier == "viettel" and claim.cells["measure"][0] == "M6"
    rows = [(item if item != "relief" else "Hỗ trợ tính vào chương trình", "0") for item in ITEMS]
    assert read(as_csv(table(*rows, grain="statement"))).rows == len(ITEMS)
