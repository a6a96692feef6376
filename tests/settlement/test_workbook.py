"""The workbook: right figures, formulas with the same values, safe text, the same bytes."""

import re
import uuid
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import fastexcel
import openpyxl
import polars as pl
import pytest

from doisoat.errors import DoisoatError
from doisoat.settlement.figures.merge import merge
from doisoat.settlement.figures.period import Period
from doisoat.settlement.figures.statement import build
from doisoat.settlement.report.content import Unreadable, contents
from doisoat.settlement.report.event_rows import Address
from doisoat.settlement.report.summary_sheet import unit_of
from doisoat.settlement.report.workbook import write_lists, write_workbook
from doisoat.settlement.report.workbook_style import Book, _lines
from doisoat.settlement.runs.conflicts import FINDING
from tests.spreadsheet import cells_of, compared
from tests.tax import VAT

SHEETS = ["Tổng hợp", "Theo ngày", "Theo tỉnh", "Việc cần làm", "Cách đọc"]
LISTS = ["Treo", "Phát hiện", "Hoàn trả", "Cách đọc"]
PAGES_MAX = 6  # of a statement, printed
CONFLICTS = [  # of one event, and of a balance
    ("recalled", "viettel", 0, 7, 0, 9, 1_628_000_000_000, "", None, None),
    ("balance_differs", "viettel", 0, 0, 0, 9, 1_627_776_000_000, "grant M6", 90, 30),
]
CELL = re.compile(r'<c r="([A-Z]+\d+)"([^>]*[^>/]|)>(.*?)</c>', re.S)


@pytest.fixture(scope="module")
def all_contents(world):
    package, catalogue = world.package_of(), world.catalogue_of()
    settled = merge([world.bucket_result(bucket, 4) for bucket in range(4)], world.VOCABULARY)
    assumed = {"sctv": ("cap-quang",)}
    told = contents(
        settled,
        build(settled, package, "2021-08", VAT, assumed=assumed),
        catalogue,
        package,
        Period.of("2021-08"),
        run="a" * 32,
        digest="b" * 64,
        catalogue_digest="c" * 64,
        package_digest="d" * 64,
        is_synthetic=True,
        conflicts=pl.DataFrame(CONFLICTS, FINDING, orient="row"),
        unreadable=[
            Unreadable("a.csv", frozenset({"viettel"}), (("bad_time", 2), ("structure", 3))),
            Unreadable("b.csv", frozenset({"vnpt", "mobifone"}), (("bad_units", 1),)),
            Unreadable("c.csv", frozenset(), (("bad_number", 4),)),
        ],
    )
    return {content.carrier_id: content for content in told}


@pytest.fixture
def written(tmp_path):
    def write(content, name="book.xlsx", make=write_workbook, addresses=None, **how):
        path = tmp_path / name
        make(
            path,
            content,
            None if make is write_workbook else addresses or {},
            **{"lang": "vi", **how},
        )
        return path

    return write


def texts(path):
    """Every text of the workbook."""
    with zipfile.ZipFile(path) as book:
        shared = book.read("xl/sharedStrings.xml").decode()
    return [re.sub("<[^>]+>", "", text) for text in re.findall(r"<si>(.*?)</si>", shared, re.S)]


def formulas(path):
    """(sheet, cell) -> (formula, cached value)."""
    found = {}
    with zipfile.ZipFile(path) as book:
        for name in book.namelist():
            if name.startswith("xl/worksheets/sheet"):
                for cell, _, inside in CELL.findall(book.read(name).decode()):
                    formula = re.search(r"<f[^>]*>(.*?)</f>", inside)
                    value = re.search(r"<v>(.*?)</v>", inside)
                    if formula or "<f" in inside:
                        found[name, cell] = (formula and formula[1], value and value[1])
    return found


def sheets_of(path):
    with zipfile.ZipFile(path) as book:
        return re.findall(r'<sheet name="([^"]+)"', book.read("xl/workbook.xml").decode())


def with_nothing_to_do(content):
    """The same month, in which nothing is suspended, found or to be refunded."""
    nothing = dict.fromkeys(("suspended", "refunds", "refund", "overcharged", "overcharge"), 0)
    return replace(
        content, suspense=(), unreadable=(), conflicts=(), totals={**content.totals, **nothing}
    )


def test_each_carrier_has_the_sheets(all_contents, written):
    assert list(all_contents) == ["mobifone", "sctv", "viettel", "vnpt"]
    for carrier, content in all_contents.items():
        assert sheets_of(written(content, f"{carrier}.xlsx")) == SHEETS
        assert sheets_of(written(content, "lists.xlsx", write_lists)) == LISTS
    nothing = with_nothing_to_do(all_contents["viettel"])
    assert sheets_of(written(nothing, "nothing.xlsx")) == [s for s in SHEETS if s != "Việc cần làm"]


def test_it_is_in_one_language(all_contents, written):
    """No text of the other language, nor of both, in either workbook."""
    english, vietnamese = re.compile(r"\b(of|the|and)\b"), re.compile(r"\b(của|theo|không)\b")
    titles = {line.title for content in all_contents.values() for line in content.lines}
    for content in all_contents.values():
        package = content.package.model_copy(update={"measures": (), "readings": ()})
        for make in (write_workbook, write_lists):
            said = texts(written(replace(content, package=package), "vi.xlsx", make))
            assert len(said) > 30 and titles
            assert [text for text in said if " | " in text or english.search(text)] == []
            said = texts(written(replace(content, package=package), "en.xlsx", make, lang="en"))
            assert [text for text in said if " | " in text] == []
            names = {content.carrier_name, *titles}
            mixed = [text for text in said if vietnamese.search(text) and text not in names]
            assert [text for text in mixed if "đồng)" not in text] == []  # the words that bind


@pytest.mark.parametrize("how", ["as it is", "nothing to do"])
def test_it_prints_on_few_pages(all_contents, written, printed, how):
    for carrier, content in all_contents.items():
        told = content if how == "as it is" else with_nothing_to_do(content)
        pages = printed(written(told, f"{carrier}.xlsx"))
        assert len(pages) <= (PAGES_MAX if how == "as it is" else PAGES_MAX - 1)
        assert all(len(page.split()) > 40 for page in pages)  # none with a row or two
        assert not any("###" in page for page in pages)  # no figure too wide for its column
        # Whoever signs has what was computed from, the words and the signatures on one page.
        signed = [page for page in pages if "Kế toán trưởng" in page]
        assert len(signed) == 1 and content.run in signed[0] and "Bằng chữ" in signed[0]


def test_lists_are_not_printed_with_it(all_contents, written):
    """No id of an event stands in the statement, however many there are to act on."""
    said = " ".join(texts(written(all_contents["mobifone"])))
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", said)


def test_days_are_drawn_each_nature_by_itself(all_contents, written):
    content = all_contents["mobifone"]
    drawn = [name for name in ("discount", "in_kind", "contribution") if content.totals[name] != 0]
    with zipfile.ZipFile(written(content)) as book:
        charts = [name for name in book.namelist() if name.startswith("xl/charts/chart")]
        series = [re.findall(r"<c:f>([^<]+)</c:f>", book.read(name).decode()) for name in charts]
    assert len(charts) == len(drawn) > 0
    assert {days for days, _ in series} == {"'Theo ngày'!$A$5:$A$35"}
    assert len({amounts for _, amounts in series}) == len(drawn)


def test_of_an_envelope_of_nought_no_share_is_told(all_contents, written):
    """Figures of the statement's envelope, with their share of it where there is any."""
    content = all_contents["viettel"]
    shares = []
    for amount in (content.package.envelope.amount, 0):
        envelope = content.package.envelope.model_copy(update={"amount": amount})
        package = content.package.model_copy(update={"envelope": envelope})
        book = fastexcel.read_excel(written(replace(content, package=package)))
        cells = book.load_sheet(0, header_row=None, dtypes="string").to_polars().rows()
        heads = [
            at for at, row in enumerate(cells) if "Tỷ lệ so với chương trình" in (row[7] or "")
        ]
        ends = [at for at, row in enumerate(cells) if row[1] == "Giá trị chương trình"]
        shares.append([row[7] for row in cells[heads[0] + 1 : ends[0] + 1]])
    of_some, of_none = shares
    assert of_some[-1] == "1" and len(of_some) > 3
    assert of_none == ["–"] * len(of_some)


def test_findings_are_counted_and_listed(all_contents, written):
    said = " ".join(texts(written(all_contents["viettel"], "findings.xlsx", write_lists)))
    for words in (
        "số bị thu hồi",
        "recalled",
        "balance_differs",
        "grant M6",
        "Liệt kê 2 trong số 2",
    ):
        assert words in said
    assert "recalled" not in " ".join(
        texts(written(all_contents["vnpt"], "none.xlsx", write_lists))
    )


def test_the_same_content_is_the_same_bytes(all_contents, written):
    one = written(all_contents["viettel"], "one.xlsx").read_bytes()
    assert written(all_contents["viettel"], "two.xlsx").read_bytes() == one


def test_it_says_what_a_reader_must_know(all_contents, written):
    said = " ".join(texts(written(all_contents["sctv"])))
    for part in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Mẫu tham khảo", "a" * 32, "b" * 64,
        "in_kind_value = pack_average", "DỮ LIỆU GIẢ LẬP", "cap-quang", "dùng gói cước giả định",
        "Mười nghìn tỷ đồng".lower(), "10.000.000.000.000 đ",
    ):  # fmt: skip
        assert part in said


def test_every_formula_carries_a_value_and_the_checks_are_0(all_contents, written):
    found = formulas(written(all_contents["mobifone"]))
    assert len(found) > 60
    assert all(value is not None for _, value in found.values())
    checks = [value for formula, value in found.values() if formula.count("-") == 2]
    assert len(checks) >= 35 and set(checks) == {"0"}


def test_amounts_that_a_spreadsheet_would_round_are_text(all_contents, written):
    huge = 2**53 + 1
    content = all_contents["mobifone"]
    totals = {**content.totals, "list_value": huge, "payable": huge - content.totals["discount"]}
    path = written(replace(content, totals=totals))
    assert "9.007.199.254.740.993" in texts(path)
    assert not any(
        "G18" in (formula or "") for (sheet, _), (formula, _) in formulas(path).items()
        if sheet.endswith("sheet1.xml") and formula.count("-") == 2
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "units", "shown"),
    [
        ("data", 0, (0, "GB")),
        ("data", 1, (1, "byte")),
        ("data", 1023, (1023, "byte")),
        ("data", 1024, (1, "KB")),
        ("data", 1_894_400, (1.8, "MB")),
        ("data", 1 << 30, (1, "GB")),
        ("voice", 59_000, (59, "giây")),
        ("voice", 1, (0.001, "giây")),
        ("voice", 60_000, (1, "phút")),
        ("sms", 1, (1, "tin")),
        ("", 5, (5, "đơn vị")),
    ],
)
def test_no_quantity_above_0_is_shown_as_0(all_contents, kind, units, shown):
    line = replace(all_contents["viettel"].lines[0], kind=kind, units=units)
    said, size, style = unit_of(line)
    places = {"whole": 0, "decimal": 1, "thousandths": 3}[style]
    assert (round(units / size, places), said.vi) == shown


def test_what_is_listed_has_its_address_in_the_order_of_files(all_contents, written):
    rows: list[Any] = [
        {"event_hi": 0, "event_lo": n, "reason": "no_tariff", "start_ms": 1_627_776_000_000}
        for n in (1, 2, 3)
    ]
    addresses = {
        1: Address("b.csv", 7, "vt.Tomato", "voice", "unknown"),
        2: Address("a.csv", 12, "", "pack", "vt.VX3"),
    }
    content = replace(all_contents["viettel"], suspense=(("no_tariff", 3),), suspended=tuple(rows))
    path = written(content, "lists.xlsx", write_lists, addresses)
    cells = cells_of(path)["Treo"]
    ids = {str(uuid.UUID(int=row["event_lo"])): row["event_lo"] for row in rows}
    listed = [
        (ids[value], *(cells[f"{column}{at[1:]}"] for column in "EFGHI"))
        for at, value in cells.items()
        if at[0] == "A" and value in ids
    ]
    assert listed == [
        (3, "–", "–", "–", "–", "–"),
        (2, "a.csv", 12.0, "–", "mua gói cước (pack)", "vt.VX3"),
        (1, "b.csv", 7.0, "vt.Tomato", "cuộc gọi (voice)", "không rõ (unknown)"),
    ]


def test_each_reason_of_suspense_is_named_and_its_events_are_listed(all_contents, written):
    rows: list[Any] = [
        {"event_hi": 0, "event_lo": n, "reason": reason, "start_ms": 1_627_776_000_000 + n}
        for n, reason in enumerate(["no_tariff", "conflicting", "of_tomorrow"], start=1)
    ]
    counted = tuple((row["reason"], 1) for row in rows)
    content = replace(all_contents["viettel"], suspense=counted, suspended=tuple(rows))
    statement = texts(written(content))
    assert sum("bản sao mâu thuẫn 1" in text for text in statement) == 1  # on the first sheet
    said = texts(written(content, "lists.xlsx", write_lists))
    for row in rows:
        assert str(uuid.UUID(int=row["event_lo"])) in said
        assert any(f"({row['reason']})" in text for text in said)
        assert any(f"({row['reason']})" in text for text in statement)
    assert "Bản sao mâu thuẫn" in said


def test_unreadable_records_are_counted_by_file_and_reason(all_contents, written):
    of_none = ("c.csv", "bad_number", 4)
    assert all_contents["viettel"].unreadable == (
        ("a.csv", "bad_time", 2), ("a.csv", "structure", 3), of_none,
    )  # fmt: skip
    assert all_contents["vnpt"].unreadable == (("b.csv", "bad_units", 1), of_none)
    said = texts(written(all_contents["viettel"], "lists.xlsx", write_lists, lang="en"))
    assert "Unreadable records, by file" in said
    assert any(
        text.endswith("its fields cannot be told apart, or are no UTF-8 (structure)")
        for text in said
    )
    assert any(text.endswith("or have its source send it again") for text in said)
    assert "a.csv" in said
    assert "b.csv" not in said


@pytest.mark.parametrize("text", ["=1+1", "{=1}", "http://x.vn", "file://x", "@SUM(A1)", "+84901"])
def test_text_stays_text(all_contents, written, text):
    content = replace(all_contents["vnpt"], carrier_name=text, carrier_name_en=text)
    path = written(content)
    assert text in texts(path)
    assert not any((formula or "").startswith("1") for formula, _ in formulas(path).values())
    with zipfile.ZipFile(path) as book:
        links = [book.read(name) for name in book.namelist() if "_rels/sheet" in name]
    assert not any(b"hyperlink" in link for link in links)  # none was made


def test_a_cell_that_the_format_refuses_is_an_error_and_not_a_gap(tmp_path):
    book = Book(tmp_path / "x.xlsx", "x", "", Period.of("2021-08"))
    sheet = book.sheet("x", (10,), "", landscape=False)
    with pytest.raises(DoisoatError, match="refused with code -1"):
        sheet.text(20_000, "x")


@pytest.mark.parametrize(
    ("height", "pages", "breaks"), [(20, None, []), (55, None, []), (65, 0, [40])]
)  # pages None: one, which the format leaves out; 0: as many as it takes
def test_a_sheet_of_little_more_than_a_page_is_printed_on_one(tmp_path, height, pages, breaks):
    path = tmp_path / "x.xlsx"
    book = Book(path, "x", "", Period.of("2021-08"))
    sheet = book.sheet("x", (10,), "", landscape=False)
    sheet.row = height
    sheet.keep_together(40 if height > 40 else 0)
    sheet.on_one_page_if_legible()
    book.close()
    made = openpyxl.load_workbook(path)["x"]
    assert made.page_setup.fitToHeight == pages
    assert [place.id for place in made.row_breaks.brk] == breaks


@pytest.mark.parametrize("letter", ["x", "\N{GRINNING FACE}"])
def test_a_text_that_is_longer_than_a_cell_holds_is_refused_and_not_cut(tmp_path, letter):
    book = Book(tmp_path / "x.xlsx", "x", "", Period.of("2021-08"))
    sheet = book.sheet("x", (10, 10), "", landscape=False)
    sheet.text(0, "x" * 32_767)
    for write in (
        lambda: sheet.text(0, letter * 32_768),
        lambda: sheet.across(letter * 32_768, "cell"),
        lambda: sheet.put(0, letter * 32_768, sheet.formats["text"]),
    ):
        with pytest.raises(DoisoatError, match=f"32768 letters, .* begins '{letter}") as told:
            write()
        assert "x, row 1" in str(told.value) and "shorten it" in str(told.value)


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 10, 1),
        ("một hai", 10, 1),
        ("một hai ba bốn", 10, 2),
        ("a\nb", 10, 2),
        ("x" * 30, 10, 3),
    ],
)
def test_rows_grow_with_their_text(text, width, lines):
    assert _lines(text, width) == lines


def test_a_spreadsheet_program_calculates_the_values_that_are_cached(
    all_contents, written, recalculated
):
    assert recalculated(written(all_contents["mobifone"])) == []
    assert recalculated(written(all_contents["viettel"], "lists.xlsx", write_lists)) == []


def test_a_wrong_value_a_wrong_formula_and_a_lost_text_are_differences(all_contents, written):
    cells = cells_of(written(all_contents["mobifone"]))
    assert compared(cells, cells) == []
    for sheet, at, other in (
        ("Tổng hợp", "G17", 0.0), ("Theo ngày", "B5", "x"), ("Cách đọc", "A1", None),
    ):  # fmt: skip
        spoilt: dict[str, Any] = {**cells, sheet: {**cells[sheet], at: other}}
        assert [one.partition(":")[0] for one in compared(cells, spoilt)] == [f"{sheet}!{at}"]


def test_every_sheet_is_set_up_for_print_and_long_ones_keep_their_heads(all_contents, written):
    with zipfile.ZipFile(written(all_contents["mobifone"])) as book:
        sheets = [book.read(f"xl/worksheets/sheet{n}.xml").decode() for n in range(1, 6)]
        whole = book.read("xl/workbook.xml").decode()
    for sheet in sheets:
        assert 'paperSize="9"' in sheet and "<pageSetUpPr fitToPage" in sheet
        assert "Trang &amp;P/&amp;N" in sheet and 'showGridLines="0"' in sheet
    named = dict(re.findall(r'<definedName name="([a-z_]+)">([^<]+)</definedName>', whole))
    assert set(named) >= {"gia_tri", "giam_tru", "phai_tra", "ngay_phai_tra", "tinh_phai_tra"}
    for number, bars in ((2, 1), (3, 1)):  # by day, by province
        assert "<pane " in sheets[number - 1] and sheets[number - 1].count("<dataBar>") == bars
    assert whole.count('name="_xlnm.Print_Titles"') >= 3  # with what the reader has to act on
    assert whole.count('name="_xlnm.Print_Area"') == 5


def test_the_accountants_page_counts_the_sheets():
    root = Path(__file__).resolve().parents[2]
    said = (root / "docs/accountant.md").read_text("utf-8")
    words = {5: ("năm trang", "five sheets")}[len(SHEETS)]
    assert all(word in said for word in words)
    listed = re.findall(r"^\| (\S[^|]*?) \|", (root / "docs/reports.md").read_text("utf-8"), re.M)
    assert [one for one in listed if one in {*SHEETS, *LISTS}] == [*SHEETS, *LISTS]
