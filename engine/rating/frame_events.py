"""Events and master data of frames, each value checked: what intake would refuse is refused."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from doisoat.engine.rating.frame_columns import read_frame, refuse, refuse_any, shown
from doisoat.engine.rating.frame_ids import combined, numbers_to, placed, refuse_mixed
from doisoat.engine.store.event_columns import (
    DURATION_MS_MAX,
    PACK_ACTIONS,
    RANKS,
    START_MS_END,
    START_MS_MIN,
    TRAIT_PATTERNS,
    UNITS_MAX,
)
from doisoat.engine.usage.stored_parts import NO_PORTS, NO_TRAITS, TRAIT_TEXTS
from doisoat.messages.text import Text, message
from doisoat.tariffs.compile.program import PAYMENTS

if TYPE_CHECKING:
    from doisoat.engine.arrow.arrow import ArrowStream

UNITS_MOST = {"voice": DURATION_MS_MAX, "sms": UNITS_MAX, "data": UNITS_MAX, "pack": 1, "fee": 1}
UNITS_LEAST = {"voice": 0, "sms": 0, "data": 0, "pack": 1, "fee": 1}
PARTIAL_MAX = 1 << 30
MS_PER_DAY = 86_400_000


@dataclass(frozen=True)
class FrameEvents:
    """Events of a frame, checked, in its order."""

    frame: pl.DataFrame  # as read_frame gives it
    start_ms: pl.Series
    units: pl.Series
    duration_ms: pl.Series
    traits: pl.DataFrame  # NO_TRAITS
    trait: pl.Series  # UInt32
    rank: pl.Series  # UInt8


def months_of(frame: pl.DataFrame) -> list[str]:
    """The months, YYYY-MM, in which events of a frame begin. Args: frame: of `read_frame`."""
    starts = frame["start_at"]
    ends = pl.Series([starts.min(), starts.max()], dtype=pl.Int64).drop_nulls()
    if _months(ends).n_unique() > 1:
        ends = (starts // MS_PER_DAY).unique() * MS_PER_DAY
    return _months(ends).unique().sort().to_list()


def _months(moments: pl.Series) -> pl.Series:
    return moments.cast(pl.Datetime("ms")).dt.strftime("%Y-%m")


def checked_events(frame: pl.DataFrame, period: tuple[int, int]) -> FrameEvents:
    begin, end = period
    starts, units = frame["start_at"], frame["units"]
    moments = starts.cast(pl.Datetime("ms"))
    refuse_any(
        ~starts.is_between(max(begin, START_MS_MIN), min(end, START_MS_END), closed="left"),
        moments, "events", "start_at",
        message("is outside the period"),
        message("give events of one month, of the years 2000 to 2099, and name it (period)"),
    )  # fmt: skip
    texts = [
        frame[name] if name in frame.columns else _nothing(name, frame.height)
        for name in TRAIT_TEXTS
    ]
    found = combined(texts, frame.height, "events")
    _check_traits(found.texts, found.codes)
    kinds = found.texts["kind"]
    least, most = (
        kinds.replace_strict(bounds, return_dtype=pl.Int64).gather(found.codes)
        for bounds in (UNITS_LEAST, UNITS_MOST)
    )
    refuse_any(
        (units < least) | (units > most), units, "events", "units",
        message("is no amount of its kind"),
        message("give ms of a call, messages, bytes, from 0 on; 1 of a pack and a fee"),
    )  # fmt: skip
    if "duration" in frame.columns:
        duration = frame["duration"]
        refuse_any(
            (duration < 0) | (duration > DURATION_MS_MAX),
            duration,
            "events",
            "duration",
            message("is no duration"),
            message(
                "give milliseconds, from 0 to {duration_ms_max}", duration_ms_max=DURATION_MS_MAX
            ),
        )
    else:
        is_voice = (kinds == "voice").cast(pl.Int64).gather(found.codes)
        duration = units * is_voice
    _check_sessions(frame)
    traits = found.texts.select(
        numbers_to(found.texts.height).alias("trait"), *TRAIT_TEXTS
    ).cast(NO_TRAITS.schema)  # fmt: skip
    rank = kinds.replace_strict(RANKS, return_dtype=pl.UInt8).gather(found.codes)
    return FrameEvents(frame, starts, units, duration, traits, found.codes, rank)


def _nothing(name: str, rows: int) -> pl.Series:
    return pl.Series(name, [None], dtype=pl.Enum([])).new_from_index(0, rows)


def _check_traits(texts: pl.DataFrame, codes: pl.Series) -> None:
    """Each distinct text has the form that an event's may have (engine.store.event_columns)."""
    for name, pattern in TRAIT_PATTERNS.items():
        bad = texts.select(~pl.col(name).str.contains(f"^(?:{pattern})$")).to_series()
        _refuse_trait(
            bad, texts[name], codes, name,
            message("is not of the form"),
            message("write it as {pattern}", pattern=pattern),
        )  # fmt: skip
    is_pack, actions = texts["kind"] == "pack", ", ".join(PACK_ACTIONS)
    _refuse_trait(
        is_pack & ~texts["destination"].is_in(PACK_ACTIONS), texts["destination"], codes,
        "destination",
        message("is no act of a pack"),
        message("write one of {actions}", actions=actions),
    )  # fmt: skip
    _refuse_trait(
        is_pack & (texts["pack"] == ""), texts["pack"], codes, "pack",
        message("is empty, and the event is of a pack"),
        message("name the pack"),
    )  # fmt: skip


def _refuse_trait(
    bad: pl.Series, values: pl.Series, codes: pl.Series, column: str, what: Text, mend: Text
) -> None:
    if bad.any():
        rows = bad.gather(codes)
        row = rows.arg_max()
        assert row is not None
        value = shown(values[codes[row]])
        refuse("events", column, row, Text(f"{value} {what.vi}", f"{value} {what.en}"), mend)


def _check_sessions(frame: pl.DataFrame) -> None:
    if "partial" in frame.columns:
        partial = frame["partial"]
        refuse_any(
            (partial < 0) | (partial > PARTIAL_MAX), partial, "events", "partial",
            message("is no number of a part"),
            message("number parts from 1; 0 is a whole event"),
        )  # fmt: skip
        if "session_key" not in frame.columns:
            refuse_any(
                partial > 0, partial, "events", "partial",
                message("is a part of a session without a key"),
                message("add the column session_key"),
            )  # fmt: skip
            return
        refuse_any(
            (partial > 0) & frame["session_key"].is_null(), partial, "events", "partial",
            message("is a part of a session without a key"),
            message("give the row a session_key, or partial 0"),
        )  # fmt: skip
    elif "session_key" in frame.columns and frame["session_key"].count():
        refuse(
            "events", "partial", None,
            message("this column is missing, and session_key has values"),
            message("add the number of the part, from 1 (0: a whole event); or leave"
" session_key out"),
        )  # fmt: skip


def read_subscriptions(given: "ArrowStream") -> pl.DataFrame:
    frame = read_frame(given, "subscriptions")
    payment = frame["payment"].cast(pl.String)
    refuse_any(
        ~payment.is_in(["", *PAYMENTS]),
        payment,
        "subscriptions",
        "payment",
        message("is no way of paying"),
        message(
            "write {payments}, or an empty text where it is not known", payments=", ".join(PAYMENTS)
        ),
    )
    return frame


def read_packs(given: "ArrowStream | None") -> pl.DataFrame | None:
    if given is None:
        return None
    frame = read_frame(given, "packs")
    wrong = frame["left"].list.eval(pl.element().is_null() | (pl.element() < 0)).list.any()
    refuse_any(
        wrong.fill_null(False), frame["left"], "packs", "left",
        message("has an amount that is null or negative"),
        message("give what is left of each volume of the pack"),
    )  # fmt: skip
    return frame


def ports_called(
    frame: pl.DataFrame, given: "ArrowStream | None"
) -> tuple[pl.Series, pl.DataFrame]:
    """The ported number that each event is to (UInt32; 0: to none that was ever ported), and
    NO_PORTS with these numbers."""
    none = pl.zeros(frame.height, dtype=pl.UInt32, eager=True)
    if given is None:
        return none, NO_PORTS
    ports = read_frame(given, "ports")
    if ports.is_empty():
        return none, NO_PORTS
    if "counterparty" not in frame.columns:
        refuse(
            "events", "counterparty", None,
            message("this column is missing, and ports are given"),
            message("add the number of the other party, or give no ports"),
        )  # fmt: skip
    called = frame["counterparty"]
    refuse_mixed([("ports", ports["number"]), ("events", called)])
    known = ports["number"].unique(maintain_order=True)
    texts = known.cast(pl.String)
    if isinstance(called.dtype, pl.Categorical | pl.Enum):
        called = called.cast(pl.String)
    alike = known.cast(called.dtype, strict=False).drop_nulls()  # a number that fits in no row
    asked = called.is_in(alike.implode()).fill_null(False).arg_true()
    number = none.scatter(asked, placed(called.gather(asked).cast(pl.String), texts) + 1)
    rows = ports.select(
        number_hi=pl.lit(0, pl.UInt64),
        number_lo=(placed(ports["number"].cast(pl.String), texts) + 1).cast(pl.UInt64),
        carrier=pl.col("carrier").cast(pl.String),
        from_ms="valid_from",
        until_ms="valid_until" if "valid_until" in ports.columns else pl.lit(None, pl.Int64),
    )
    return number, rows.cast(NO_PORTS.schema)
