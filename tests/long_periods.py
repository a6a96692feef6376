"""Both writings of charges over a billing period: python -m tests.long_periods --events 1000000

Random charges, reliefs, owners and usage by seed. Prints the seed and both bills at each
difference; exit status 3 if there was one.
"""

import argparse
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from doisoat.engine.oracle import period_charge as oracle
from doisoat.engine.oracle.facts import Use
from doisoat.engine.rating.period_charge import PeriodBiller, spans
from doisoat.errors import EXIT_DISAGREEMENTS
from doisoat.tariffs.models.period_charge import PeriodCharge, PeriodRelief
from doisoat.tariffs.models.quantity import midnight_ms

UNITS = {"voice": "s", "sms": "msg", "data": "KB"}
SIZES = {"voice": 1_000, "sms": 1, "data": 1 << 10}
LENGTHS = ("1 month", "2 months", "12 months", "1 week", "2 weeks", "28 days", "30 days", "1 day")
ROUNDINGS = ("half_up", "half_even", "half_down", "up", "down")
FIRST = date(2019, 1, 1)
USES = 60  # of one world, at most


@dataclass(frozen=True)
class PeriodWorld:
    """A charge with its reliefs, and what one owner used on the days that it had it."""

    charge: PeriodCharge
    reliefs: tuple[PeriodRelief, ...]
    uses: tuple[Use, ...]
    had: tuple[date, date]
    decimals: int
    billed_until_ms: int | None


def price(chance: random.Random) -> str:
    places = chance.choice((0, 0, 1, 2, 4, 9))
    return f"{chance.choice((0, 1, 3, 40, 999)) + chance.random():.{places}f}"


def charge_of(chance: random.Random, kind: str, decimals: int) -> PeriodCharge:
    unit = UNITS[kind]
    model = chance.choice(("graduated", "volume", "package", "percentage"))
    if model == "percentage" and kind != "sms":
        model = "graduated"
    fields: dict[str, Any] = {}
    parts = []
    if model in ("graduated", "volume"):
        starts = [0, *sorted(chance.sample(range(1, 300), chance.randrange(5)))]
        fields["steps"] = [
            {"start": f"{start} {unit}", "price": price(chance),
             "per": f"{chance.randint(1, 60)} {unit}", "flat": chance.choice(("0", price(chance)))}
            for start in starts
        ]  # fmt: skip
        fields["zero_units"] = chance.choice(("free", "charged"))
        parts = ["steps", "flat"]
    elif model == "package":
        fields |= {"price": price(chance), "per": f"{chance.randint(1, 40)} {unit}"}
    else:
        fields |= {"percent": price(chance), "event_fee": price(chance)}
        fields["free_events"] = chance.choice((None, 0, 1, 5))
    if model != "percentage" and chance.random() < 0.5:
        fields["block"] = f"{chance.randint(1, 60)} {unit}"
    if chance.random() < 0.5:
        fields["free_units"] = f"{chance.randint(0, 200)} {unit}"
        parts.append("free_units")
    tenths = sorted(chance.randint(0, 99_999) for _ in range(2))
    for name, limit in zip(("minimum_charge", "maximum_charge"), tenths, strict=True):
        if chance.random() < 0.4:
            fields[name] = f"{limit // 10}.{limit % 10}"
            parts.append(name)
    return PeriodCharge.model_validate(fields | {
        "id": "c", "kind": kind, "model": model, "every": chance.choice(LENGTHS),
        "begins": FIRST + timedelta(days=chance.randrange(1_500)),
        "prorated": chance.sample(parts, chance.randint(0, len(parts))),
        "rounding": chance.choice(ROUNDINGS),
        "round_to": chance.choice((None, "1", "500", "0.5" if decimals else "5")),
    })  # fmt: skip


def relief_of(chance: random.Random, name: str) -> PeriodRelief:
    begins = datetime(2019, 1, 1) + timedelta(days=chance.randrange(600))
    lasts = chance.choice((None, 30, 400))
    cut = chance.choice(({"percent": f"{chance.uniform(0, 100):.2f}"}, {"minus": price(chance)}))
    return PeriodRelief.model_validate(cut | {
        "id": name, "source": "chance", "mark": "assumed", "valid_from": begins,
        "valid_until": None if lasts is None else begins + timedelta(days=lasts),
    })  # fmt: skip


def make_period_world(seed: int) -> PeriodWorld:
    """The world of a seed: always the same."""
    chance = random.Random(seed)
    kind = chance.choice(tuple(UNITS))
    decimals = chance.choice((0, 2, 3, 6))
    had_from = FIRST + timedelta(days=chance.randrange(600))
    days = chance.choice((1, 16, 31, 90))
    uses = tuple(
        Use(
            midnight_ms(had_from) + chance.randrange(-2 * 86_400_000, (days + 2) * 86_400_000),
            chance.choice((0, 1, chance.randrange(50), chance.randrange(50 * SIZES[kind]))),
        )
        for _ in range(chance.randrange(USES))
    )
    billed = midnight_ms(had_from) + chance.randrange(days * 86_400_000)
    return PeriodWorld(
        charge_of(chance, kind, decimals),
        tuple(relief_of(chance, f"r{place}") for place in range(chance.randrange(4))),
        uses, (had_from, had_from + timedelta(days=days)), decimals,
        chance.choice((None, None, billed)),
    )  # fmt: skip


def differences(world: PeriodWorld) -> Iterator[str]:
    """What the two writings say apart of a world, and where a bill breaks its own identity."""
    found = list(spans(world.charge, *world.had))
    if found != oracle.spans(world.charge, *world.had):
        yield "the periods"
        return
    biller = PeriodBiller(world.charge, world.reliefs, world.decimals)
    for span in found:
        ours = biller.bill(span, world.uses, world.billed_until_ms)
        theirs = oracle.bill(world.charge, span, world.uses, world.reliefs, world.decimals,
                             world.billed_until_ms)  # fmt: skip
        for name in ("units", "exact", "list_value", "reliefs", "payable"):
            if getattr(ours, name) != getattr(theirs, name):
                yield f"{span.begins}, {name}: {getattr(ours, name)}, {getattr(theirs, name)}"
        if ours.list_value - sum(taken for _, taken in ours.reliefs) != ours.payable:
            yield f"{span.begins}: list value − discount is not payable"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1, help="the first world's seed")
    chosen = parser.parse_args()
    events = found = 0
    seed = chosen.seed
    while events < chosen.events:
        world = make_period_world(seed)
        events += len(world.uses)
        for difference in differences(world):
            found += 1
            print(f"world {seed}: {difference}")
        seed += 1
    print(f"{seed - chosen.seed:,} charges, {events:,} events, {found} differences")
    return EXIT_DISAGREEMENTS if found else 0


if __name__ == "__main__":
    sys.exit(main())
