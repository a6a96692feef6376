"""Checks of prices: classes of usage without one, steps out of reach, bounds, packs of no use.

Usage that no price covers is suspended (`no_tariff`), never priced at 0: a hole here is usage that
nobody settles.
"""

from collections.abc import Iterator
from datetime import timedelta

from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.tariffs.change.destinations import classes_of_networks
from doisoat.tariffs.check.check_dates import Check
from doisoat.tariffs.check.findings import Finding, Place, hours_text, listed, meet, refused
from doisoat.tariffs.compile.compile import PACK_DAYS_MAX, VOLUME_MAX
from doisoat.tariffs.compile.price_tables import (
    AMOUNT_MAX,
    DENOMINATOR_MAX,
    NUMERATOR_MAX,
    compile_table,
)
from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.catalogue_model import Catalogue, Pack, Plan
from doisoat.tariffs.models.field_types import USAGE_KINDS
from doisoat.tariffs.models.rates import ALL_HOURS, DAY_CLASSES, Rate

NEAR = 2  # a value above one NEARth of its bound is told before it is refused
LIFE_DAYS = 366  # an allowance that lives longer is as good as one without expiry


def live_plans(catalogue: Catalogue) -> dict[str, tuple[int, Plan]]:
    """The newest version of each plan, and its place in the catalogue."""
    newest: dict[str, tuple[int, Plan]] = {}
    for place, plan in enumerate(catalogue.plans):
        known = newest.get(plan.id)
        if known is None or known[1].valid_from < plan.valid_from:
            newest[plan.id] = (place, plan)
    return newest


def number_classes(catalogue: Catalogue) -> dict[str, tuple[str, ...]]:
    """The destination classes that the number plan can give an event of each kind of usage."""
    networks = {
        *(prefix.network for prefix in catalogue.numbering.prefixes),
        *(short.network for short in catalogue.numbering.short_codes),
    }
    numbers = tuple(sorted(classes_of_networks(networks)))
    hosts = ("zero_rated",) if catalogue.zero_rated_hosts else ()
    return {"voice": numbers, "sms": numbers, "data": ("data", *hosts)}


def priced_classes(plan: Plan) -> dict[tuple[str, str], tuple[int, ...]]:
    """(kind, destination) -> the hours in which the plan has a price for it, by DAY_CLASSES."""
    hours: dict[tuple[str, str], tuple[int, ...]] = {}
    for rate in plan.rates:
        for destination in rate.destinations:
            key = (rate.kind, destination)
            known = hours.get(key, (0,) * len(DAY_CLASSES))
            hours[key] = tuple(a | b for a, b in zip(known, rate.band, strict=True))
    return hours


def check_classes(catalogue: Catalogue, place: Place) -> Iterator[Finding]:
    """Every class that usage can fall into has a price in every live mobile plan, at every hour."""
    plans = [(i, plan) for i, plan in live_plans(catalogue).values() if plan.service == "mobile"]
    priced = {plan.id: priced_classes(plan) for _, plan in plans}
    anywhere = {key for hours in priced.values() for key in hours}
    possible = {(kind, name) for kind, names in number_classes(catalogue).items() for name in names}
    if plans:
        for kind in USAGE_KINDS:
            never = sorted(name for k, name in possible - anywhere if k == kind)
            if never:
                yield Finding(
                    "warning",
                    "class-unpriced",
                    place("plans"),
                    message(
                        "{kind} to {never}: no live plan has a price, so it is suspended",
                        kind=kind,
                        never=listed(never),
                    ),
                    message("add rates, or accept that such usage is suspended (no_tariff)"),
                )
    for i, plan in plans:
        for kind in USAGE_KINDS:
            missing = sorted(
                name for k, name in (anywhere & possible) - set(priced[plan.id]) if k == kind
            )
            if missing:
                yield Finding(
                    "warning",
                    "class-missing",
                    place("plans", i, "rates"),
                    message(
                        "{id}: {kind} to {missing} has no price, as other plans have",
                        id=plan.id,
                        kind=kind,
                        missing=listed(missing),
                    ),
                    message("add the rate, or accept that such usage is suspended (no_tariff)"),
                )
    for i, plan in enumerate(catalogue.plans):
        for (kind, destination), masks in priced_classes(plan).items():
            gaps = _gaps(masks, bool(catalogue.holidays))
            if gaps:
                yield Finding(
                    "error",
                    "hours-gap",
                    place("plans", i, "rates"),
                    message(
                        "{id}: {kind} to {destination} has no price in {gaps}",
                        id=plan.id,
                        kind=kind,
                        destination=destination,
                        gaps=gaps,
                    ),
                    message("add a rate for these hours"),
                )


def _gaps(masks: tuple[int, ...], with_holidays: bool) -> str:
    """The hours in which there is no price: 'mon, tue: 0-6; sun: 0-24'."""
    days: dict[int, list[str]] = {}
    for name, mask in zip(DAY_CLASSES, masks, strict=True):
        if mask != ALL_HOURS and (with_holidays or name != "holiday"):
            days.setdefault(ALL_HOURS & ~mask, []).append(name)
    return "; ".join(f"{listed(names)}: {hours_text(mask)}" for mask, names in days.items())


def check_rates(catalogue: Catalogue, place: Place) -> Iterator[Finding]:
    """Steps that usage can reach, and charges that stay clear of 64 bits."""
    for i, plan in enumerate(catalogue.plans):
        for j, rate in enumerate(plan.rates):
            if rate.kind in USAGE_KINDS:
                name = f"{plan.id}, {rate.kind} → {listed(rate.destinations)}"
                yield from _rate(rate, catalogue, name, place("plans", i, "rates", j))
    for i, pack in enumerate(catalogue.packs):
        for j, rule in enumerate(pack.after):
            if rule.rule == "overage":
                name = f"{pack.id}, {rule.kind} (overage)"
                yield from _rate(rule.rate(), catalogue, name, place("packs", i, "after", j))


def _rate(rate: Rate, catalogue: Catalogue, name: str, where: str) -> Iterator[Finding]:
    most = quantity.UNITS_MAX[rate.kind]
    idle = [step.start for step, (start, _, _) in zip(rate.steps, rate.table(), strict=False)
            if start >= most]  # fmt: skip
    if idle:
        yield Finding(
            "warning",
            "step-unreachable",
            where,
            message("{name}: no event reaches the step from {idle}", name=name, idle=listed(idle)),
            message("take the step out, or mend its unit"),
        )
    if rate.limit is not None and rate.limit > most:
        yield Finding(
            "warning",
            "limit-idle",
            where,
            message(
                "{name}: beyond at {limit} lies past the general limit {most}",
                name=name,
                limit=rate.limit,
                most=most,
            ),
            message("take beyond out, or mend its unit"),
        )
    try:
        table = compile_table(rate, catalogue.currency.decimals, where)
    except CatalogueError as error:
        yield refused(error, "bound-refused")
        return
    if table.highest > NUMERATOR_MAX // NEAR or table.denominator > DENOMINATOR_MAX // NEAR:
        yield near_bound(name, where)


def near_bound(name: str, where: str) -> Finding:
    return Finding(
        "warning",
        "bound-near",
        where,
        message("{name}: above half of the bound that the compiler accepts", name=name),
        message("look at the unit and the digits again; much more is refused"),
    )


# --- packs ---------------------------------------------------------------------------------------


def life_of(pack: Pack) -> timedelta:
    """The longest that a pack can be valid."""
    validity = pack.validity
    years, months = divmod(validity.months or 0, 12)
    months += bool(validity.calendar_month)
    return timedelta(
        hours=validity.hours or 0,
        days=(validity.days or 0) + (validity.calendar_days or 0) + 366 * years + 31 * months,
    )


def check_packs(catalogue: Catalogue, place: Place) -> Iterator[Finding]:
    """Packs that somebody can buy, use and outlive."""
    for i, pack in enumerate(catalogue.packs):
        life = life_of(pack)
        if not pack.volumes and not pack.after:
            yield Finding(
                "warning",
                "pack-empty",
                place("packs", i),
                message("{id}: it has no volume and changes no price", id=pack.id),
                message("add volumes or after, or take it out"),
            )
        if not any(sells(plan, pack) for plan in catalogue.plans):
            yield Finding(
                "warning",
                "pack-unsellable",
                place("packs", i),
                message(
                    "{id}: no plan of its carrier and payment holds while it is sold", id=pack.id
                ),
                message("mend carrier, payments or dates"),
            )
        if life > timedelta(days=LIFE_DAYS):
            yield long_life(pack.id, f"{life.days} d", place("packs", i, "validity"))
        times = {"pack": 1, "day": max(life.days, 1), "cycle": pack.validity.cycles}
        near = [
            volume.amount
            for volume in pack.volumes
            if volume.capacity(catalogue.currency.decimals) * times[volume.per] > VOLUME_MAX // NEAR
        ]
        if near or life.days > PACK_DAYS_MAX // NEAR:
            yield near_bound(f"{pack.id}, {listed(near) or life.days}", place("packs", i))
        if quantity.price(pack.price) * 10**catalogue.currency.decimals > AMOUNT_MAX // NEAR:
            yield near_bound(f"{pack.id}, {pack.price}", place("packs", i, "price"))
        yield from _volumes(catalogue, pack, i, place)


def long_life(name: str, lasts: str, where: str) -> Finding:
    return Finding(
        "warning",
        "allowance-long",
        where,
        message(
            "{name}: an allowance of {lasts} is as good as one without expiry",
            name=name,
            lasts=lasts,
        ),
        message("is it meant: more than {LIFE_DAYS} days?", LIFE_DAYS=LIFE_DAYS),
    )


def sells(plan: Plan, pack: Pack) -> bool:
    return (
        meet(plan, pack)
        and (plan.carrier is None or pack.carrier is None or plan.carrier == pack.carrier)
        and (plan.payment is None or plan.payment in pack.payments)
    )


def _volumes(catalogue: Catalogue, pack: Pack, i: int, place: Place) -> Iterator[Finding]:
    known = {key for plan in catalogue.plans if sells(plan, pack) for key in priced_classes(plan)}
    for j, volume in enumerate(pack.volumes):
        kinds = USAGE_KINDS if volume.kind == "any" else (volume.kind,)
        idle = [
            name for name in volume.destinations if not any((kind, name) in known for kind in kinds)
        ]
        if known and idle:
            yield Finding(
                "warning",
                "volume-unpriced",
                place("packs", i, "volumes", j),
                message(
                    "{id}: {kind} to {idle} has no price in any plan it is sold under, so it is"
                    " suspended before it draws the volume",
                    id=pack.id,
                    kind=volume.kind,
                    idle=listed(idle),
                ),
                message("add a rate, or take the destination out"),
            )
        if volume.counts != "money" and volume.kind not in {rule.kind for rule in pack.after}:
            yield Finding(
                "warning",
                "after-missing",
                place("packs", i, "volumes", j),
                message(
                    "{id}: what follows the {kind} volume is not said; the plan's price is taken",
                    id=pack.id,
                    kind=volume.kind,
                ),
                message(
                    "add an after for {kind}: stop, throttle, overage or plan", kind=volume.kind
                ),
            )


def check_charges(catalogue: Catalogue, place: Place) -> Iterator[Finding]:
    """What a settlement leaves out must be said where it is written."""
    for i, plan in enumerate(catalogue.plans):
        for j, charge in enumerate(plan.charges):
            yield unsettled(f"{plan.id}, {charge.id}", place("plans", i, "charges", j))


def unsettled(name: str, where: str) -> Finding:
    """A charge over a billing period, or a relief on one: a quote has it, a settlement not yet."""
    return Finding(
        "warning",
        "charge-unsettled",
        where,
        message("{name}: a settlement does not read charges over a billing period yet", name=name),
        message("ask doisoat quote for them, and add them to statements by hand"),
    )


CHECKS: tuple[Check, ...] = (check_classes, check_rates, check_packs, check_charges)
