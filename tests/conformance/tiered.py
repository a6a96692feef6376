"""Rows of tiered tariffs (OpenRate, Lago, OpenMeter): a plan in words, a range, one cost."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from doisoat.tariffs.models.catalogue_model import Plan
from tests.conformance.model import (
    ANY_DAY,
    FINEST,
    Band,
    Missing,
    PeriodTrial,
    Row,
    Scale,
    Trial,
    Unreadable,
    Want,
    billed_place,
    catalogue_of,
    cost_of,
    day_of,
    field_of,
    moment_of,
    number_of,
    plan_of,
    rate_of,
    single,
    to_finest,
)
from tests.conformance.period_rows import is_of_a_period, period_trial

COLUMNS = ("vector_id", "mode", "plan", "usage_min", "usage_max", "prior_usage_offset")
SCALE = Scale(FINEST)
PAST_LAST_TIER = (
    "The peer charges nothing for usage past its last tier, without a word; ours suspends the"
    " event (`beyond_limit`) from the end of the block on in which that tier ends."
)

BLOCK_OF_ITS_BAND = (
    "The peer gives a block that is begun in a time band wholly to that band. Ours has no such"
    " crossing: `split_time` bills the call by the blocks of the band in which it begins, and"
    " prices each second by the band in which it lies."
)

SPLIT = "time-of-day split, beat-"
MILLISECOND = Decimal("0.001")
SPLIT_BAND = re.compile(r"(\d+) s(?: [a-z-]+)?: ([\d.]+) per (\d+) beat (\d+)")
SETUP = re.compile(r"setup ([\d.]+)")
TIER = re.compile(r"\[(\d+),(\d+)\) ([\d.]+) per (\d+),? beat (\d+)")
DATED = re.compile(r"valid (\d{4}-\d\d-\d\d): ([\d.]+) per (\d+),? beat (\d+)")


def read(rows: Iterable[Mapping[str, str]], folder: Path) -> Iterator[Row]:
    """Each row by itself; `folder` holds nothing more that these need."""
    for row in rows:
        try:
            trials = tuple(trials_of(row))
        except Missing as feature:
            yield Row(row["vector_id"], missing=str(feature))
        except Unreadable as fault:
            yield Row(row["vector_id"], unreadable=fault)
        else:
            reason = BLOCK_OF_ITS_BAND if row["mode"].startswith(SPLIT) else PAST_LAST_TIER
            explained = any(isinstance(trial, Trial) and trial.ours for trial in trials)
            yield Row(row["vector_id"], trials, reason=reason if explained else "")


def trials_of(row: Mapping[str, str]) -> Iterator[Trial | PeriodTrial]:
    """The cost at both ends of the range over which it holds."""
    expected = Want(cost_of(row, "expected_cost"))
    ends = sorted({number_of(row, "usage_min"), number_of(row, "usage_max")})
    if is_of_a_period(row):
        for usage in ends:
            yield period_trial(row, usage, expected)
        return
    kind, plans, limit, bands = tariff_of(row)
    start = moment_of(row, "event_date") or ANY_DAY
    if row["mode"].startswith(SPLIT):
        start = start.replace(hour=11, minute=59, second=60 - int(bands[0].start))
    before = number_of(row, "prior_usage_offset", "0")
    for usage in ends:
        world, event = single(catalogue_of(plans, SCALE), SCALE, start, kind, usage, before)
        if row["mode"].startswith(SPLIT):
            yield Trial(world, event, expected, split_in_time(row, bands, usage))
        else:
            yield Trial(world, event, expected, past_the_end(row, bands, limit, before + usage))


def split_in_time(row: Mapping[str, str], bands: list[Band], usage: Decimal) -> Want | None:
    """What `split_time` gives, where the row's own rule is another; None: it is `split_apart`."""
    if not beat_aware(row):
        return None
    first, second = bands
    billed = billed_place([replace(first, start=Decimal(0))], Fraction(usage))
    inside = min(Fraction(first.start), billed)
    prices = (Fraction(band.price) / Fraction(band.per) for band in (first, second))
    lengths = (inside, billed - inside)
    return Want(to_finest(sum((a * b for a, b in zip(prices, lengths, strict=True)), Fraction(0))))


def beat_aware(row: Mapping[str, str]) -> bool:
    return field_of(row, "mode").startswith(f"{SPLIT}aware")


def past_the_end(
    row: Mapping[str, str], bands: list[Band], limit: Decimal | None, usage: Decimal
) -> Want | None:
    """What ours gives for usage past a last tier that ends, or None where it lies before."""
    if limit is None:
        return None
    billed = billed_place(bands, Fraction(usage))
    if billed > limit:
        return Want(None)
    ends = TIER.findall(row["plan"])[-1][1]
    if usage < Decimal(ends) or not row["mode"].startswith("volume"):
        return None
    return Want(to_finest(billed * Fraction(bands[-1].price) / Fraction(bands[-1].per)))


def tariff_of(row: Mapping[str, str]) -> tuple[str, list[Plan], Decimal | None, list[Band]]:
    """Kind of usage, plan versions, the place where the last tier ends, and the bands."""
    mode, text = field_of(row, "mode"), field_of(row, "plan")
    if mode.startswith(SPLIT):
        return split(text, "split_time" if beat_aware(row) else "split_apart")
    if mode.startswith("volume"):
        return volume(text)
    if mode == "event":
        price, _ = only_tier(text)
        return plain_plan("sms", [Band(Decimal(0), price, Decimal(1), Decimal(1))])
    if mode.startswith("flat"):  # a price of time: neither tiers nor beats
        price, per = only_tier(text)
        return plain_plan("voice", [Band(Decimal(0), price, per, MILLISECOND)])
    if "dated" in mode:
        return dated(text)
    if "graduated" in mode:
        return graduated(text)
    raise Missing(f"the charge model of mode {mode!r}")


def only_tier(text: str) -> tuple[Decimal, Decimal]:
    """Price and units of a plan's single tier. Raises: Unreadable."""
    found = TIER.findall(text)
    if len(found) != 1:
        raise Unreadable("plan", text, "one tier [FROM,UNTIL) PRICE per UNITS beat UNITS")
    return Decimal(found[0][2]), Decimal(found[0][3])


def volume(text: str) -> tuple[str, list[Plan], Decimal | None, list[Band]]:
    """All units at the tier of their sum, as time, in seconds."""
    bands = tiers_of(text)
    limit = Decimal(int(billed_place(bands, Fraction(TIER.findall(text)[-1][1]))))
    rate = rate_of("voice", "foreign", bands, SCALE, limit=limit, model="volume")
    return "voice", [plan_of(rate)], limit, bands


def tiers_of(text: str) -> list[Band]:
    """Tiers with their beats. Raises: Unreadable."""
    tiers = TIER.findall(text)
    if not tiers:
        raise Unreadable("plan", text, "tiers [FROM,UNTIL) PRICE per UNITS beat UNITS")
    return [
        Band(Decimal(start), Decimal(price), Decimal(per), Decimal(beat))
        for start, _, price, per, beat in tiers
    ]


def split(text: str, crossing: str) -> tuple[str, list[Plan], None, list[Band]]:
    """Two stretches of a call, each at its own band's price; the border is at noon.

    Of the bands, `start` is the length of the stretch.
    """
    found = SPLIT_BAND.findall(text)
    if len(found) != 2:
        raise Missing("a call in more than two time bands")
    bands = [
        Band(Decimal(length), Decimal(price), Decimal(per), Decimal(beat))
        for length, price, per, beat in found
    ]
    rates = [
        rate_of("voice", "foreign", [replace(band, start=Decimal(0))], SCALE, hours=hours,
                crossing=crossing, fee=setup_of(text))
        for band, hours in zip(bands, ("0-12", "12-24"), strict=True)
    ]  # fmt: skip
    return "voice", [plan_of(*rates)], None, bands


def setup_of(text: str) -> Decimal:
    """The fee that a plan sets up a call for; 0 where it says none."""
    fee = SETUP.search(text)
    return Decimal(fee[1]) if fee else Decimal(0)


def plain_plan(kind: str, bands: list[Band]) -> tuple[str, list[Plan], None, list[Band]]:
    return kind, [plan_of(rate_of(kind, "foreign", bands, SCALE))], None, bands


def graduated(text: str) -> tuple[str, list[Plan], Decimal | None, list[Band]]:
    bands = tiers_of(text)
    limit = Decimal(int(billed_place(bands, Fraction(TIER.findall(text)[-1][1]))))
    rate = rate_of("voice", "foreign", bands, SCALE, fee=setup_of(text), limit=limit)
    return "voice", [plan_of(rate)], limit, bands


def dated(text: str) -> tuple[str, list[Plan], None, list[Band]]:
    """Versions of one price; each ends where the next begins."""
    found = DATED.findall(text)
    if not found:
        raise Unreadable("plan", text, "versions valid YYYY-MM-DD: PRICE per UNITS beat UNITS")
    days = [day_of(day, "plan") for day, *_ in found]
    ends = [later for _, later in pairwise(days)] + [None]
    plans = []
    for (_, price, per, beat), day, end in zip(found, days, ends, strict=True):
        band = Band(Decimal(0), Decimal(price), Decimal(per), Decimal(beat))
        rate = rate_of("voice", "foreign", [band], SCALE)
        plans.append(plan_of(rate, valid_from=day, valid_until=end))
    return "voice", plans, None, []
