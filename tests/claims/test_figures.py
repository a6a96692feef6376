"""Which texts are figures: a row per clause."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doisoat.currency import number_text
from doisoat.engine.tables.findings import Findings
from doisoat.engine.tables.whole_figures import SHOWN_BELOW, Figures


def figures(*texts, number=False):
    findings = Findings()
    reader = Figures(findings)
    read = reader.of_number if number else reader.of_text
    values = [read(text, f"A{place}") for place, text in enumerate(texts, start=1)]
    reader.settle()
    return values, [(one.at, one.what.en) for one in findings.listed]


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        pytest.param(["0", "-5", "1234567"], [0, -5, 1_234_567], id="digits alone"),
        pytest.param(["1.234.567"], [1_234_567], id="points that group"),
        pytest.param(["1,234,567"], [1_234_567], id="commas that group"),
        pytest.param(["1.234.567", "1.234"], [1_234_567, 1_234], id="one group, shown elsewhere"),
        pytest.param(["1.234", "-1.234.567"], [1_234, -1_234_567], id="shown only later"),
        pytest.param(["007"], [7], id="zeros in front"),
        pytest.param([str(2**63)], [2**63], id="past 64 bits: what may be is the column's to say"),
    ],
)
def test_texts_that_are_figures(texts, values):
    assert figures(*texts) == (values, [])


@pytest.mark.parametrize(
    ("texts", "at", "what"),
    [
        pytest.param(["1.234,56"], "A1", "both a point and a comma", id="both separators"),
        pytest.param(["1,234.567"], "A1", "both a point and a comma", id="both, in threes"),
        pytest.param(["1.234"], "A1", "may group digits or begin decimals", id="unclear"),
        pytest.param(
            ["1,234", "5"], "A1", "may group digits or begin decimals", id="unclear comma"
        ),
        pytest.param(
            ["1,234,567", "1.234"], "A2", "may group digits", id="the other sign is shown"
        ),
        pytest.param(["1.234.567", "1,234,567"], "A2", "parted by ',' here", id="two ways"),
        pytest.param(["1.5"], "A1", "decimals", id="decimals"),
        pytest.param(["12.34.567"], "A1", "not of three", id="groups not of three"),
        pytest.param(["0.123.456"], "A1", "not of three", id="a group that is 0"),
        pytest.param(["1e6"], "A1", "exponent", id="exponent"),
        pytest.param(["1\u00a0234"], "A1", "no-break", id="no-break space"),
        pytest.param(["1 234"], "A1", "not digits", id="space"),
        pytest.param(["+5"], "A1", "not digits", id="plus"),
        pytest.param(["٣"], "A1", "not digits", id="digits of another script"),
        pytest.param(["−5"], "A1", "not digits", id="a minus that is none"),
        pytest.param(["-"], "A1", "not digits", id="a dash"),
        pytest.param(["9" * 5_000], "A1", "longer than 40", id="thousands of digits"),
    ],
)
def test_texts_that_are_none(texts, at, what):
    _, told = figures(*texts)
    assert [place for place, _ in told] == [at] and what in told[0][1]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("-12.000", -12),
        ("1E+06", 1_000_000),
        ("1.5e1", 15),
        ("999999999999999", 10**15 - 1),
        ("0e-31", 0),
        (f"5{'0' * 12}e-12", 5),
    ],
)
def test_numbers_as_programs_spell_them(text, value):
    assert figures(text, number=True) == ([value], [])


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("1.5", "no whole number"), ("1e-1", "no whole number"), ("1234567.0000000001", "no whole"),
        (str(SHOWN_BELOW), "15 digits"), ("1E+300", "15 digits"), ("NaN", "no number"),
        ("0x10", "no number"), (f"1{'0' * 19}.{'0' * 30}e-50", "no whole number"),
        ("1e-31", "no whole number"),
    ],
)  # fmt: skip
def test_numbers_that_are_no_figures(text, what):
    values, told = figures(text, number=True)
    assert values == [None] and what in told[0][1]


@given(st.integers(-(2**63) + 1, 2**63 - 1))
def test_what_is_written_is_read(value):
    assert figures(str(value)) == ([value], [])
    assert figures("1.000.000", number_text(value).replace("−", "-")) == ([1_000_000, value], [])
