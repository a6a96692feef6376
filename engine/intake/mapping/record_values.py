"""Times, durations, volumes and amounts of records, out of their texts.

They are read strictly, by a kernel; a time in compact form by a pattern, and then cast. One with
the day first is turned round by a pattern, and then read by the kernel.
"""

import polars as pl

from doisoat.engine.arrow.arrow import ArrowTable
from doisoat.engine.intake.mapping.field_sources import DurationSource, TimeSource
from doisoat.engine.intake.mapping.mapping import UsageLayout
from doisoat.engine.intake.mapping.strict_parsing import ABSENT_VALUE, read_texts
from doisoat.engine.store.event_columns import DURATION_MS_MAX, UNITS_MAX

WHOLE_DIGITS, SECONDS_DIGITS, PARTIAL_DIGITS = 15, 9, 6  # at most
ONE_RECORD = ("", "1")  # what units may be of a pack or a fee: no purchase of none or of several
FRACTION_DIGITS = {"civil": 3, "civil_ns": 9}  # at most
DAY_FIRST = r"^[0-9]{2}/[0-9]{2}/[0-9]{4}[ T]"
COMPACT = (
    r"^[0-9]{4}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
    r"-(?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]$"
)


def moments(frame: pl.DataFrame, name: str, source: TimeSource) -> pl.Series:
    """Vietnam civil milliseconds of a column of texts; null where a text is no time."""
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
    else:
        read = amounts(frame, name) * (1_000 if source.form == "epoch_s" else 1)
    return read + source.shift_ms


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
        whole_numbers(frame, "_units"),
        amounts(frame, "_units").alias("_messages"),
        _read(frame, "_partial", "whole", PARTIAL_DIGITS),
        amounts(frame, "_charged"),
    ]
    duration = pl.lit(0, pl.Int64)
    if fields.duration is not None:
        read.append(_duration(frame, "_duration", fields.duration))
        duration = pl.when(pl.col("_duration") == "").then(0).otherwise("_duration_read")
        if fields.duration.at_most is not None:
            read.append(_duration(frame, "_at_most", fields.duration).alias("_at_most_ms"))
    per_unit = {"bytes": 1, "KB": 1_024, "MB": 1_048_576}[layout.data_unit]
    number = pl.col("_units_read")
    units = (
        pl.when(kind == "voice").then(duration)
        .when((kind == "data") & (number <= UNITS_MAX // per_unit)).then(number * per_unit)
        .when(kind == "data").then(None)  # more than 64 bits may hold: bad_units
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


def _duration(frame: pl.DataFrame, name: str, source: DurationSource) -> pl.Series:
    if source.unit == "s":
        return thousandths(frame, name)
    per_unit = 1 if source.unit == "ms" else 60_000
    read = whole_numbers(frame, name)
    number = pl.col(read.name)
    few = pl.when(number <= DURATION_MS_MAX // per_unit).then(number * per_unit)
    return read.to_frame().select(few).to_series()
