"""Rows of a CGRateS-shaped file: slots along a call, a connect fee, one rounding at the end."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from doisoat.tariffs.models.field_types import Rounding
from doisoat.tariffs.models.rates import Rate
from tests.conformance.model import (
    ANY_DAY,
    FINEST,
    Band,
    Missing,
    Row,
    Scale,
    Trial,
    Unreadable,
    Want,
    capped,
    catalogue_of,
    choice_of,
    cost_of,
    field_of,
    moment_of,
    number,
    number_of,
    plan_of,
    rate_of,
    single,
)

COLUMNS = ("vector_id", "segments_json", "rounding_method", "exact_cost_one_final_rounding")
ROUNDINGS: dict[str, Rounding] = {
    "": "half_up", "*middle": "half_up", "*up": "up", "*down": "down",
}  # fmt: skip
SLOT = ("start", "rate", "unit", "increment")
NO_RATE = "-1"  # a cost by which the peer says that it found no rate
SEGMENTS = "a list of segments, each with its usage and slots"


def read(rows: Iterable[Mapping[str, str]], folder: Path) -> Iterator[Row]:
    """Each row by itself; `folder` holds nothing more that these need."""
    for row in rows:
        try:
            yield Row(row["vector_id"], trials_of(row))
        except Missing as feature:
            yield Row(row["vector_id"], missing=str(feature))
        except Unreadable as fault:
            yield Row(row["vector_id"], unreadable=fault)


def trials_of(row: Mapping[str, str]) -> tuple[Trial, ...]:
    kind = field_of(row, "service")
    segments = segments_of(row)
    fee = number_of(row, "connect_fee", "0")
    if choice_of(row, "connect_fee_charged", ("yes", "no")) == "no":
        fee = Decimal(0)
    most = None
    # `*disconnect` ends a call where the money does: no rule of its price, which stays whole.
    strategy = choice_of(row, "max_cost_strategy", ("", "*free", "*disconnect"))
    if field_of(row, "max_cost") and strategy == "*free":
        if fee:
            raise Missing("a maximum charge beside a connect fee")
        if splits(row, segments):
            raise Missing("a maximum charge of a call that time bands split")
        most = number_of(row, "max_cost")
    decimals = int(number_of(row, "rounding_decimals", str(FINEST)))
    rules: list[Rounding] = [ROUNDINGS[choice_of(row, "rounding_method", ROUNDINGS)]]
    if decimals > FINEST:
        rules = ["up", "down"]  # where the two agree the amount is exact, to any decimal
    scale = Scale(min(decimals, FINEST))
    if field_of(row, "exact_cost_one_final_rounding") == NO_RATE:
        return (without_rate(row, kind),)
    expected = cost_of(row, "exact_cost_one_final_rounding")
    trials = []
    for rule in rules:
        if splits(row, segments):
            rates = banded(kind, segments, scale, fee, rule, start_of(row))
        else:
            bands = bands_of(segments)
            if most is not None:
                bands = capped(bands, most)
            rates = [rate_of(kind, "foreign", bands, scale, fee=fee, rounding=rule)]
        world, event = single(
            catalogue_of([plan_of(*rates)], scale), scale, start_of(row), kind,
            number_of(row, "usage"),
        )  # fmt: skip
        trials.append(Trial(world, event, Want(expected)))
    return tuple(trials)


def without_rate(row: Mapping[str, str], kind: str) -> Trial:
    """The row's event under a plan with a price for another class alone: it is suspended."""
    scale = Scale(FINEST)
    one = Decimal(1)
    elsewhere = rate_of(kind, "elsewhere", [Band(Decimal(0), one, one, one)], scale)
    world, event = single(
        catalogue_of([plan_of(elsewhere)], scale), scale, start_of(row), kind,
        number_of(row, "usage"),
    )  # fmt: skip
    return Trial(world, event, Want(None, status="no_tariff"))


def segments_of(row: Mapping[str, str]) -> list[dict[str, Any]]:
    """The segments of a row, their numbers exact. Raises: Unreadable."""
    text = field_of(row, "segments_json")
    try:
        body = json.loads(text, parse_float=Decimal, parse_int=Decimal)
        segments: list[dict[str, Any]] = [
            {
                "usage": number(segment["usage"], "segments_json"),
                "slots": [
                    {key: number(slot[key], "segments_json") for key in SLOT}
                    for slot in segment["slots"]
                ],
            }
            for segment in body
        ]
    except (json.JSONDecodeError, KeyError, TypeError):
        raise Unreadable("segments_json", text, SEGMENTS) from None
    slots = [slot for segment in segments for slot in segment["slots"]]
    if not slots or any(0 in (slot["unit"], slot["increment"]) for slot in slots):
        raise Unreadable("segments_json", text, f"{SEGMENTS} of some length")
    return segments


def splits(row: Mapping[str, str], segments: Sequence[Any]) -> bool:
    """Segments of a row with a moment are time bands, in which a call is split."""
    return len(segments) > 1 and bool(row["start_time"])


def bands_of(segments: Sequence[Any]) -> list[Band]:
    """The slots of all segments along one timeline: places of the call itself, one table."""
    bands = []
    offset = Decimal(0)
    for segment in segments:
        bands += slots_of(segment, offset)
        offset += segment["usage"]
    return bands


def slots_of(segment: Mapping[str, Any], offset: Decimal) -> list[Band]:
    return [
        Band(offset + slot["start"], slot["rate"], slot["unit"], slot["increment"])
        for slot in segment["slots"]
    ]


def banded(
    kind: str, segments: Sequence[Any], scale: Scale, fee: Decimal, rule: Rounding,
    start: datetime,
) -> list[Rate]:  # fmt: skip
    """A rate for each segment, in force for the hours that it lasts; the fee is the first one's."""
    if len(segments) > 2:
        raise Missing("more than two time bands in one call")
    border = start + timedelta(seconds=int(segments[0]["usage"]))
    if border.minute or border.second:
        raise Missing("a time band that does not begin at a full hour")
    ends = (border - timedelta(hours=12)).hour
    hours = (f"{ends}-{border.hour or 24}", f"{border.hour}-{ends or 24}")
    return [
        rate_of(kind, "foreign", slots_of(segment, Decimal(0)), scale, fee=due, rounding=rule,
                hours=held, crossing="split_time")
        for segment, held, due in zip(segments, hours, (fee, Decimal(0)), strict=True)
    ]  # fmt: skip


def start_of(row: Mapping[str, str]) -> datetime:
    """The civil moment as it is written; any, where none is or the test took its own `now`."""
    if field_of(row, "start_time").startswith("now"):
        return ANY_DAY
    return moment_of(row, "start_time") or ANY_DAY
