"""CSV for Excel is read back as it was; the machine's form is what csv.writer writes."""

import csv
import io
import re
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doisoat.engine.tables.csv_writer import csv_text
from doisoat.engine.tables.delimited import rows_of
from doisoat.engine.tables.form import FileForm
from doisoat.messages.text import message

FORM = FileForm("", "", message("give it in parts"))
# Each would be another text, or a formula, if Excel opened and saved the file.
CONVERTED = (
    "01", "2021-08", "08/2021", "12e45", "123E4", "1.234", "1,5", "12345678901234567890", "1/2",
    "10:30", "5 PM", "50%", "true", "FALSE", "MAR1", "5-Aug", "(12)", "2021-08-05 12:00:00",
    "007", "00000000-0000-4000-8000-000000000001", "thg 8-21", "123456789012",
)  # fmt: skip
KEPT = ("33311", "0", "-5", "mobifone", "M1", "VX3", "Thoại", "a;b", 'a "b"', "0b", "1a2b-3")
FORMULAS = ("=1+1", "+84912345678", "-x", "@sum", "=2021", "-5+3", "\uff1d1")


def _read_back(text: str, tmp_path) -> list[list[str]]:
    path = tmp_path / "table.csv"
    path.write_bytes(text.encode("utf-8"))
    rows = []
    for row in rows_of(path, FORM):
        assert not any(cell.formula for cell in row.cells)
        rows.append([cell.text for cell in row.cells])
    return rows


@pytest.mark.parametrize("text", CONVERTED)
def test_what_excel_would_convert_stays_text(text):
    assert csv_text([["head", text]], "excel") == f"\ufeffhead;\t{text}\r\n"


@pytest.mark.parametrize("text", KEPT)
def test_what_excel_keeps_has_no_sign(text):
    written = next(csv.reader([csv_text([["head", text]], "excel")[1:]], delimiter=";"))
    assert written == ["head", text]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_formula_is_written(text):
    assert csv_text([["head", text]], "excel") == f"\ufeffhead;'{text}\r\n"


def test_figures_and_days():
    row = [12, -5, None, Decimal("1234.50"), date(2021, 8, 5), 99_999_999_999, 100_000_000_000]
    assert csv_text([row], "excel") == (
        "\ufeff12;-5;;1234,50;2021-08-05;99999999999;\t100000000000\r\n"
    )


def test_a_long_decimal_is_text_with_a_comma():
    assert csv_text([[Decimal("1234567890.25"), "x"]], "excel") == "\ufeff\t1234567890,25;x\r\n"


@pytest.mark.parametrize("value", [1.5, True, b"x", 3j])
def test_a_value_without_a_form_is_refused(value):
    with pytest.raises(TypeError, match="no form for Excel"):
        csv_text([[value]], "excel")


def test_all_of_it_is_read_back(tmp_path):
    texts = [*CONVERTED, *KEPT, *FORMULAS]
    event = UUID(int=1 << 100)
    rows: list[list[Any]] = [["head", "event"], *([text, event] for text in texts)]
    assert _read_back(csv_text(rows, "excel"), tmp_path) == [
        ["head", "event"],
        *([text, str(event)] for text in texts),
    ]


@given(st.lists(st.text("0123456789.,:/-+ eEaAMP%()'=;\"\t\nthg", max_size=12), min_size=1))
def test_any_text_is_read_back_but_for_its_spaces(tmp_path_factory, texts):
    rows = [["head", "other"], *(["x", text] for text in texts)]
    read = _read_back(csv_text(rows, "excel"), tmp_path_factory.mktemp("table"))
    assert [row[1] for row in read[1:]] == [_as_read(text) for text in texts]


def _as_read(text: str) -> str:
    """A text with one space for each break; an apostrophe before a formula's sign is none of it."""
    text = re.sub(r"[\t\n]+", " ", text).strip()
    return text[1:] if text[:1] == "'" and text[1:2] in tuple("=+-@") else text


@given(st.lists(st.lists(st.one_of(st.text(max_size=8), st.integers(), st.none()), min_size=1)))
def test_the_machines_form_is_that_of_csv_writer(rows):
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    assert csv_text(rows) == "\ufeff" + out.getvalue()
    assert csv_text(rows, has_mark=False) == out.getvalue()
