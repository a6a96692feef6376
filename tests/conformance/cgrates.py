"""Rows of a CGRateS-shaped file: slots along a call, a connect fee, one rounding at the end."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from doisoat.tariffs.models import Rounding
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
    bands = bands_of(row)
    fee = Decimal(row["connect_fee"] or 0) if row["connect_fee_charged"] == "yes" else Decimal(0)
    # `*disconnect` ends a call where the money does: no rule of its price, which stays whole.
    if row["max_cost"] and row["max_cost_strategy"] == "*free":
        if fee:
            raise Missing("a maximum charge beside a connect fee")
        bands = capped(bands, Decimal(row["max_cost"]))
    decimals = int(row["rounding_decimals"] or FINEST)
    rules: list[Rounding] = [ROUNDINGS[row["rounding_method"] or "*middle"]]
    if decimals > FINEST:
        rules = ["up", "down"]  # where the two agree the amount is exact, to any decimal
    scale = Scale(min(decimals, FINEST))
    expected = to_finest(Fraction(row["exact_cost_one_final_rounding"]))
    trials = []
    for rule in rules:
        rate = rate_of(kind, "foreign", bands, scale, fee=fee, rounding=rule)
        world, event = single(
            catalogue_of([plan_of(rate)], scale), scale, start_of(row), kind, Decimal(row["usage"])
        )
        trials.append(Trial(world, event, Want(expected)))
    return tuple(trials)


def bands_of(row: Mapping[str, str]) -> list[Band]:
    """The slots of all segments along one timeline.

    Segments of a row with a moment are time bands, in which a call is split. Without one they
    are places of the call itself, and stand one after another in one table.
    """
    segments = json.loads(row["segments_json"], parse_float=Decimal, parse_int=Decimal)
    if len(segments) > 1 and row["start_time"]:
        raise Missing("a time band that splits a call (split_time of prices)")
    bands = []
    offset = Decimal(0)
    for segment in segments:
        for slot in segment["slots"]:
            bands.append(
                Band(offset + slot["start"], slot["rate"], slot["unit"], slot["increment"])
            )
        offset += segment["usage"]
    return bands


def start_of(row: Mapping[str, str]) -> datetime:
    """The civil moment as it is written; any, where none is."""
    found = re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", row["start_time"])
    return datetime.fromisoformat(found[0]) if found else ANY_DAY
