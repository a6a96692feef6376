"""The workbook to sign: the run's sheets, what was booked, under what it is issued."""

import re
import zipfile
from dataclasses import replace
from io import BytesIO

import pytest

from doisoat.currency import number_text
from doisoat.settlement.papers.build import papers
from doisoat.settlement.papers.facts import stamp_of
from doisoat.settlement.papers.house_style import DEFAULT_STYLE, House, Paper, Style
from doisoat.settlement.papers.run_reader import sources
from doisoat.settlement.report.workbook import write_workbook
from doisoat.words import amount_in_words
from tests.papers.conftest import DRAFT, SIGNED
from tests.papers.world import PERIOD
from tests.spreadsheet import cells_of

SHEETS = ["Tổng hợp", "Ghi sổ", "Theo ngày", "Theo tỉnh", "Việc cần làm", "Cách đọc"]
PAGES_MAX = 6  # of one without adjustments


@pytest.fixture(scope="module")
def book(adjusted, tmp_path_factory):
    """Of viettel, with two adjustments."""
    path = tmp_path_factory.mktemp("book") / "viettel.xlsx"
    path.write_bytes(adjusted[f"bang-doi-soat-{PERIOD}-viettel.xlsx"])
    return path


def texts(cells):
    return " ".join(
        value for sheet in cells.values() for value in sheet.values() if type(value) is str
    )


def test_a_spreadsheet_program_calculates_the_values_that_are_cached(book, recalculated):
    assert recalculated(book) == []


def test_answers_to_readings_are_told_in_its_language(adjusted, book, tmp_path):
    """As in the run's own workbook: the package that a run keeps has them in English alone."""
    said = texts({"Cách đọc": cells_of(book)["Cách đọc"]})
    assert "h0: từ 0 giờ ngày 05/8/2021" in said and "midnight" not in said
    path = tmp_path / "en.xlsx"
    path.write_bytes(adjusted[f"bang-doi-soat-{PERIOD}-viettel.en.xlsx"])
    assert "h0: at midnight, with the day" in texts({"": cells_of(path)["Cách đọc"]})


def test_it_prints_on_few_pages(signed, tmp_path, printed):
    path = tmp_path / "vnpt.xlsx"
    path.write_bytes(signed[f"bang-doi-soat-{PERIOD}-vnpt.xlsx"])
    pages = printed(path)
    assert len(pages) <= PAGES_MAX
    (words,) = [page for page in pages if "Kế toán trưởng" in page]
    assert SIGNED.key_id in words and "Bằng chữ" in words


def test_it_says_what_was_booked_and_under_what_it_is_issued(run, book, bookings):
    cells = cells_of(book)
    assert list(cells) == [*SHEETS[:2], "Kết nối", *SHEETS[2:]]  # and what adjustments move
    (source,) = sources(run, "viettel", bookings)
    whole, moved = source.booked.whole, source.booked.moved
    said = texts(cells)
    for told in (
        f"Số: {PERIOD}/viettel/01234567", SIGNED.key_id, SIGNED.checkpoint, SIGNED.log_root,
        *(one.adjustment.id for one in bookings), "do sự kiện trước đó",
        f"{number_text(whole['payable'])} đ ({amount_in_words(whole['payable'])})",
    ):  # fmt: skip
        assert told in said, told
    assert whole["list_value"] >= 10**13 and moved["payable"] != 0
    named = dict(
        re.findall(r'<definedName name="(ghi_so_[a-z_]+)">([^<]+)<', zipfile.ZipFile(book).read(
            "xl/workbook.xml").decode())
    )  # fmt: skip
    for name, column in (("ghi_so_phai_tra", "payable"), ("ghi_so_giam_tru", "discount")):
        sheet, _, cell = named[name].replace("'", "").replace("$", "").partition("!")
        assert cells[sheet][cell] == whole[column]
    # Unreadable records are of no run: nothing is said of them, rather than that there are none.
    assert "Bản ghi không đọc được" not in said


def test_checks_are_0_and_sums_are_formulas(book):
    with zipfile.ZipFile(book) as file:
        sheet = file.read("xl/worksheets/sheet2.xml").decode()
    formulas = re.findall(r"<f>([^<]*)</f><v>([^<]*)</v>", sheet)
    checks = [value for formula, value in formulas if re.fullmatch(r"\w+-\w+-\w+", formula)]
    assert len(checks) == 5 and set(checks) == {"0"}  # own, two adjustments, their sum, the whole
    assert sum(formula.startswith("SUMIF(") for formula, _ in formulas) >= 6
    assert sum(formula.startswith("SUM(") for formula, _ in formulas) >= 13


def test_a_draft_says_so_on_its_first_sheet_and_in_every_foot(draft, tmp_path):
    path = tmp_path / "nhap.xlsx"
    path.write_bytes(draft[f"bang-doi-soat-{PERIOD}-viettel.xlsx"])
    assert "BẢN NHÁP – chưa ký" in texts(cells_of(path))
    with zipfile.ZipFile(path) as file:
        sheets = [name for name in file.namelist() if name.startswith("xl/worksheets/sheet")]
        assert len(sheets) == len(SHEETS) - 1  # nothing is booked
        for name in sheets:
            foot = re.findall("<oddFooter>(.*?)</oddFooter>", file.read(name).decode())
            assert len(foot) == 1 and "BẢN NHÁP" in foot[0] and len(foot[0]) <= 255


def test_with_nothing_booked_it_says_so(signed, tmp_path):
    path = tmp_path / "vnpt.xlsx"
    path.write_bytes(signed[f"bang-doi-soat-{PERIOD}-vnpt.xlsx"])
    cells = cells_of(path)
    assert "Ghi sổ" not in cells
    (row,) = [
        at[1:] for at, text in cells["Tổng hợp"].items() if text == "= Phải trả, đã gồm thuế GTGT"
    ]
    own, moved, whole = (cells["Tổng hợp"][f"{column}{row}"] for column in "CFH")
    assert (moved, own) == (0, whole) and isinstance(whole, float) and whole > 0


@pytest.mark.parametrize("text", ["=1+1", "{=1}", "http://x.vn", "@SUM(A1)", "+84901", "-1"])
def test_text_of_others_stays_text(run, bookings, tmp_path, text):
    (source,) = sources(run, "viettel", bookings)
    content = source.content
    lines = tuple(replace(line, title=text, title_en=text) for line in content.lines)
    strange = replace(content, carrier_name=text, carrier_name_en=text, lines=lines)
    style = Style(House(paper=Paper(number=text.replace("{", "(").replace("}", ")"))), None, "x")
    stamp = stamp_of(source._replace(content=strange), DRAFT, style)
    out = BytesIO()
    write_workbook(out, strange, stamp, "vi")
    path = tmp_path / "x.xlsx"
    path.write_bytes(out.getvalue())
    cells = cells_of(path)
    assert text in cells["Tổng hợp"].values()
    with zipfile.ZipFile(path) as file:
        links = [file.read(name) for name in file.namelist() if "_rels/sheet" in name]
        assert not any(b"hyperlink" in link for link in links)  # none was made
        for name in file.namelist():
            if name.startswith("xl/worksheets/sheet"):
                for formula in re.findall("<f[^>]*>([^<]*)<", file.read(name).decode()):
                    assert re.fullmatch(r"(SUM|SUMIF)\([A-Z0-9:,]+\)|[A-Z0-9+/-]+", formula)


def test_amounts_past_what_a_spreadsheet_holds_are_text_all_over(run, bookings, tmp_path):
    (source,) = sources(run, "viettel", bookings)
    huge = 2**53 + 1
    totals = {**source.content.totals, "list_value": huge, "payable": huge - 1, "discount": 1}
    parts = source.booked._replace(
        parts=source.booked.parts.with_columns(list_value=source.booked.parts["list_value"] + huge)
    )
    out = BytesIO()
    stamp = stamp_of(source, SIGNED, DEFAULT_STYLE)._replace(booked=parts)
    write_workbook(out, replace(source.content, totals=totals), stamp, "vi")
    path = tmp_path / "x.xlsx"
    path.write_bytes(out.getvalue())
    cells = cells_of(path)
    assert number_text(parts.whole["list_value"]) in cells["Ghi sổ"].values()
    assert number_text(parts.whole["list_value"]) in cells["Tổng hợp"].values()
    assert number_text(huge) in cells["Tổng hợp"].values()


def test_it_is_made_the_same_again(run, adjusted, bookings):
    (one,) = papers(run, SIGNED, carrier="viettel", langs=[], bookings=bookings)
    name = f"bang-doi-soat-{PERIOD}-viettel.xlsx"
    assert one.files[name] == adjusted[name]
