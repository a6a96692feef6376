"""Worlds in which a carrier's prices are others: other versions, rounding, blocks.

docs/reconcile.md has the rule of each. Only plans and packs of the carrier (or of no named one) are
changed. No I/O here.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from fractions import Fraction
from itertools import pairwise
from typing import TypeVar

from doisoat.money import exact_text, round_by
from doisoat.settlement.figures.period import Period
from doisoat.settlement.reconcile.causes.package_worlds import Named
from doisoat.settlement.rerating.evaluation import World
from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.catalogue_model import After, Catalogue, Pack, Plan
from doisoat.tariffs.models.rates import Rate, Step

Version = TypeVar("Version", Plan, Pack)
BLOCKS = {
    "voice": ("6 s + 1 s", "60 s + 60 s", "1 s + 1 s"),
    "data": ("1 KB + 1 KB", "10 KB + 10 KB", "50 KB + 50 KB", "100 KB + 100 KB", "1 MB + 1 MB"),
}
MOMENT = "%Y-%m-%dT%H:%M"
BASE_UNIT = {"voice": "ms", "data": "B", "sms": "msg"}
RULES = ("half_up", "half_even", "half_down", "up", "down")
BY_BLOCK = ("graduated", "volume")  # models of rates whose blocks have a price each


def versions(world: World, carrier: str, period: Period) -> Iterator[Named]:
    """The prices of before, or of after, each dated change in or at the edges of a period.

    A change is a moment at which a version of a plan or pack follows another one of its id.
    """
    catalogue = world.catalogue
    changes = _changes(catalogue, carrier)
    within = sorted({at for _, at in changes if period.begin <= at <= period.end})
    if within:
        for at in within:
            ids = {name for name, moment in changes if moment == at}
            yield from _either(world, at, ids, f"{at:{MOMENT}}")
            for name in sorted(ids) if len(ids) > 1 else ():
                yield from _either(world, at, {name}, f"{name}@{at:{MOMENT}}")
        return
    before = {name: max(at for tariff, at in changes if tariff == name and at < period.begin)
              for name, at in changes if at < period.begin}  # fmt: skip
    after = {name: min(at for tariff, at in changes if tariff == name and at > period.end)
             for name, at in changes if at > period.end}  # fmt: skip
    for name, at in sorted(before.items()):
        yield _side(world, at, {name}, f"{name}@{at:{MOMENT}}", is_before=True)
    for name, at in sorted(after.items()):
        yield _side(world, at, {name}, f"{name}@{at:{MOMENT}}", is_before=False)


def roundings(world: World, carrier: str) -> Iterator[Named]:
    """All rates of the carrier's plans rounded by each other rule, and each block's price."""
    rules = {
        rate.rounding for plan in _of_carrier(world.catalogue.plans, carrier) for rate in plan.rates
    }
    for rule in RULES:
        if rules != {rule}:
            yield _rerated(world, carrier, "rounding", f"per_event={rule}", _rounded(rule))
    decimals = world.catalogue.currency.decimals
    for rule in RULES:
        change = _rounded_by_block(rule, decimals)
        yield _rerated(world, carrier, "rounding", f"per_block={rule}", change)


def blocks(world: World, carrier: str) -> Iterator[Named]:
    """All rates of a kind billed by each other block, packs' overage too."""
    for kind, sizes in BLOCKS.items():
        for size in sizes:
            yield _rerated(
                world, carrier, "block", f"{kind}={size}", _in_blocks(kind, size),
                _overage_in_blocks(kind, size),
            )  # fmt: skip


# --- versions ------------------------------------------------------------------------------------


def _of_carrier(items: Sequence[Version], carrier: str) -> list[Version]:
    return [item for item in items if item.carrier in (None, carrier)]


def _changes(catalogue: Catalogue, carrier: str) -> list[tuple[str, datetime]]:
    """(id, moment) at which a version of a plan or pack takes over from the one before it."""
    changes = []
    listed: tuple[list[Plan] | list[Pack], ...] = (
        _of_carrier(catalogue.plans, carrier),
        _of_carrier(catalogue.packs, carrier),
    )
    for items in listed:
        terms = sorted((item.id, item.valid_from, item.valid_until) for item in items)
        for (previous, _, until), (following, begin, _) in pairwise(terms):
            if previous == following and until == begin:
                changes.append((previous, begin))
    return changes


def _either(world: World, at: datetime, ids: set[str], name: str) -> Iterator[Named]:
    yield _side(world, at, ids, name, is_before=True)
    yield _side(world, at, ids, name, is_before=False)


def _side(world: World, at: datetime, ids: set[str], name: str, *, is_before: bool) -> Named:
    """The world in which these ids keep what held before a moment, or had what holds from it."""

    def changed(items: tuple[Version, ...]) -> tuple[Version, ...]:
        kept_items = []
        for item in items:
            if item.id in ids and is_before and item.valid_from == at:
                continue
            if item.id in ids and not is_before and item.valid_until == at:
                continue
            if item.id in ids and is_before and item.valid_until == at:
                until = next(i.valid_until for i in items if i.id == item.id and i.valid_from == at)
                item = item.model_copy(update={"valid_until": until})
            elif item.id in ids and not is_before and item.valid_from == at:
                begin = next(i.valid_from for i in items if i.id == item.id and i.valid_until == at)
                item = item.model_copy(update={"valid_from": begin})
            kept_items.append(item)
        return tuple(kept_items)

    catalogue = world.catalogue
    catalogue = catalogue.model_copy(
        update={"plans": changed(catalogue.plans), "packs": changed(catalogue.packs)}
    )
    side = "before" if is_before else "after"
    return Named("tariff_version", f"{name}={side}", world._replace(catalogue=catalogue))


# --- rates ---------------------------------------------------------------------------------------

Changed = Callable[[Rate], Rate]
ChangedAfter = Callable[[After], After]


def _rerated(
    world: World, carrier: str, cause: str, detail: str, change: Changed,
    change_after: ChangedAfter = lambda after: after,
) -> Named:  # fmt: skip
    catalogue = world.catalogue
    plans = tuple(
        plan.model_copy(update={"rates": tuple(map(change, plan.rates))})
        if plan.carrier in (None, carrier) else plan
        for plan in catalogue.plans
    )  # fmt: skip
    packs = tuple(
        pack.model_copy(update={"after": tuple(map(change_after, pack.after))})
        if pack.carrier in (None, carrier) else pack
        for pack in catalogue.packs
    )  # fmt: skip
    changed = catalogue.model_copy(update={"plans": plans, "packs": packs})
    return Named(cause, detail, world._replace(catalogue=changed))


def _rounded(rule: str) -> Changed:
    return lambda rate: rate.model_copy(update={"rounding": rule})


def _rounded_by_block(rule: str, decimals: int) -> Changed:
    """Each block of a rate at its own price, rounded to what a charge is a multiple of."""

    def change(rate: Rate) -> Rate:
        if rate.model not in BY_BLOCK:
            return rate
        unit = BASE_UNIT[rate.kind]
        least = Fraction(1)  # minor units
        if rate.round_to is not None:
            least = quantity.price(rate.round_to) * 10**decimals
        steps = []
        for (start, block, price), flat in zip(rate.table(), rate.flats(), strict=True):
            of_block = price * block * 10**decimals / least
            rounded = round_by(rule, of_block.numerator, of_block.denominator) * least
            steps.append(
                Step(
                    start=f"{start} {unit}",
                    price=exact_text(rounded / 10**decimals),
                    per=f"{block} {unit}",
                    block=f"{block} {unit}",
                    flat=exact_text(flat),
                )
            )
        return rate.model_copy(
            update={"price": None, "per": None, "block": None, "steps": tuple(steps)}
        )

    return change


def _in_blocks(kind: str, size: str) -> Changed:
    """A rate of one price by other blocks; one whose steps have blocks of their own keeps them."""

    def change(rate: Rate) -> Rate:
        if rate.kind != kind or rate.block is None:
            return rate
        return rate.model_copy(update={"block": size})

    return change


def _overage_in_blocks(kind: str, size: str) -> ChangedAfter:
    def change(after: After) -> After:
        if after.kind != kind or after.block is None:
            return after
        return after.model_copy(update={"block": size})

    return change
