"""Amounts in words: the forms documents use, and a reader of its own that reads them back."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doisoat.state import STATE
from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.tariffs.load.jurisdiction import state_of
from doisoat.tariffs.load.tariffs import load_catalogue
from doisoat.words import (
    FOURS,
    THOUSANDS,
    ZERO_TENS,
    WordStyle,
    amount_in_english,
    amount_in_words,
    binding_words,
    number_in_english,
    number_in_words,
)

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


UNITS_IN_ENGLISH = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20,
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
SCALES_IN_ENGLISH = (
    "thousand", "million", "billion", "trillion", "quadrillion", "quintillion", "sextillion",
    "septillion", "octillion", "nonillion", "decillion", "undecillion",
)  # fmt: skip


def read_english(words):
    """The number that English words say."""
    total = group = 0
    for word in words.removeprefix("minus ").replace("-", " ").split():
        if word == "hundred":
            group *= 100
        elif word in SCALES_IN_ENGLISH:
            total += group * 1_000 ** (SCALES_IN_ENGLISH.index(word) + 1)
            group = 0
        else:
            group += UNITS_IN_ENGLISH[word]
    return -(total + group) if words.startswith("minus ") else total + group


@given(number=st.integers(-(10**39) + 1, 10**39 - 1))
def test_any_number_in_english_reads_back(number):
    said = number_in_english(number)
    assert read_english(said) == number and said == " ".join(said.split())


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "zero"), (13, "thirteen"), (40, "forty"), (21, "twenty-one"),
        (1_005, "one thousand five"),
        (957, "nine hundred fifty-seven"), (-12_000_000, "minus twelve million"),
    ],
)  # fmt: skip
def test_a_number_in_english(number, said):
    assert number_in_english(number) == said


def test_a_number_that_english_has_no_name_for_is_refused():
    with pytest.raises(ValueError, match="no common name"):
        number_in_english(10**39)


@pytest.mark.parametrize("wrong", [1.0, True, "1", None])
def test_only_whole_numbers_are_said_in_english(wrong):
    for say in (number_in_english, amount_in_english):
        with pytest.raises(TypeError, match="whole"):
            say(wrong)


def test_the_words_that_bind_are_of_the_language_that_papers_are_signed_in():
    assert binding_words(205) == "Hai trăm linh năm đồng"
    STATE.use(state_of(load_catalogue(bundled_catalogue("us-2021"))))
    assert binding_words(205) == "Two dollars and five cents"
    assert binding_words(-101) == "Minus one dollar and one cent"
    assert (
        binding_words(100) == "One dollar" and binding_words(30) == "Zero dollars and thirty cents"
    )
