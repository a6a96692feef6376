"""A fault of many cells is told once: where, how often, and how to mend it."""

import pytest

from doisoat.engine.tables.findings import Finding, Findings, RefusedTable, grouped, refused
from doisoat.messages.text import Text, halves_of

from .conftest import DAY, as_csv, as_json, as_xlsx, table

WHAT, MEND = Text("thiếu", "missing"), Text("điền", "fill it in")


def told(*ats):
    [group] = grouped([Finding("missing", at, WHAT, MEND) for at in ats])
    return group.at, group.places


@pytest.mark.parametrize(
    ("ats", "at"),
    [
        (["Kê khai!G6", "Kê khai!G7", "Kê khai!G8"], "Kê khai!G6:G8"),
        (["6:7", "7:7", "9:7"], "6–7:7, 9:7"),
        (["/rows/0/amount", "/rows/1/amount", "/totals/0"], "/rows/0–1/amount, /totals/0"),
        (["row 2, units", "row 3, units", "row 3, amount"], "row 2–3, units, row 3, amount"),
        (["6:5", "6:6", "7:5", "7:6"], "6–7:5, 6–7:6"),
        (["a.csv:3", "xl/workbook.xml", "a.csv:3"], "a.csv:3, xl/workbook.xml"),
        ([f"{row}:1" for row in range(1, 20, 2)], "1:1, 3:1, 5:1, 7:1, …"),
    ],
)
def test_ranges(ats, at):
    assert told(*ats) == (at, len(ats))


def test_what_differs_is_told_with_the_first_of_it():
    texts = [Text(f"{n!r} lạ", f"{n!r} is odd") for n in (1, 2, 2, 3, 4)]
    [group] = grouped([Finding("a", f"{n}:1", what, MEND) for n, what in enumerate(texts)])
    assert group.fault.en == "1 is odd; 2 is odd; 3 is odd; and 1 such more"
    kinds = [Finding("a", "1:1", WHAT, MEND), Finding("b", "2:1", WHAT, MEND)]
    assert [one.kind for one in grouped([*kinds, kinds[0]])] == ["a", "b"]


@pytest.mark.parametrize("form", [as_csv, as_xlsx, as_json])
def test_a_column_that_nobody_filled_is_one_line(read, form):
    rows = [(*DAY[:2], f"2021-08-{day:02d}", *DAY[3:6], "") for day in range(1, 32)]
    content = form(rows) if form is as_json else form(table(*rows))
    with pytest.raises(RefusedTable) as caught:
        read(content, f"ke-khai.{form.__name__[3:]}")
    error = caught.value
    ranges = {as_csv: "6–36:7", as_xlsx: "Kê khai!G6:G36", as_json: "/rows/0–30/amount"}
    assert error.where.endswith(f", {ranges[form]}") and len(error.findings) == 31
    assert error.what.count("missing: amount") == 1 and "+" not in error.what


def test_a_refusal_says_each_fault_once_in_either_language():
    findings = Findings()
    findings.add("a", "3:4", Text("âm", "below 0"), MEND)
    findings.add("b", "2:4", Text("không đọc được", "not read"), MEND)
    error = refused("x.csv", findings)
    assert error.what == "âm (+1: 2:4: không đọc được) | below 0 (+1: 2:4: not read)"
    assert halves_of(error.what).en == "below 0 (+1: 2:4: not read)"
