"""Rows of a tiered file that tell a period's usage: charges over a billing period of our own."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from pydantic import ValidationError

from doisoat.engine.oracle.facts import Use
from doisoat.tariffs.models.period_charge import PeriodCharge, Tier
from doisoat.tariffs.models.quantity import to_ms
from tests.conformance.model import (
    ANY_DAY,
    FINEST,
    Missing,
    PeriodTrial,
    Scale,
    Unreadable,
    Want,
    field_of,
    number_of,
    plain,
    whole_units,
)

SCALE = Scale(FINEST)
BEGINS = date(ANY_DAY.year, ANY_DAY.month, 1)
MODELS = ("graduated", "volume", "package", "percentage")
LIMIT = re.compile(r"(minimum|maximum) ([\d.]+)")
PACKAGE = re.compile(r"([\d.]+) per (\d+)(?: units, (\d+) free)?")
PERCENTAGE = re.compile(
    r"([\d.]+) percent(?: \+ ([\d.]+) per event)?"
    r"(?:; first (?:(?P<units>\d+) units / )?(?P<free>\d+) events free"
    r"(?: \((?P<sum>\d+) units\))?)?"
    r"(?:; (?P<events>\d+) events(?:, running totals (?P<totals>[\d,]+))?)?"
)
STEPPED = re.compile(
    r"(?:(?P<from>\d+)-(?P<until>\d+): |(?P<rest>\d+)\+: |<=(?P<most>\d+) |(?P<otherwise>else) )"
    r"(?:(?P<each>[\d.]+)/unit)?(?: \+ )?(?:flat (?P<flat>[\d.]+))?"
)


def is_of_a_period(row: Mapping[str, str]) -> bool:
    """Its plan is one of a sum: of tiers, packages or per cent, without beats or a moment."""
    plan = field_of(row, "plan")
    of_event = field_of(row, "event_date") or "beat" in plan or "[" in plan
    return not of_event and field_of(row, "mode").split(",")[0] in MODELS


def period_trial(row: Mapping[str, str], usage: Decimal, expected: Want) -> PeriodTrial:
    """The row's charge, and its usage after what was billed before it.

    Raises: Unreadable, Missing.
    """
    model = field_of(row, "mode").split(",")[0]
    kind, fields, amounts = {
        "package": package, "percentage": percentage, "graduated": stepped, "volume": stepped,
    }[model](row, usage)  # fmt: skip
    limits = {
        f"{word}_charge": SCALE.price(Decimal(amount))
        for word, amount in LIMIT.findall(row["mode"])
    }
    try:
        charge = PeriodCharge.model_validate(
            {"id": "foreign", "kind": kind, "model": model, "every": "1 month", "begins": BEGINS}
            | fields
            | limits
        )
    except ValidationError as error:
        raise Missing(f"a charge that our models refuse ({error.errors()[0]['msg']})") from None
    before = number_of(row, "prior_usage_offset", "0")
    uses = [
        Use(to_ms(ANY_DAY + timedelta(seconds=place)), whole_units(kind, amount))
        for place, amount in enumerate(amounts)
    ]
    if before:
        uses.insert(0, Use(to_ms(ANY_DAY - timedelta(days=1)), whole_units(kind, before)))
    billed_until_ms = to_ms(ANY_DAY) if before else None
    return PeriodTrial(charge, tuple(uses), billed_until_ms, SCALE.minor, expected)


Told = tuple[str, dict[str, Any], Sequence[Decimal]]  # kind, fields of the charge, usage by event


def stepped(row: Mapping[str, str], usage: Decimal) -> Told:
    """Tiers of units that may be parts: they are told as time, in seconds."""
    steps = tuple(tiers_of(field_of(row, "plan")))
    return "voice", {"steps": steps, "zero_units": "charged"}, (usage,)


def tiers_of(text: str) -> Iterator[Tier]:
    start = "0"
    for part in text.split("; "):
        tier = STEPPED.fullmatch(part)
        if tier is None:
            raise Unreadable("plan", text, "tiers FROM-UNTIL: PRICE/unit + flat AMOUNT")
        yield Tier(
            start=f"{start} s", price=SCALE.price(Decimal(tier["each"] or 0)), per="1 s",
            flat=SCALE.price(Decimal(tier["flat"] or 0)),
        )  # fmt: skip
        start = tier["until"] or tier["most"] or start


def package(row: Mapping[str, str], usage: Decimal) -> Told:
    text = field_of(row, "plan")
    found = PACKAGE.fullmatch(text)
    if found is None:
        raise Unreadable("plan", text, "a package: PRICE per UNITS, with FREE units or without")
    fields: dict[str, Any] = {"price": SCALE.price(Decimal(found[1])), "per": f"{found[2]} msg"}
    if found[3] is not None:
        fields["free_units"] = f"{found[3]} msg"
    return "sms", fields, (usage,)


def percentage(row: Mapping[str, str], usage: Decimal) -> Told:
    """Per cent of amounts and a fee an event. What no running total tells is one event."""
    text = field_of(row, "plan")
    found = PERCENTAGE.fullmatch(text)
    if found is None:
        raise Unreadable("plan", text, "a percentage: SHARE percent, with a fee and what is free")
    fields: dict[str, Any] = {"percent": SCALE.price(Decimal(found[1]))}
    if found[2] is not None:
        fields["event_fee"] = SCALE.price(Decimal(found[2]))
    if found["units"] is not None:
        fields["free_units"] = f"{found['units']} msg"
    if found["free"] is not None:
        fields["free_events"] = int(found["free"])
    totals = [Decimal(total) for total in (found["totals"] or "").split(",") if total]
    if found["sum"] is not None:  # of the free events together: the last brings it all
        totals = [Decimal(0)] * (int(found["free"]) - 1) + [Decimal(found["sum"])]
    events = int(found["events"] or len(totals) + 1)
    totals += [usage] * (events - len(totals))
    if totals != sorted(totals) or totals[-1] != usage:
        raise Unreadable("plan", plain(usage), "running totals up to the usage")
    return "sms", fields, [after - before for before, after in pairwise([Decimal(0), *totals])]
