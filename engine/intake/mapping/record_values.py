"""Times, durations, volumes and amounts of records, out of their texts.

They are read strictly, by a kernel. Numbers with declared signs are first turned into digits by a
pattern; a sum or a difference comes as one text, its terms between signs that no number has.
"""

import re

import polars as pl

from doisoat.engine.arrow.arrow import ArrowTable
from doisoat.engine.intake.mapping.field_sources import (
    DurationSource,
    NumberSource,
    TimeSource,
)
from doisoat.engine.intake.mapping.mapping import UsageLayout
from doisoat.engine.intake.mapping.strict_parsing import ABSENT_VALUE, read_texts
from doisoat.engine.store.civil_columns import civil_of, on_a_clock, utc_of
from doisoat.engine.store.event_columns import DURATION_MS_MAX, UNITS_MAX

WHOLE_DIGITS, SECONDS_DIGITS, PARTIAL_DIGITS = 15, 9, 6  # at most
ONE_RECORD = ("", "1")  # what units may be of a pack or a fee: no purchase of none or of several
FRACTION_DIGITS = {"civil": 3, "civil_ns": 9}  # at most
COMPACT_DIGITS = {"yyyymmddhhmmss": 14, "yyyymmddhhmm": 12, "yyyymmdd": 8}
PLUS, LESS, UNTIL = "+", "\N{MINUS SIGN}", "→"  # between the terms of a text
DECIMALS_MAX = 6  # of a number with declared signs; a size or length is rounded once, half up
KILO = ("bytes", "KB", "MB", "GB")
PARTED = "^[0-9]{8} [0-9]{6}$"  # a day and a time of day, as two columns have them
DAY_FIRST = r"^[0-9]{2}/[0-9]{2}/[0-9]{4}[ T]"
COMPACT = (
    r"^[0-9]{4}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
    r"-(?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]$"
)


def moments(frame: pl.DataFrame, name: str, source: TimeSource) -> pl.Series:
    """Civil milliseconds of a column of texts; null where a text is no time.

    A civil time that daylight saving skips is none; one that comes twice is what it says.
    """
    read, clock = _as_written(frame, name, source), source.clock
    behind = source.behind_utc_ms
    if behind is None:
        return _of(read, on_a_clock(pl.col(read.name), clock))
    if clock.ahead_ms is not None:
        return read + (behind + clock.ahead_ms)
    return _of(read, civil_of(pl.col(read.name) + behind, clock))


def _instants(frame: pl.DataFrame, name: str, source: TimeSource) -> pl.Series:
    """The same as moments of UTC, so that a length has the hours that passed."""
    read, behind = _as_written(frame, name, source), source.behind_utc_ms
    if behind is not None:
        return read + behind
    return _of(read, utc_of(pl.col(read.name), source.clock))


def _of(read: pl.Series, computed: pl.Expr) -> pl.Series:
    return read.to_frame().select(computed.alias(read.name)).to_series()


def _as_written(frame: pl.DataFrame, name: str, source: TimeSource) -> pl.Series:
    text = pl.col(name)
    if source.form in FRACTION_DIGITS:
        # What a mapping declares as nanoseconds is cut off behind the milliseconds.
        read = _read(frame, name, "civil", FRACTION_DIGITS[source.form])
    elif source.form == "ddmmyyyy":
        day, month, year = text.str.slice(0, 2), text.str.slice(3, 2), text.str.slice(6, 4)
        turned = pl.concat_str(year, month, day, separator="-") + text.str.slice(10)
        civil = frame.select(pl.when(text.str.contains(DAY_FIRST)).then(turned).alias(name))
        read = _read(civil, name, "civil", FRACTION_DIGITS["civil"])
    elif source.form == "yyyymmdd-hhmmss":
        compact = pl.when(text.str.contains(COMPACT)).then(text)
        moment = compact.str.to_datetime("%Y%m%d-%H%M%S", time_unit="ms", strict=False)
        read = frame.select(moment.dt.epoch("ms")).to_series()
    elif source.form == "yyyymmdd hhmmss":
        joined = pl.when(text.str.contains(PARTED)).then(text.str.replace(" ", ""))
        read = _read(frame.select(joined), name, "compact", 14)
    elif source.form in COMPACT_DIGITS:
        read = _read(frame, name, "compact", COMPACT_DIGITS[source.form])
    elif source.form.startswith("epoch"):
        read = amounts(frame, name)
        read = read * 1_000 if source.form == "epoch_s" else read
    else:
        read = _read(frame, name, source.form, 1)
    return read


def numbers(
    frame: pl.DataFrame, name: str, source: NumberSource | None, decimals: int = 0
) -> pl.Series:
    """A column of texts as whole numbers of 10**-decimals; null where a text is none.

    Without declared signs and terms it is as `whole_numbers` reads it. Decimals that would be lost
    make a text none, unless they are zeros.
    """
    if source is None or not (source.groups or source.decimal or source.terms):
        return whole_numbers(frame, name) * int(10**decimals)
    terms = _terms(frame, name, LESS if source.difference_of else PLUS, len(source.terms) or 1)
    digits = terms.select(_digits(term, source, decimals).alias(term) for term in terms.columns)
    read = [whole_numbers(digits, term) for term in digits.columns]
    total = read[0]
    for term in read[1:]:
        total = total - term if source.difference_of else total + term
    return total.alias(f"{name}_read")


def prices(frame: pl.DataFrame, name: str, source: NumberSource | None) -> pl.Series:
    """Amounts of money of a column of texts, never written as a telephone number is.

    Of texts with decimals that the source declares, in as many parts: 12.34 is 1234.
    """
    if source is None or not (source.groups or source.decimal or source.terms):
        return amounts(frame, name)
    decimals = source.decimals or 0
    if source.terms:
        return numbers(frame, name, source, decimals)
    digits = frame.select(_digits(name, source, decimals).alias(name))
    return amounts(digits, name)


def _terms(frame: pl.DataFrame, name: str, sign: str, count: int) -> pl.DataFrame:
    """A column for each term of a text; a sign too many stays in the last."""
    names = [f"{name}{at}" for at in range(count)]
    return frame.select(pl.col(name).str.splitn(sign, count).struct.rename_fields(names)).unnest(
        name
    )


def _digits(name: str, source: NumberSource, decimals: int) -> pl.Expr:
    """The digits of a number in 10**-decimals; null where a text has other signs."""
    text = pl.col(name)
    whole = "[0-9]+"
    if source.groups is not None:
        whole = f"(?:[0-9]{{1,3}}(?:{re.escape(source.groups)}[0-9]{{3}})+|[0-9]+)"
    part = ""
    if source.decimal is not None:
        kept = f"([0-9]{{1,{decimals}}})" if decimals else "0+"  # a whole amount may have zeros
        part = f"(?:{re.escape(source.decimal)}{kept})?"
    pattern = f"^({whole}){part}$"
    found = text.str.extract(pattern, 1)
    if source.groups is not None:
        found = found.str.replace_all(source.groups, "", literal=True)
    if decimals:
        behind = text.str.extract(pattern, 2).fill_null("") if part else pl.lit("")
        found = found + behind.str.pad_end(decimals, "0")
    return found


def whole_numbers(frame: pl.DataFrame, name: str) -> pl.Series:
    """A column of texts as whole numbers; null where a text is none."""
    return _read(frame, name, "whole", WHOLE_DIGITS)


def thousandths(frame: pl.DataFrame, name: str) -> pl.Series:
    """Seconds of a column of texts as milliseconds; null where a text is no such number."""
    return _read(frame, name, "thousandths", SECONDS_DIGITS)


def amounts(frame: pl.DataFrame, name: str) -> pl.Series:
    """Whole numbers of what is never as much as a telephone number that strayed into its column.

    So amounts, counts of messages and moments; a volume may be as much.
    """
    return _read(frame, name, "amount", WHOLE_DIGITS)


def with_values(frame: pl.DataFrame, layout: UsageLayout) -> pl.DataFrame:
    """The frame with start_ms, duration_ms, units, partial and charged of each record.

    Null where a text is none of them; where there is no text, duration_ms and partial are 0. With
    `_at_most_ms` if a layout bounds the duration.
    """
    fields, kind = layout.fields, pl.col("_kind")
    read = [
        moments(frame, "_started", fields.started).alias("start_ms"),
        _bytes(frame, fields.units, layout.data_unit, int(layout.data_base)).alias("_bytes"),
        prices(frame, "_units", fields.units).alias("_messages"),
        _read(frame, "_partial", "whole", PARTIAL_DIGITS),
        prices(frame, "_charged", fields.charged).alias("_charged_read"),
    ]
    duration = pl.lit(0, pl.Int64)
    if fields.duration is not None:
        read.append(lengths(frame, "_duration", fields.duration))
        duration = pl.when(pl.col("_duration") == "").then(0).otherwise("_duration_read")
        if fields.duration.at_most is not None:
            read.append(lengths(frame, "_at_most", fields.duration).alias("_at_most_ms"))
    units = (
        pl.when(kind == "voice").then(duration)
        .when(kind == "data").then("_bytes")
        .when(kind == "sms").then("_messages")
        .when(pl.col("_units").is_in(ONE_RECORD)).then(1)  # a pack or a fee is one record each
    )  # fmt: skip
    return frame.with_columns(*read).with_columns(
        duration.alias("duration_ms"),
        units.alias("units"),
        pl.when(pl.col("_partial") == "").then(0).otherwise("_partial_read")
        .cast(pl.Int32).alias("partial"),
        charged="_charged_read",
    )  # fmt: skip


def _read(frame: pl.DataFrame, name: str, reading: str, digits_max: int) -> pl.Series:
    """`name`_read: a column of texts by a kernel's reading; null where a text is no such thing."""
    read = f"{name}_read"
    if frame.height == 0:
        return pl.Series(read, dtype=pl.Int64)
    values = read_texts(frame.select(name), reading, digits_max, frame.height)
    number = pl.col(read)
    table = pl.DataFrame(ArrowTable({read: values}, frame.height))
    return table.select(pl.when(number != ABSENT_VALUE).then(number)).to_series()


def lengths(frame: pl.DataFrame, name: str, source: DurationSource) -> pl.Series:
    """Milliseconds of a column of lengths; null where a text is none. Below 0: it ends before."""
    read_as = f"{name}_read"
    if source.between is not None:
        sides = _terms(frame, name, UNTIL, 2)
        begin, end = (
            _instants(sides, side, source.between.side(column))
            for side, column in zip(sides.columns, source.columns, strict=True)
        )
        return (end - begin).alias(read_as)
    if source.form != "number":
        return _read(frame, name, source.form, 1).alias(read_as)
    if source.unit == "s" and not (source.groups or source.decimal or source.terms):
        return thousandths(frame, name)
    per_unit = {"ms": 1, "s": 1_000, "min": 60_000}[source.unit]
    decimals = DECIMALS_MAX if source.decimal else 0
    return _scaled(numbers(frame, name, source, decimals), decimals, per_unit, DURATION_MS_MAX)


def _bytes(frame: pl.DataFrame, source: NumberSource | None, unit: str, base: int) -> pl.Series:
    decimals = DECIMALS_MAX if source is not None and source.decimal and unit != "bytes" else 0
    read = numbers(frame, "_units", source, decimals)
    return _scaled(read, decimals, base ** KILO.index(unit), UNITS_MAX)


def _scaled(read: pl.Series, decimals: int, per_unit: int, most: int) -> pl.Series:
    """Numbers of 10**-decimals units in whole small units, rounded half up; null above the most."""
    if decimals == 0:
        is_held = pl.col(read.name) <= most // per_unit
        return (
            read.to_frame().select(pl.when(is_held).then(pl.col(read.name) * per_unit)).to_series()
        )
    wide, ten = pl.col(read.name).cast(pl.Int128), 10**decimals
    small = (wide * per_unit + ten // 2) // ten
    few = pl.when(small <= most).then(small).cast(pl.Int64)
    return read.to_frame().select(few).to_series()
