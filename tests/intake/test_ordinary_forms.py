"""Times, lengths, amounts and sizes as billing systems and spreadsheets write them."""

from datetime import date, datetime, timedelta
from typing import get_args

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doisoat.engine.intake.mapping.field_sources import (
    Between,
    DurationSource,
    NumberSource,
    TimeForm,
    TimeSource,
)
from doisoat.engine.intake.mapping.mapping import parse_mapping
from doisoat.engine.intake.mapping.record_values import (
    LESS,
    PLUS,
    UNTIL,
    _bytes,
    lengths,
    moments,
    numbers,
    prices,
)
from doisoat.engine.intake.mapping.trials import (
    amount_trials,
    fitting,
    length_trials,
    readings_of,
    time_trials,
)
from doisoat.errors import IntakeError

from .ordinary import small_mapping

EPOCH = datetime(1970, 1, 1)
MS = timedelta(milliseconds=1)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1_000 * 1_000)
)
SECONDS = MOMENTS.map(lambda moment: moment.replace(microsecond=0))
DAYS = MOMENTS.map(lambda moment: moment.replace(hour=0, minute=0, second=0, microsecond=0))


def short(moment):
    """As a spreadsheet writes it, without zeros in front."""
    return f"{moment.day}/{moment.month}/{moment.year} {moment.hour}:{moment:%M}"


def half_day(moment):
    word = "SA" if moment.hour < 12 else "CH"
    return f"{moment:%d/%m/%Y} {(moment.hour - 1) % 12 + 1}:{moment:%M:%S} {word}"


def serial(moment):
    return repr((moment - datetime(1899, 12, 30)) / timedelta(days=1))


# (form, how a moment is written in it, which moments)
WRITTEN = [
    ("civil", lambda m: f"{m:%Y-%m-%d %H:%M:%S}.{m.microsecond // 1_000:03d}", MOMENTS),
    ("civil_ns", lambda m: f"{m:%Y-%m-%dT%H:%M:%S.%f}000", MOMENTS),
    ("ddmmyyyy", lambda m: f"{m:%d/%m/%Y %H:%M:%S}", SECONDS),
    ("yyyymmdd-hhmmss", lambda m: f"{m:%Y%m%d-%H%M%S}", SECONDS),
    ("yyyymmdd hhmmss", lambda m: f"{m:%Y%m%d %H%M%S}", SECONDS),
    ("yyyymmddhhmmss", lambda m: f"{m:%Y%m%d%H%M%S}", SECONDS),
    ("yyyymmddhhmm", lambda m: f"{m:%Y%m%d%H%M}", SECONDS.map(lambda m: m.replace(second=0))),
    ("yyyymmdd", lambda m: f"{m:%Y%m%d}", DAYS),
    ("dd/mm/yyyy", lambda m: f"{m:%d/%m/%Y %H:%M:%S}", SECONDS),
    ("dd/mm/yyyy", short, SECONDS.map(lambda m: m.replace(second=0))),
    ("dd/mm/yyyy", half_day, SECONDS),
    ("dd/mm/yyyy", lambda m: f"{m:%d/%m/%Y}", DAYS),
    ("dd-mm-yyyy", lambda m: f"{m:%d-%m-%Y %H:%M:%S}", SECONDS),
    ("dd.mm.yyyy", lambda m: f"{m:%d.%m.%Y %H:%M}", SECONDS.map(lambda m: m.replace(second=0))),
    ("mm/dd/yyyy", lambda m: f"{m:%m/%d/%Y %I:%M:%S %p}", SECONDS),
    ("yyyy/mm/dd", lambda m: f"{m:%Y/%m/%d %H:%M:%S}", SECONDS),
    ("yyyy-mm-dd", lambda m: f"{m:%Y-%m-%d}", DAYS),
    ("dd-mon-yyyy", lambda m: f"{m:%d-%b-%Y %H:%M:%S}".upper(), SECONDS),
    ("hh:mm:ss dd/mm/yyyy", lambda m: f"{m:%H:%M:%S %d/%m/%Y}", SECONDS),
    ("iso", lambda m: f"{m - timedelta(hours=7):%Y-%m-%dT%H:%M:%S}Z", SECONDS),
    ("iso", lambda m: f"{m + timedelta(hours=2):%Y-%m-%dT%H:%M:%S.%f}+09:00", MOMENTS),
    ("excel", serial, SECONDS),
    ("epoch_s", lambda m: str((m - timedelta(hours=7) - EPOCH) // timedelta(seconds=1)), SECONDS),
    ("epoch_ms", lambda m: str((m - timedelta(hours=7) - EPOCH) // MS), MOMENTS),
]


def frame_of(texts):
    return pl.DataFrame({"text": texts}, {"text": pl.String})


def read_times(form, *texts):
    return moments(frame_of(texts), "text", TimeSource(column="text", form=form)).to_list()


@pytest.mark.parametrize(("form", "write", "some"), WRITTEN)
def test_what_is_written_in_a_form_is_read_back(form, write, some):
    @given(st.lists(some, min_size=1))
    def held(written):
        read = read_times(form, *map(write, written))
        assert read == [(moment - EPOCH) // MS for moment in written]

    held()


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("yyyymmddhhmmss", "20210231000000"), ("yyyymmddhhmmss", "2021081800493"),
        ("yyyymmddhhmmss", "20210818004960"), ("yyyymmddhhmmss", " 20210818004930"),
        ("yyyymmddhhmm", "202108182400"), ("yyyymmdd", "20210832"), ("yyyymmdd", "2021-8-1"),
        ("dd/mm/yyyy", "31/02/2021"), ("dd/mm/yyyy", "5/8/21"), ("dd/mm/yyyy", "05/08/2021 "),
        ("dd/mm/yyyy", "05/08/2021 24:00"), ("dd/mm/yyyy", "05/08/2021 13:00 CH"),
        ("dd/mm/yyyy", "05/08/2021 0:00 SA"), ("dd/mm/yyyy", "05/08/2021 1:2"),
        ("dd/mm/yyyy", "05/08/2021  13:00"), ("dd/mm/yyyy", "005/08/2021"),
        ("dd/mm/yyyy", "05-08-2021"), ("dd/mm/yyyy", "13:00"),
        ("dd/mm/yyyy", "05/08/2021 13:00:00."),
        ("mm/dd/yyyy", "22/08/2021"), ("dd-mon-yyyy", "05-AGO-2021"), ("dd-mon-yyyy", "05-AU-2021"),
        ("iso", "2021-08-05T00:00:00"), ("iso", "2021-08-05T00:00:00+7:00"),
        ("iso", "2021-08-05T00:00:00+15:00"), ("iso", "2021-08-05T00:00:00-07:60"),
        ("iso", "Z"), ("iso", "+07:00"), ("excel", "44430."), ("excel", "44430,5"),
        ("excel", "4.4E+4"), ("hh:mm:ss dd/mm/yyyy", "22/08/2021 13:21:05"), ("civil", ""),
    ],
)  # fmt: skip
def test_what_is_no_time_of_a_form_is_none(form, text):
    assert read_times(form, text) == [None]


@pytest.mark.parametrize(
    ("words", "text", "ms"),
    [
        ({"form": "hh:mm:ss"}, "1:02:03", 3_723_000),
        ({"form": "hh:mm:ss"}, "00:00:59.5", 59_500),
        ({"form": "hh:mm:ss"}, "100:00:00", 360_000_000),
        ({"form": "hh:mm:ss"}, "1:60:00", None),
        ({"form": "hh:mm:ss"}, "62:03", None),
        ({"form": "mm:ss"}, "75:30", 4_530_000),
        ({"form": "mm:ss"}, "5:5", None),
        ({"form": "mm:ss"}, "1:02:03", None),
        ({"unit": "min"}, "2", 120_000),
        ({"unit": "min"}, "1,5", None),
        ({"unit": "min", "decimal": ","}, "1,5", 90_000),
        ({"unit": "min", "decimal": ","}, "0,3333", 19_998),
        ({"unit": "s", "decimal": ","}, "61,25", 61_250),
        ({"unit": "s", "groups": ".", "decimal": ","}, "1.234,5", 1_234_500),
        ({"unit": "s", "groups": "."}, "12.34", None),
        ({"unit": "ms", "groups": ","}, "1,234", 1_234),
        ({"unit": "min", "decimal": "."}, "1.", None),
        ({"unit": "min", "decimal": "."}, "99999999", None),
    ],
)
def test_lengths(words, text, ms):
    source = DurationSource(column="text", **words)
    assert lengths(frame_of([text]), "text", source).to_list() == [ms]


def test_a_length_between_two_moments():
    between = Between(begin="a", end="b", form="yyyymmddhhmmss")
    texts = [
        f"20210804081859{UNTIL}20210804093000", f"20210804081859{UNTIL}20210804081858",
        f"20210804081859{UNTIL}", "20210804081859",
    ]  # fmt: skip
    read = lengths(frame_of(texts), "text", DurationSource(between=between))
    assert read.to_list() == [4_261_000, -1_000, None, None]


@pytest.mark.parametrize(
    ("words", "text", "amount"),
    [
        ({}, "90000", 90_000),
        ({}, "90.000", None),
        ({"groups": "."}, "90.000", 90_000),
        ({"groups": "."}, "1.234.567", 1_234_567),
        ({"groups": "."}, "1.234.56", None),
        ({"groups": "."}, "90,000", None),
        ({"groups": ","}, "90,000", 90_000),
        ({"groups": " "}, "1 234 567", 1_234_567),
        ({"groups": "'"}, "1'234", 1_234),
        ({"groups": ".", "decimal": ","}, "90.000,00", 90_000),
        ({"groups": ".", "decimal": ","}, "90.000,50", None),
        ({"groups": ",", "decimal": "."}, "90,000.0", 90_000),
        ({"decimal": ","}, "7,", None),
        ({"groups": "."}, "-90.000", None),
        ({"groups": "."}, "0912345678", None),
    ],
)
def test_amounts(words, text, amount):
    source = NumberSource(column="text", **words)
    assert prices(frame_of([text]), "text", source).to_list() == [amount]


@given(st.integers(0, 10**14), st.sampled_from(".,' "))
def test_an_amount_in_groups_is_read_back(amount, sign):
    source = NumberSource(column="text", groups=sign)
    text = f"{amount:,}".replace(",", sign)
    assert numbers(frame_of([text]), "text", source).to_list() == [amount]


def test_sums_and_differences():
    terms = NumberSource(sum_of=("a", "b"), groups=".")
    texts = [f"542{PLUS}9.977", f"5{PLUS}", f"1{PLUS}2{PLUS}3", "7"]
    assert numbers(frame_of(texts), "text", terms).to_list() == [10_519, None, None, None]
    less = NumberSource(difference_of=("a", "b"))
    texts = [f"542{LESS}77", f"5{LESS}9"]
    assert numbers(frame_of(texts), "text", less).to_list() == [465, -4]


@pytest.mark.parametrize(
    ("units", "said"),
    [
        ("{column: u, sum_of: [v, w]}", "exactly one of"),
        ("{difference_of: [v]}", "two columns"),
        ("{column: u, groups: '.', decimal: '.'}", "the same sign"),
        ("{column: u, part: 5-2}", "from the first to the last"),
        ("{sum_of: [v, w], part: 1-2}", "from the first to the last"),
        ("{sum_of: [v, w], values: {a: b}}", "a sum has none"),
        ("{column: u, groups: ';'}", "groups"),
    ],
)
def test_what_a_mapping_may_not_say(units, said):
    with pytest.raises(IntakeError, match=said):
        parse_mapping(
            small_mapping(started="{column: t, form: yyyymmdd}", units=units), "small.yaml"
        )


# --- counts: each form is written and read back by chance, and what fits two is told with both ----

LENGTHS_MS = st.integers(0, 366 * 86_400_000)


def clock(ms, *, minutes=False):
    """A length between colons, with decimals where it has some."""
    seconds, rest = divmod(ms, 1_000)
    whole, second = divmod(seconds, 60)
    end = f"{second:02d}" + (f".{rest:03d}" if rest else "")
    return f"{whole}:{end}" if minutes else f"{whole // 60}:{whole % 60:02d}:{end}"


LENGTHS = [  # (words, how milliseconds are written, which lengths)
    ({"unit": "ms"}, str, LENGTHS_MS),
    ({"unit": "s"}, lambda ms: f"{ms // 1_000}.{ms % 1_000:03d}", LENGTHS_MS),
    ({"unit": "s", "groups": ".", "decimal": ","},
     lambda ms: f"{ms // 1_000:,}".replace(",", ".") + f",{ms % 1_000:03d}", LENGTHS_MS),
    ({"unit": "min"}, lambda ms: str(ms // 60_000),
     LENGTHS_MS.map(lambda ms: ms // 60_000 * 60_000)),
    ({"unit": "min", "decimal": ","}, lambda ms: f"{ms // 60_000},{ms % 60_000 // 600:02d}",
     LENGTHS_MS.map(lambda ms: ms // 600 * 600)),
    ({"form": "hh:mm:ss"}, clock, LENGTHS_MS),
    ({"form": "mm:ss"}, lambda ms: clock(ms, minutes=True), LENGTHS_MS),
]  # fmt: skip


@pytest.mark.parametrize(("words", "write", "some"), LENGTHS)
def test_a_length_is_read_back(words, write, some):
    @given(st.lists(some, min_size=1))
    def held(written):
        source = DurationSource(column="text", **words)
        assert lengths(frame_of([*map(write, written)]), "text", source).to_list() == written

    held()


def in_groups(amount, sign):
    return f"{amount:,}".replace(",", sign)


AMOUNTS = [  # (words, how a whole amount is written)
    ({}, str),
    *(({"groups": sign}, lambda amount, sign=sign: in_groups(amount, sign)) for sign in ".,' "),
    ({"decimal": "."}, lambda amount: f"{amount}.00"),
    ({"decimal": ","}, lambda amount: f"{amount},0"),
    ({"groups": ".", "decimal": ","}, lambda amount: f"{in_groups(amount, '.')},00"),
    ({"groups": ",", "decimal": "."}, lambda amount: f"{in_groups(amount, ',')}.00"),
    ({"groups": " ", "decimal": ","}, lambda amount: f"{in_groups(amount, ' ')},000"),
    ({"groups": "'", "decimal": "."}, lambda amount: in_groups(amount, "'")),
]


@pytest.mark.parametrize(("words", "write"), AMOUNTS)
def test_an_amount_is_read_back(words, write):
    @given(st.lists(st.integers(0, 10**8), min_size=1))  # shorter than a telephone number
    def held(written):
        source = NumberSource(column="text", **words)
        assert prices(frame_of([*map(write, written)]), "text", source).to_list() == written

    held()


SIZES = [(unit, base) for unit in ("bytes", "KB", "MB", "GB") for base in ("1024", "1000")]


@pytest.mark.parametrize(("unit", "base"), SIZES)
def test_a_size_is_read_back_to_the_byte(unit, base):
    per_unit = int(base) ** ("bytes", "KB", "MB", "GB").index(unit)

    @given(st.lists(st.integers(0, 10**5), min_size=1), st.integers(0, 999_999))
    def held(wholes, millionths):
        source = NumberSource(column="_units", decimal=",")
        texts = [str(whole) if unit == "bytes" else f"{whole},{millionths:06d}" for whole in wholes]
        exact = 0 if unit == "bytes" else millionths
        right = [
            (2 * (whole * 10**6 + exact) * per_unit + 10**6) // (2 * 10**6) for whole in wholes
        ]
        frame = pl.DataFrame({"_units": texts})
        assert _bytes(frame, source, unit, int(base)).to_list() == right

    held()


def test_the_forms_are_as_many_as_are_promised():
    forms = {form for form, _, _ in WRITTEN}
    assert forms == set(get_args(TimeForm)) and len(WRITTEN) >= 20
    assert len(AMOUNTS) >= 10 and len(LENGTHS) >= 6 and len(SIZES) >= 4


TWO_DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31)).filter(
    lambda day: day.day <= 12 and day.day != day.month
)


@given(TWO_DAYS, st.sampled_from(["%d/%m/%Y", "%m/%d/%Y"]))
def test_a_date_that_fits_two_forms_is_told_with_both_readings(day, written_as):
    text = f"{day:{written_as}}"
    trials = time_trials(frame_of([text]), "text", TimeSource(column="text", form="civil"))
    kept = fitting(trials, 1.0)
    told = readings_of(kept).en
    swapped = day.replace(month=day.day, day=day.month)
    assert {trial.words["form"] for trial in kept} == {"dd/mm/yyyy", "mm/dd/yyyy"}
    assert f"{day} 00:00" in told and f"{swapped} 00:00" in told


@pytest.mark.parametrize(
    ("trials", "source", "text", "readings"),
    [
        (length_trials, DurationSource(column="text"), "1:05", ["form: mm:ss"]),
        (amount_trials, NumberSource(column="text"), "1.000", ["groups: '.': 1000",
                                                              "decimal: '.': 1"]),
        (amount_trials, NumberSource(column="text"), "2,000", ["groups: ',': 2000",
                                                              "decimal: ',': 2"]),
    ],
)  # fmt: skip
def test_an_amount_or_length_that_fits_two_forms_is_told_with_each(trials, source, text, readings):
    kept = fitting(trials(frame_of([text]), "text", source), 1.0)
    told = readings_of(kept, str).en
    assert all(reading in told for reading in readings)
