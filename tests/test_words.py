"""Amounts in words: the forms documents use, and a reader of its own that reads them back."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doisoat.words import FOURS, THOUSANDS, ZERO_TENS, WordStyle, amount_in_words, number_in_words

DIGITS = {
    "không": 0, "một": 1, "mốt": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4,
    "năm": 5, "lăm": 5, "sáu": 6, "bảy": 7, "tám": 8, "chín": 9,
}  # fmt: skip
STYLES = st.builds(
    WordStyle, st.sampled_from(ZERO_TENS), st.sampled_from(FOURS), st.sampled_from(THOUSANDS)
)


def read_back(text: str) -> int:
    """The number that words say: the grammar read from the right, sharing nothing with words.py."""
    words = text.split()
    if words[0] == "âm":
        return -read_back(" ".join(words[1:]))
    for unit, value in (("tỷ", 10**9), ("triệu", 10**6), ("nghìn", 10**3), ("ngàn", 10**3)):
        if unit in words:
            at = len(words) - 1 - words[::-1].index(unit)
            after = " ".join(words[at + 1 :])
            below = read_back(after) if after else 0
            assert below < value, f"{after} is not below {unit}"
            return read_back(" ".join(words[:at])) * value + below
    total = 0
    for word in words:
        if word == "trăm":
            total *= 100
        elif word == "mươi":
            total = total // 100 * 100 + total % 100 * 10
        elif word == "mười":
            total += 10
        elif word not in ("linh", "lẻ"):
            total += DIGITS[word]
    return total


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (0, "Không đồng"),
        (1, "Một đồng"),
        (4, "Bốn đồng"),
        (5, "Năm đồng"),
        (10, "Mười đồng"),
        (11, "Mười một đồng"),
        (14, "Mười bốn đồng"),
        (15, "Mười lăm đồng"),
        (20, "Hai mươi đồng"),
        (21, "Hai mươi mốt đồng"),
        (24, "Hai mươi tư đồng"),
        (25, "Hai mươi lăm đồng"),
        (100, "Một trăm đồng"),
        (101, "Một trăm linh một đồng"),
        (104, "Một trăm linh bốn đồng"),
        (105, "Một trăm linh năm đồng"),
        (111, "Một trăm mười một đồng"),
        (115, "Một trăm mười lăm đồng"),
        (1_000, "Một nghìn đồng"),
        (1_005, "Một nghìn không trăm linh năm đồng"),
        (1_010, "Một nghìn không trăm mười đồng"),
        (-1_500, "Âm một nghìn năm trăm đồng"),
        (1_050_000, "Một triệu không trăm năm mươi nghìn đồng"),
        (1_000_000_000, "Một tỷ đồng"),
        (1_000_000_005, "Một tỷ không trăm linh năm đồng"),
        (1_000_005_000, "Một tỷ không trăm linh năm nghìn đồng"),
        (
            1_234_567_891_234,
            "Một nghìn hai trăm ba mươi tư tỷ năm trăm sáu mươi bảy triệu tám trăm chín mươi mốt"
            " nghìn hai trăm ba mươi tư đồng",
        ),
        (10_000_000_000_000, "Mười nghìn tỷ đồng"),
        (
            9_007_199_254_740_993,
            "Chín triệu không trăm linh bảy nghìn một trăm chín mươi chín tỷ hai trăm năm mươi tư"
            " triệu bảy trăm bốn mươi nghìn chín trăm chín mươi ba đồng",
        ),
        (10**18, "Một tỷ tỷ đồng"),
        (10**18 + 10**9, "Một tỷ không trăm linh một tỷ đồng"),
        (10**18 + 1, "Một tỷ tỷ không trăm linh một đồng"),
    ],
)
def test_amounts_in_words(amount, said):
    assert amount_in_words(amount) == said


@pytest.mark.parametrize(
    ("style", "said"),
    [
        (WordStyle(), "hai mươi tư nghìn một trăm linh tám"),
        (WordStyle(zero_tens="lẻ"), "hai mươi tư nghìn một trăm lẻ tám"),
        (WordStyle(four="bốn"), "hai mươi bốn nghìn một trăm linh tám"),
        (WordStyle(thousand="ngàn"), "hai mươi tư ngàn một trăm linh tám"),
    ],
)
def test_the_style_of_a_house(style, said):
    assert number_in_words(24_108, style) == said


def test_every_number_of_three_groups_edge_reads_back():
    edges = (0, 1, 4, 5, 9, 10, 11, 14, 15, 19, 20, 21, 24, 25, 99, 100, 101, 105, 110, 115, 999)
    for billions in edges:
        for millions in edges:
            for ones in range(1_000) if billions == millions == 0 else edges:
                number = (billions * 10**3 + millions) * 10**6 + ones
                assert read_back(number_in_words(number)) == number


@given(number=st.integers(-(10**40), 10**40), style=STYLES)
def test_any_number_in_any_style_reads_back(number, style):
    said = number_in_words(number, style)
    assert read_back(said) == number
    assert said == " ".join(said.split()) == unicodedata.normalize("NFC", said)


@pytest.mark.parametrize("wrong", [1.0, True, "1", None])
def test_only_whole_numbers_are_said(wrong):
    with pytest.raises(TypeError, match="whole"):
        amount_in_words(wrong)


def test_a_style_that_is_not_vietnamese_is_refused():
    with pytest.raises(ValueError, match="linh, lẻ"):
        number_in_words(105, WordStyle(zero_tens="oh"))
