"""Rows of a CGRateS-shaped file: slots along a call, a connect fee, one rounding at the end."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from doisoat.tariffs.fields import Rounding
from doisoat.tariffs.rates import Rate
from tests.conformance.model import (
    ANY_DAY,
    FINEST,
    Band,
    Missing,
    Row,
    Scale,
    Trial,
    Want,
    capped,
    catalogue_of,
    plan_of,
    rate_of,
    single,
    to_finest,
)

COLUMNS = ("vector_id", "segments_json", "rounding_method", "exact_cost_one_final_rounding")
ROUNDINGS: dict[str, Rounding] = {"*middle": "half_up", "*up": "up", "*down": "down"}


def read(rows: Iterable[Mapping[str, str]], folder: Path) -> Iterator[Row]:
    """Each row by itself; `folder` holds nothing more that these need."""
    for row in rows:
        try:
            yield Row(row["vector_id"], trials_of(row))
        except Missing as feature:
            yield Row(row["vector_id"], missing=str(feature))


def trials_of(row: Mapping[str, str]) -> tuple[Trial, ...]:
    kind = row["service"]
    segments = json.loads(row["segments_json"], parse_float=Decimal, parse_int=Decimal)
    fee = Decimal(row["connect_fee"] or 0) if row["connect_fee_charged"] == "yes" else Decimal(0)
    most = None
    # `*disconnect` ends a call where the money does: no rule of its price, which stays whole.
    if row["max_cost"] and row["max_cost_strategy"] == "*free":
        if fee:
            raise Missing("a maximum charge beside a connect fee")
        if splits(row, segments):
            raise Missing("a maximum charge of a call that time bands split")
        most = Decimal(row["max_cost"])
    decimals = int(row["rounding_decimals"] or FINEST)
    rules: list[Rounding] = [ROUNDINGS[row["rounding_method"] or "*middle"]]
    if decimals > FINEST:
        rules = ["up", "down"]  # where the two agree the amount is exact, to any decimal
    scale = Scale(min(decimals, FINEST))
    expected = to_finest(Fraction(row["exact_cost_one_final_rounding"]))
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
            Decimal(row["usage"]),
        )  # fmt: skip
        trials.append(Trial(world, event, Want(expected)))
    return tuple(trials)


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
    """The civil moment as it is written; any, where none is."""
    found = re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", row["start_time"])
    return datetime.fromisoformat(found[0]) if found else ANY_DAY
