"""The kernel reads times and numbers as the patterns of their naive twin do."""

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from doisoat.engine.intake.mapping.strict_parsing import ABSENT_VALUE, read_texts

CIVIL_SECONDS = (
    r"^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    r"[ T](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
)
TELEPHONE = r"^(?:84|0)[1-9][0-9]{8,9}$"
TEXT = pl.col("text")
DIGITS = st.text("0123456789", max_size=5)
NEAR_TIMES = st.builds(
    lambda year, month, day, mark, clock, point, fraction: (
        f"{year:04d}-{month:02d}-{day:02d}{mark}{clock}{point}{fraction}"
    ),
    st.integers(1, 9999),
    st.integers(0, 13),
    st.integers(0, 32),
    st.sampled_from(" T_"),
    st.sampled_from(["00:00:00", "23:59:59", "24:00:00", "12:60:00", "12:00:60", "1:00:00"]),
    st.sampled_from(["", ".", ","]),
    st.text("0123456789", max_size=11),
)
NEAR_NUMBERS = st.builds(
    lambda sign, whole, point, part: f"{sign}{whole}{point}{part}",
    st.sampled_from(["", "-", "+", " "]),
    st.one_of(st.text("0123456789", max_size=17), st.from_regex(r"\A(84|0)[0-9]{8,12}\Z")),
    st.sampled_from(["", ".", ",", "e"]),
    DIGITS,
)
ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
TEXTS = st.lists(st.one_of(st.none(), NEAR_TIMES, NEAR_NUMBERS, ANYTHING), min_size=1)


def read(texts, reading, digits):
    frame = pl.DataFrame({"text": texts}, {"text": pl.String})
    values = read_texts(frame, reading, digits, frame.height)
    return [None if value == ABSENT_VALUE else value for value in values]


def civil_ms(digits):
    pattern = rf"{CIVIL_SECONDS}(?:\.[0-9]{{1,{digits}}})?$"
    cut = TEXT.str.replace("T", " ", literal=True).str.slice(0, 23)
    sound = pl.when(TEXT.str.contains(pattern)).then(cut)
    moment = sound.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="ms", strict=False)
    return moment.dt.epoch("ms")


def whole_number(digits):
    whole = pl.when(TEXT.str.contains(rf"^[0-9]{{1,{digits}}}$")).then(TEXT)
    return whole.cast(pl.Int64, strict=False)


def thousandths(digits):
    sound = TEXT.str.contains(rf"^[0-9]{{1,{digits}}}(?:\.[0-9]{{1,3}})?$")
    return pl.when(sound).then(TEXT).str.to_decimal(scale=3).to_physical().cast(pl.Int64)


def twin(texts, expression):
    return (
        pl.DataFrame({"text": texts}, {"text": pl.String}).select(expression).to_series().to_list()
    )


@given(TEXTS)
@example(
    [
        "2000-02-29 00:00:00",
        "1900-02-29 00:00:00",
        "2021-02-29T00:00:00.5",
        "2024-12-31 23:59:59.99",
    ]
)
@example(
    ["2021-08-05 00:00:00.000", "2021-08-05 00:00:00.000\n", "2021-08-05 00:00:00.", "", "٢٠٢١"]
)
def test_times(texts):
    for digits in (3, 9):
        assert read(texts, "civil", digits) == twin(texts, civil_ms(digits)), digits


@given(TEXTS)
@example(["999999999999999", "1000000000000000", "0", "", "00000000000001", "-1", "1e3", "1_0"])
def test_whole_numbers(texts):
    for digits in (6, 15):
        assert read(texts, "whole", digits) == twin(texts, whole_number(digits))


@given(TEXTS)
@example(["0912345678", "84912345678", "01234567890", "841234567890", "091234567", "8412345678"])
@example(["0012345678", "84012345678", "912345678", "840912345678", "084912345678", "0", "84"])
def test_amounts_are_no_telephone_numbers(texts):
    no_telephone = pl.when(~TEXT.str.contains(TELEPHONE)).then(whole_number(15))
    assert read(texts, "amount", 15) == twin(texts, no_telephone)


@given(TEXTS)
@example(["999999999.999", "1000000000", "1.", ".5", "1.5", "1.05", "1.0005", "0.001", "1.5.5"])
def test_thousandths(texts):
    assert read(texts, "thousandths", 9) == twin(texts, thousandths(9))


def test_every_day_of_four_centuries():
    days = pl.date_range(pl.date(1599, 12, 31), pl.date(2000, 12, 31), eager=True)
    texts = days.dt.to_string("%Y-%m-%d 00:00:00").to_list()
    assert read(texts, "civil", 3) == days.cast(pl.Datetime("ms")).dt.epoch("ms").to_list()


@pytest.mark.parametrize("kind", [pl.String, pl.Categorical])
def test_only_texts_are_read(kind):
    frame = pl.DataFrame({"text": ["1", None]}, {"text": kind})
    if kind is pl.String:
        assert list(read_texts(frame, "whole", 6, 2)) == [1, ABSENT_VALUE]
        return
    with pytest.raises(TypeError):
        read_texts(frame, "whole", 6, 2)


@pytest.mark.parametrize(("reading", "digits", "rows"), [
    pytest.param("octal", 3, 1, id="no such reading"),
    pytest.param("whole", 16, 1, id="more digits than 64 bits hold with a unit"),
    pytest.param("civil", 10, 1, id="less than a nanosecond"),
    pytest.param("whole", 15, 2, id="more rows announced"),
    pytest.param("whole", 15, 0, id="fewer rows announced"),
])  # fmt: skip
def test_what_a_caller_may_not_ask_for(reading, digits, rows):
    with pytest.raises(ValueError):
        read_texts(pl.DataFrame({"text": ["1"]}), reading, digits, rows)
