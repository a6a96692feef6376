"""Every sheet and paper of a settled month keeps the two rules of tests/reading_rules.py.

It would catch a row "total relief" that adds discount and in kind, on any sheet, paper or machine
file of one, and a cell or sentence that says 36.000.000 mili giây and no minutes. Both are planted.
"""

import json

import duckdb
import openpyxl
import pytest

from tests.papers.test_papers import needs, text_of
from tests.reading_rules import long_counts, numbers_in, sums_over_natures

from .conftest import done


@pytest.fixture(scope="module")
def forbidden(settled):
    with duckdb.connect(str(settled[0] / "relief.duckdb"), read_only=True) as face:
        sums = sums_over_natures(face)
    assert len(sums) > 5  # else nothing could be found
    return sums


def faults(text, forbidden):
    return long_counts(text), sorted(numbers_in(text) & forbidden)


def cells_of(path):
    """Of each sheet what its cells say, numbers with the unit that their format shows."""
    book = openpyxl.load_workbook(path, data_only=True)
    for sheet in book.worksheets:
        cells = (cell for row in sheet.iter_rows() for cell in row if cell.value is not None)
        yield (
            sheet.title,
            "\n".join(
                str(round(cell.value)) if isinstance(cell.value, float) else str(cell.value)
                for cell in cells
            ),
        )


def test_every_sheet_of_every_workbook(settled, forbidden):
    books = sorted((settled[0] / "reports").glob("*.xlsx"))
    sheets = [(path.name, *sheet) for path in books for sheet in cells_of(path)]
    assert len(books) > 7 and len(sheets) > 30
    found = {(name, title): faults(text, forbidden) for name, title, text in sheets}
    assert {place: fault for place, fault in found.items() if any(fault)} == {}


@needs("pdftotext")
def test_every_paper_and_its_machine_file(home, forbidden, tmp_path):
    done("paper", "2021-08", "--out", tmp_path / "papers", "--home", home)
    written = sorted((tmp_path / "papers").rglob("*"))
    texts = {path.name: text_of(path.read_bytes(), tmp_path) for path in written
             if path.suffix == ".pdf"}  # fmt: skip
    assert len(texts) > 7
    texts |= {path.name: json.dumps(json.loads(path.read_bytes()), ensure_ascii=False)
              for path in written if path.suffix == ".json"}  # fmt: skip
    found = {name: faults(text, forbidden) for name, text in texts.items()}
    assert {name: fault for name, fault in found.items() if any(fault)} == {}


def test_planted_faults_are_found(settled, forbidden, tmp_path):
    path = tmp_path / "planted.xlsx"
    book = openpyxl.load_workbook(next((settled[0] / "reports").glob("*viettel.xlsx")))
    planted = max(forbidden)
    book.worksheets[0].append(["Tổng hỗ trợ", planted])
    book.worksheets[-1].append(["36.000.000 mili giây", "5.368.709.120 byte (5,0 GB)", "9.999 ms"])
    book.save(path)
    sheets = list(cells_of(path))
    assert faults(sheets[0][1], forbidden)[1] == [planted]
    assert faults(sheets[-1][1], forbidden)[0] == ["36.000.000 mili giây"]
    grouped = f"{planted:,}".replace(",", ".")
    assert faults(f"tổng {grouped} đ", forbidden) == ([], [planted])
