"""The drawing: bars as long as their amounts, well-formed, the same bytes for the same bars."""

import xml.etree.ElementTree as xml
from fractions import Fraction

import pytest

from doisoat.settlement.drawing.axis import decimal_vi, ticks_of, unit_of
from doisoat.settlement.drawing.bar_chart import ABOVE, BELOW, Bar, Chart, Group, drawn
from doisoat.settlement.report.terminal_table import table

SVG = "{http://www.w3.org/2000/svg}"


def chart(*bars, origin=0):
    return Chart("A & B <c>", "s", "trục", origin, "0", (Group("g", bars),), ("n",))


def rects(told):
    found = [one.attrib for one in xml.fromstring(told).iter(f"{SVG}rect")]
    return [(Fraction(one["x"]), Fraction(one["width"]), one["fill"]) for one in found[1:]]


def test_bars_are_as_long_as_their_amounts_and_meet_at_the_origin():
    told = drawn(chart(Bar("a", -50, 100), Bar("b", 0, 25), Bar("c", -10, 0)))
    (one, left, blue), (zero, whole, orange), (start, quarter, _), (_, tenth, below) = rects(told)
    assert (blue, orange, below) == (BELOW, ABOVE, BELOW)
    assert abs(2 * left - whole) < Fraction(1, 50) and abs(4 * quarter - whole) < Fraction(1, 20)
    assert abs(5 * tenth - left) < Fraction(1, 10)
    assert start == zero and abs(one + left - zero) < Fraction(1, 50)


def test_a_bar_on_one_side_of_the_origin_has_one_colour():
    told = rects(drawn(chart(Bar("a", 2, 5), Bar("b", 20, 30), origin=10)))
    assert [colour for _, _, colour in told] == [BELOW, ABOVE]


def test_texts_are_escaped_and_a_cut_bar_says_so():
    told = drawn(chart(Bar("a<b", 0, 5, high_text="9", high_cut=True, under="câu hỏi?")))
    texts = [one.text for one in xml.fromstring(told).iter(f"{SVG}text")]
    assert "A & B <c>" in texts and "a<b" in texts and "≫ 9" in texts and "câu hỏi?" in texts


def test_the_same_bars_are_the_same_bytes_and_none_is_a_chart_too():
    bars = (Bar("a", -1, 1),)
    assert drawn(chart(*bars)) == drawn(chart(*bars))
    assert xml.fromstring(drawn(chart())) is not None


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [(0, 5, [0, 1, 2, 3, 4, 5]), (-20, 40, [-20, -10, 0, 10, 20, 30, 40]), (3, 3, [3])],
)
def test_ticks_are_round(low, high, ticks):
    assert ticks_of(low, high) == ticks


def test_ticks_are_few_however_large_the_span():
    for high in (7, 99, 12_345, 10**15 + 7):
        found = ticks_of(0, high)
        assert 3 <= len(found) <= 8 and found[0] == 0 and found[-1] <= high


def test_figures_for_the_eye():
    assert decimal_vi(Fraction(1234567, 1000), 1) == "1.234,6"
    assert decimal_vi(Fraction(-1, 2), 2) == "−0,50" and decimal_vi(Fraction(10**12), 0)[0] == "1"
    assert unit_of(10**9) == (10**9, "tỷ đồng") and unit_of(12) == (1, "đồng")


def test_figures_of_a_table_end_where_the_others_end():
    told = table(("tên", "đ"), [("a", 1234567), ("bb", -5)]).split("\n")
    assert [line[-1] for line in told] == ["đ", "7", "5"]
    assert len({len(line) for line in told}) == 1 and "−5" in told[2] and "1.234.567" in told[1]
