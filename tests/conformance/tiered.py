"""Rows of tiered tariffs (OpenRate, Lago, OpenMeter): a plan in words, a range, one cost."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from doisoat.tariffs.models import Plan
from tests.conformance.model import (
    ANY_DAY,
    FINEST,
    Band,
    Missing,
    Row,
    Scale,
    Trial,
    Want,
    billed_place,
    capped,
    catalogue_of,
    plan_of,
    rate_of,
    single,
    to_finest,
)

COLUMNS = ("vector_id", "mode", "plan", "usage_min", "usage_max", "prior_usage_offset")
SCALE = Scale(FINEST)
PAST_LAST_TIER = (
    "The peer charges nothing for usage past its last tier, without a word; ours suspends the"
    " event (`beyond_limit`)."
)

TIER = re.compile(r"\[(\d+),(\d+)\) ([\d.]+) per (\d+),? beat (\d+)")
DATED = re.compile(r"valid (\d{4}-\d\d-\d\d): ([\d.]+) per (\d+),? beat (\d+)")
STEPPED = re.compile(
    r"(?:(?P<from>\d+)-(?P<until>\d+): |(?P<rest>\d+)\+: |<=(?P<most>\d+) |(?P<otherwise>else) )"
    r"(?:(?P<each>[\d.]+)/unit)?(?: \+ )?(?:flat (?P<flat>[\d.]+))?"
)


def read(rows: Iterable[Mapping[str, str]], folder: Path) -> Iterator[Row]:
    """Each row by itself; `folder` holds nothing more that these need."""
    for row in rows:
        try:
            trials = tuple(trials_of(row))
        except Missing as feature:
            yield Row(row["vector_id"], missing=str(feature))
        else:
            reason = PAST_LAST_TIER if any(trial.ours for trial in trials) else ""
            yield Row(row["vector_id"], trials, reason=reason)


def trials_of(row: Mapping[str, str]) -> Iterator[Trial]:
    """The cost at both ends of the range over which it holds."""
    kind, plans, limit, bands = tariff_of(row)
    start = datetime.fromisoformat(row["event_date"]) if row["event_date"] else ANY_DAY
    before = Decimal(row["prior_usage_offset"] or 0)
    expected = Want(to_finest(Fraction(row["expected_cost"])))
    for usage in sorted({Decimal(row["usage_min"]), Decimal(row["usage_max"])}):
        world, event = single(catalogue_of(plans, SCALE), SCALE, start, kind, usage, before)
        refused = limit is not None and billed_place(bands, Fraction(before + usage)) > limit
        yield Trial(world, event, expected, Want(None) if refused else None)


def tariff_of(row: Mapping[str, str]) -> tuple[str, list[Plan], Decimal | None, list[Band]]:
    """Kind of usage, plan versions, the place where the last tier ends, and the bands."""
    mode, text = row["mode"], row["plan"]
    if "minimum" in mode:
        raise Missing("a minimum charge, and the volume charge model" if "volume" in mode
                      else "a minimum charge")  # fmt: skip
    if mode.startswith("volume"):
        raise Missing("the volume charge model (all units at the tier of their sum)")
    if mode.startswith("time-of-day split"):
        raise Missing("a time band that splits a call (split_time of prices)")
    if mode.startswith("percentage"):
        return percentage(text)
    if mode.startswith("package"):
        return package(mode, text)
    if mode == "event":
        ((_, _, price, _, _),) = TIER.findall(text)
        return plain_plan("sms", [Band(Decimal(0), Decimal(price), Decimal(1), Decimal(1))])
    if mode.startswith("flat"):  # a price of time: neither tiers nor beats
        ((_, _, price, per, _),) = TIER.findall(text)
        millisecond = Decimal("0.001")
        return plain_plan("voice", [Band(Decimal(0), Decimal(price), Decimal(per), millisecond)])
    if "dated" in mode:
        return dated(text)
    if "graduated" in mode:
        return graduated(row, text)
    raise Missing(f"the charge model of mode {mode!r}")


def plain_plan(kind: str, bands: list[Band]) -> tuple[str, list[Plan], None, list[Band]]:
    return kind, [plan_of(rate_of(kind, "foreign", bands, SCALE))], None, bands


def graduated(
    row: Mapping[str, str], text: str
) -> tuple[str, list[Plan], Decimal | None, list[Band]]:
    tiers = TIER.findall(text)
    if not tiers:
        bands = stepped(text)
        if any(Fraction(usage) == 0 for usage in (row["usage_min"], row["usage_max"])):
            raise Missing("an amount of a tier that is owed without usage")
        return plain_plan("sms", bands)
    bands = [
        Band(Decimal(start), Decimal(price), Decimal(per), Decimal(beat))
        for start, _, price, per, beat in tiers
    ]
    limit = Decimal(int(billed_place(bands, Fraction(tiers[-1][1]))))
    fee = re.search(r"setup ([\d.]+)", text)
    rate = rate_of(
        "voice", "foreign", bands, SCALE, fee=Decimal(fee[1]) if fee else Decimal(0), limit=limit
    )
    return "voice", [plan_of(rate)], limit, bands


def stepped(text: str) -> list[Band]:
    """Tiers of whole units with a flat amount each, which the tier's first unit costs besides."""
    bands: list[Band] = []
    start, one = Decimal(0), Decimal(1)
    for part in text.split("; "):
        tier = STEPPED.fullmatch(part)
        if tier is None:
            raise Missing(f"a tier written as {part!r}")
        each, flat = Decimal(tier["each"] or 0), Decimal(tier["flat"] or 0)
        until = tier["until"] or tier["most"]
        if flat:
            bands.append(Band(start, each + flat, one, one))
        if not flat or until is None or start + 1 < Decimal(until):
            bands.append(Band(start + 1 if flat else start, each, one, one))
        start = Decimal(until or 0)
    return bands


def dated(text: str) -> tuple[str, list[Plan], None, list[Band]]:
    """Versions of one price; each ends where the next begins."""
    found = DATED.findall(text)
    days = [datetime.fromisoformat(day) for day, *_ in found]
    ends = [later for _, later in pairwise(days)] + [None]
    plans = []
    for (_, price, per, beat), day, end in zip(found, days, ends, strict=True):
        band = Band(Decimal(0), Decimal(price), Decimal(per), Decimal(beat))
        rate = rate_of("voice", "foreign", [band], SCALE)
        plans.append(plan_of(rate, valid_from=day, valid_until=end))
    return "voice", plans, None, []


def package(mode: str, text: str) -> tuple[str, list[Plan], None, list[Band]]:
    found = re.fullmatch(r"([\d.]+) per (\d+)", text)
    if found is None:
        raise Missing(f"a package written as {text!r}")
    bands = [Band(Decimal(0), Decimal(found[1]), Decimal(found[2]), Decimal(found[2]))]
    most = re.search(r"maximum ([\d.]+)", mode)
    return plain_plan("sms", capped(bands, Decimal(most[1])) if most else bands)


def percentage(text: str) -> tuple[str, list[Plan], None, list[Band]]:
    """Per cent of an amount is a price of its units."""
    found = re.fullmatch(r"([\d.]+) percent", text)
    if found is None:
        raise Missing("the percentage charge model with a fee an event and free units")
    one = Decimal(1)
    return plain_plan("sms", [Band(Decimal(0), Decimal(found[1]).scaleb(-2), one, one)])
