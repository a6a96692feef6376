"""The form: what it asks for, and that what programs make of it, filled in, is read as it was."""

import re
import shutil
import subprocess
import zipfile

import fastexcel
import pytest

from doisoat.settlement.claims.blank import blank_of
from doisoat.settlement.claims.form import columns_of
from doisoat.settlement.claims.model import GRAINS, ITEMS, Declared
from doisoat.settlement.claims.template import FORMS, heads_of, write_template
from doisoat.settlement.claims.workbook import HOW, SHEET
from tests import spreadsheet

DAYS, PROVINCES, RELIEFS = 31, 63, 9  # of August 2021; of the country; of Viettel


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
    assert sheet.count("<f>") == len(blank.natures)


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


def test_what_a_spreadsheet_program_saves_is_the_claim(form, names, read, tmp_path):
    """Filled in and saved by LibreOffice, totals worked out: it is read as fastexcel reads it."""
    if not spreadsheet.is_here():
        pytest.skip("soffice is not installed (libreoffice-calc-nogui)")
    path, blank = form("day")
    source, out = filled(path, 1_234_567), tmp_path / "saved"
    subprocess.run(
        [str(shutil.which(spreadsheet.PROGRAM)), "--headless", "--convert-to", "xlsx",
         f"-env:UserInstallation=file://{tmp_path}/profile", "--outdir", out, source],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    saved = out / source.name
    claim = read(saved.read_bytes(), "a.xlsx")
    assert claim.findings == () and claim.rows == len(blank.rows)
    assert claim.amount == 1_234_567 * len(blank.rows)
    assert claim.totals.height == len(blank.natures)
    assert claim.totals["amount"].sum() == claim.amount
    sheet = fastexcel.read_excel(saved).load_sheet(SHEET, header_row=4, dtypes="string").to_polars()
    rows = [row for row in sheet.rows() if not row[0].startswith("Cộng")]
    figures = claim.cells.select("measure", "nature", "day", "events", "units", "amount")
    assert sorted((*row[:3], *row[5:]) for row in rows) == sorted(
        tuple(map(str, row)) for row in figures.rows()
    )
