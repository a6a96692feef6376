"""The form: what it asks for, and that what programs make of it, filled in, is read as it was."""

import csv
import io
import re
import shutil
import subprocess
import zipfile

import fastexcel
import pytest

from doisoat.engine.tables.form import folded
from doisoat.engine.tables.form import heads_of as named_by
from doisoat.errors import DoisoatError, IntakeError
from doisoat.settlement.claims.empty_form import blank_of
from doisoat.settlement.claims.form import (
    FORM,
    GRAIN_WORDS,
    HOW,
    NAMED_NATURES,
    SHEET,
    UNIT_WORDS,
    columns_of,
)
from doisoat.settlement.claims.template import FORMS, write_template
from doisoat.settlement.claims.template_rows import heads_of
from doisoat.settlement.records.claim_model import GRAINS, ITEMS, VALUES, Declared
from doisoat.settlement.report.report_text import NATURES
from tests import spreadsheet

# Of August 2021, in which measures hold from the 5th on; of the country; of Viettel.
DAYS, PROVINCES, RELIEFS = 27, 63, 9


@pytest.fixture
def form(tmp_path, names):
    def write(grain, suffix="xlsx", carrier="viettel"):
        path = tmp_path / f"{grain}.{suffix}"
        blank = blank_of(Declared(carrier, "2021-08", grain), names("2021-08"))
        write_template(path, blank, suffix)
        return path, blank

    return write


@pytest.mark.parametrize(
    ("grain", "rows"),
    [
        ("statement", len(ITEMS)), ("measure", RELIEFS), ("day", RELIEFS * DAYS),
        ("province", RELIEFS * (PROVINCES + 1)), ("lines", 0),
    ],
)  # fmt: skip
def test_a_form_asks_for_all_that_could_be_given(form, grain, rows):
    for suffix in FORMS:
        path, blank = form(grain, suffix)
        assert len(blank.rows) == rows and path.stat().st_size > 0
        assert set(columns_of(grain)) <= set(heads_of(blank))
    keys = [tuple(row.get(name) for name in ("measure", "nature", "day", "home_province", "item"))
            for row in blank.rows]  # fmt: skip
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("grain", GRAINS)
def test_the_form_says_both_languages_and_freezes_its_heads(form, grain):
    path, blank = form(grain)
    with zipfile.ZipFile(path) as book:
        texts = book.read("xl/sharedStrings.xml").decode()
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        names = re.findall(r'<sheet name="([^"]+)"', book.read("xl/workbook.xml").decode())
    assert names == [SHEET, HOW]
    assert "Số tiền (đồng) | Amount (đồng)" in texts and "doisoat claim check" in texts
    assert 'state="frozen"' in sheet and "<mergeCell" not in sheet and "hidden" not in sheet
    assert sheet.count("<f>") == (0 if grain == "lines" else len(blank.natures))


def test_numbers_are_whole_in_the_form(form):
    path, _ = form("day")
    with zipfile.ZipFile(path) as book:
        assert "#,##0;[RED]-#,##0" in book.read("xl/styles.xml").decode()


def filled(path, value):
    """The form with a number put into every cell that is to be filled."""
    target = path.with_name(f"filled-{path.name}")
    with zipfile.ZipFile(path) as book, zipfile.ZipFile(target, "w") as other:
        for item in book.infolist():
            content = book.read(item)
            if item.filename == "xl/worksheets/sheet1.xml":
                content = re.sub(
                    rb'(<c r="[F-H]\d+" s="\d+")/>', rb"\1><v>%d</v></c>" % value, content
                )
            other.writestr(item, content)
    return target


@pytest.mark.parametrize("grain", GRAINS)
def test_a_form_that_was_filled_in_is_a_claim(form, read, grain):
    """Names, lists of cells and open columns of the form stand in the way of no reader."""
    path, blank = form(grain)
    texts = (f"{1:08x}-0000-4000-8000-{2:012x}", f"{3:08x}-0000-4000-8000-{4:012x}",
             "2021-08-05 10:11:12", "Hà Nội", "M6", "Giảm trừ | Discount")  # fmt: skip
    heads = heads_of(blank)
    figures = {"ABCDEFGHI"[heads.index(name)] for name in VALUES[grain]}

    def fill(match):
        column, row, style = match[1].decode(), int(match[2]), match[3].decode()
        if column in figures and (grain != "lines" or row == 7):
            return f'<c r="{column}{row}" s="{style}"><v>5</v></c>'.encode()
        if grain == "lines" and row == 7:
            text = texts["ABCDEF".index(column)]
            return (f'<c r="{column}{row}" s="{style}" t="inlineStr"><is><t>{text}</t></is></c>'
                    ).encode()  # fmt: skip
        return match[0]

    target = path.with_name("filled.xlsx")
    with zipfile.ZipFile(path) as book, zipfile.ZipFile(target, "w") as other:
        for item in book.infolist():
            content = book.read(item)
            if item.filename == "xl/worksheets/sheet1.xml":
                content = re.sub(rb'<c r="([A-Z])(\d+)" s="(\d+)"/>', fill, content)
            other.writestr(item, content)
    claim = read(target.read_bytes(), "a.xlsx")
    assert claim.declared == blank.declared
    assert claim.rows == (len(blank.rows) or 1)
    # Of a statement every item is 5, which breaks what its items mean.
    assert {one.kind for one in claim.findings} == (
        {"claim_arithmetic"} if grain == "statement" else set()
    )


def saved_by_a_spreadsheet(source, folder):
    """What LibreOffice makes of a workbook; the test is skipped where it is not installed."""
    if not spreadsheet.is_here():
        pytest.skip("soffice is not installed (libreoffice-calc-nogui)")
    subprocess.run(
        [str(shutil.which(spreadsheet.PROGRAM)), "--headless", "--convert-to", "xlsx",
         f"-env:UserInstallation=file://{folder}/profile", "--outdir", folder / "saved", source],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    return folder / "saved" / source.name


@pytest.mark.parametrize("grain", ["measure", "day"])
def test_a_form_that_openpyxl_fills_is_the_claim_as_it_is_and_saved_again(
    form, read, tmp_path, grain
):
    openpyxl = pytest.importorskip("openpyxl")
    path, blank = form(grain)
    book = openpyxl.load_workbook(path)
    sheet = book[SHEET]
    heads = heads_of(blank)
    first = next(row for row in range(1, 20) if "Biện pháp" in str(sheet.cell(row, 1).value)) + 1
    for row in range(first, first + len(blank.rows)):
        for name in VALUES[grain]:
            sheet.cell(row, heads.index(name) + 1, 98_765_432_109)
    filled_in = tmp_path / "filled.xlsx"
    book.save(filled_in)
    for saved in (filled_in, saved_by_a_spreadsheet(filled_in, tmp_path)):
        claim = read(saved.read_bytes(), "a.xlsx")
        assert claim.findings == () and claim.rows == len(blank.rows)
        assert claim.amount == 98_765_432_109 * len(blank.rows)


def test_what_a_spreadsheet_program_saves_is_the_claim(form, names, read, tmp_path):
    """Filled in and saved by LibreOffice, totals worked out: it is read as fastexcel reads it."""
    path, blank = form("day")
    saved = saved_by_a_spreadsheet(filled(path, 1_234_567), tmp_path)
    claim = read(saved.read_bytes(), "a.xlsx")
    assert claim.findings == () and claim.rows == len(blank.rows)
    assert claim.amount == 1_234_567 * len(blank.rows)
    assert claim.totals.height == len(blank.natures)
    assert claim.totals["amount"].sum() == claim.amount
    sheet = fastexcel.read_excel(saved).load_sheet(SHEET, header_row=5, dtypes="string").to_polars()
    rows = [row for row in sheet.rows() if not row[0].startswith("Cộng")]
    figures = claim.cells.select("measure", "nature", "day", "events", "units", "amount")
    assert sorted((row[0], NAMED_NATURES[folded(row[2])], row[3], *row[5:]) for row in rows) == (
        sorted(tuple(map(str, row)) for row in figures.rows())
    )


@pytest.mark.parametrize("grain", GRAINS)
@pytest.mark.parametrize("form_", ["xlsx", "csv"])
def test_every_code_has_its_name_beside_it(form, names, read, grain, form_):
    """No code of nature, unit or grain is in a form for people; each other one is followed by its
    name, and the carrier's is said above."""
    path, blank = form(grain, form_)
    if form_ == "csv":
        rows = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))
    else:
        cells = spreadsheet.cells_of(path)[SHEET]
        last = max(int(re.sub("[A-Z]+", "", at)) for at in cells)
        rows = [[str(cells.get(f"{letter}{row}", "")) for letter in "ABCDEFGHI"]
                for row in range(1, last + 1)]  # fmt: skip
    assert rows[1][1] == names("2021-08").carriers["viettel"]
    assert rows[3][1] == GRAIN_WORDS[grain]
    named = named_by(FORM.columns)
    heads = [named.get(folded(cell)) for cell in rows[5]]
    provinces = names("2021-08").provinces
    for row, said in zip(rows[6:], blank.rows, strict=False):
        for name, cell, behind in zip(heads, row, [*row[1:], ""], strict=False):
            match name:
                case "measure" | "item":
                    assert (cell, behind) == (said[name], said["title"]) and behind
                case "home_province":
                    assert behind == provinces.get(cell, "không rõ | unknown")
                case "nature":
                    assert cell == NATURES[said[name]]
                case "unit":
                    assert cell == UNIT_WORDS[said[name]]


def test_the_guide_is_of_the_grain_at_hand(form):
    told = {grain: spreadsheet.cells_of(form(grain)[0])[HOW] for grain in GRAINS}
    texts = {grain: "\n".join(map(str, cells.values())) for grain, cells in told.items()}
    assert "UUID" in texts["lines"] and all("UUID" not in texts[one] for one in GRAINS[:4])
    assert "Các mục | Items" in texts["statement"] and "Lượng tính" not in texts["statement"]
    for grain in GRAINS[1:]:
        assert "Các mục" not in texts[grain] and "Tặng 50 phút gọi nội mạng" in texts[grain]
    for grain in GRAINS:
        assert ("Cà Mau" in texts[grain]) == (grain in ("province", "lines"))
        assert "Viễn thông Quân đội" in texts[grain]


@pytest.mark.parametrize("grain", GRAINS)
def test_a_form_prints_on_few_pages_and_offers_its_codes(form, grain):
    path, blank = form(grain)
    with zipfile.ZipFile(path) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        outline = book.read("xl/workbook.xml").decode()
    assert 'fitToHeight="0"' in sheet and 'fitToPage="1"' in sheet
    assert "'Kê khai'!$6:$6" in outline  # heads are repeated
    # Of lines no area is fixed: rows that are added are printed, and 30 begin it.
    printed = re.search(r"'Kê khai'!\$A\$1:\$[A-I]\$(\d+)", outline)
    rows = len(re.findall(r"<row ", sheet))
    assert (printed is None) == (grain == "lines")
    assert rows < 40 if printed is None else int(printed[1]) == rows
    lists = re.findall(r'<dataValidation type="list"[^>]*sqref="([A-Z])(\d+):\1(\d+)"', sheet)
    offered = {heads_of(blank)["ABCDEFGHI".index(column)] for column, _, _ in lists}
    listed = {"measure", "nature", "home_province", "unit"} & set(heads_of(blank))
    assert offered == (listed if grain != "statement" else set())
    assert {int(first) for _, first, _ in lists} <= {7}


def test_the_lists_of_cells_are_of_codes(form):
    """A list of a cell goes over the codes of the guide, all of them and no head."""
    for grain in ("province", "lines"):
        path, blank = form(grain)
        guide = spreadsheet.cells_of(path)[HOW]
        with zipfile.ZipFile(path) as book:
            sheet = book.read("xl/worksheets/sheet1.xml").decode()
        ranges = re.findall(rf"<formula1>'{HOW}'!\$A\$(\d+):\$A\$(\d+)</formula1>", sheet)
        found = [[guide[f"A{row}"] for row in range(int(one), int(other) + 1)]
                 for one, other in ranges]  # fmt: skip
        assert sorted(found) == sorted(
            [list(dict.fromkeys(one.measure for one in blank.reliefs)), list(blank.provinces)]
        )


def test_a_form_is_of_measures_in_force(names):
    vocabulary = names("2021-08")
    assert blank_of(Declared("viettel", "2021-11", "day"), vocabulary).rows[-1]["day"] == (
        "2021-11-04"
    )
    for period in ("2021-07", "2021-12", "2022-08"):
        with pytest.raises(IntakeError) as caught:
            blank_of(Declared("viettel", period, "day"), vocabulary)
        assert "from 2021-08-05 to before 2021-11-05" in caught.value.what
        assert len(blank_of(Declared("viettel", period, "statement"), vocabulary).rows) == 14


def test_a_title_that_no_cell_holds_is_refused_and_not_cut(form, tmp_path):
    _, blank = form("measure")
    titled = tuple({**row, "title": "x" * 32_768} for row in blank.rows)
    with pytest.raises(DoisoatError, match="32768 letters"):
        write_template(tmp_path / "x.xlsx", blank._replace(rows=titled), "xlsx")
    write_template(tmp_path / "x.csv", blank._replace(rows=titled), "csv")
    assert (tmp_path / "x.csv").read_text("utf-8-sig").count("x" * 32_768) == RELIEFS
