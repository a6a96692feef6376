"""Worlds in which the programme is applied otherwise: its readings, orders, places and conditions.

docs/reconcile.md has the rule of each. No I/O here.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, time, timedelta
from typing import NamedTuple

from doisoat.settlement.rerating.evaluation import World
from doisoat.tariffs.load.rewritten_package import package_of
from doisoat.tariffs.models.catalogue_model import Catalogue, Order
from doisoat.tariffs.models.package_model import FeeInKind, Measure, Package

PLACES = ("home_at_trigger", "home_at_use", "serving_at_use")
CONDITIONS = ("packs", "plans", "services", "payments", "segments")
DAY = timedelta(days=1)
# How an order's ends are moved: (its name, from, until).
BOUNDARIES: Mapping[str, tuple[timedelta, timedelta]] = {
    "from-1d": (-DAY, timedelta()),
    "from+1d": (DAY, timedelta()),
    "until-1d": (timedelta(), -DAY),
    "until+1d": (timedelta(), DAY),
    "both-1d": (-DAY, -DAY),
    "both+1d": (DAY, DAY),
}
WHOLE_DAYS = "whole_days"


class Named(NamedTuple):
    """A world, the cause that it stands for and which of its kind it is."""

    cause: str
    detail: str
    world: World


def readings(
    world: World, as_written: str | None, where: str, only: str | None = None
) -> Iterator[Named]:
    """Each reading turned to each alternative that is not in force, the others as they are.

    Args: as_written: the package with its readings not in place; None if it has no text: then it
        has no readings to turn; where: what a complaint names; only: the detail of the one that is
        made, if not all are.
    """
    if as_written is None:
        return
    chosen = world.package.chosen
    for reading in world.package.readings:
        for answer in reading.alternatives:
            detail = f"{reading.name}={answer}"
            if answer != chosen[reading.name] and only in (None, detail):
                package = package_of(as_written, {**chosen, reading.name: answer}, where)
                yield Named("reading", detail, world._replace(package=package))


def order_boundaries(world: World, carrier: str) -> Iterator[Named]:
    """All orders begun or ended at another time, where a measure of the carrier asks for one."""
    measures = measures_of(world.package, carrier)
    if all(measure.where is None or measure.where.directive is None for measure in measures):
        return
    catalogue = world.catalogue
    moved = {WHOLE_DAYS: _with_orders(catalogue, map(_in_whole_days, catalogue.orders))}
    for name, (begin, end) in BOUNDARIES.items():
        shifted = (_moved(o, o.valid_from + begin, o.valid_until + end) for o in catalogue.orders)
        moved[name] = _with_orders(catalogue, shifted)
    for name, moved_catalogue in moved.items():
        yield Named("order_boundary", f"orders={name}", world._replace(catalogue=moved_catalogue))


def locality_policies(world: World, carrier: str) -> Iterator[Named]:
    """Each measure with a place by each other place, and everywhere."""
    for name, entries in _by_id(world.package, carrier).items():
        placed = [entry.where.place for entry in entries if entry.where is not None]
        for place in PLACES if placed else ():
            if set(placed) != {place}:
                yield _changed(
                    world, carrier, "locality_policy", f"{name}={place}", name, _placed_by(place)
                )
        if placed:
            yield _changed(world, carrier, "locality_policy", f"{name}=anywhere", name, _everywhere)


def eligibilities(world: World, carrier: str) -> Iterator[Named]:
    """Each measure without each condition on whom it is for, where it has it."""
    for name, entries in _by_id(world.package, carrier).items():
        for condition in CONDITIONS:
            has_it = any(getattr(entry.scope, condition) is not None for entry in entries)
            # Entries for other payments each: without that, the same people would have it twice.
            if has_it and not (condition == "payments" and len(entries) > 1):
                yield _changed(
                    world, carrier, "eligibility", f"{name}-{condition}", name, _without(condition)
                )
        if any(isinstance(e.effect, FeeInKind) and e.effect.except_segments for e in entries):
            yield _changed(
                world, carrier, "eligibility", f"{name}-except_segments", name, _without_exceptions
            )


def measures_of(package: Package, carrier: str) -> list[Measure]:
    """The entries of measures that are for a carrier, in the package's order."""
    return [
        measure
        for measure in package.measures
        if measure.carriers is None or carrier in measure.carriers
    ]


def _by_id(package: Package, carrier: str) -> dict[str, list[Measure]]:
    by_id: dict[str, list[Measure]] = {}
    for measure in measures_of(package, carrier):
        by_id.setdefault(measure.id, []).append(measure)
    return by_id


def _changed(
    world: World, carrier: str, cause: str, detail: str, name: str,
    change: Callable[[Measure], Measure],
) -> Named:  # fmt: skip
    """The world in which every entry of a measure that is for the carrier is changed."""
    of_carrier = measures_of(world.package, carrier)
    measures = tuple(
        change(entry) if entry.id == name and entry in of_carrier else entry
        for entry in world.package.measures
    )
    package = world.package.model_copy(update={"measures": measures})
    return Named(cause, detail, world._replace(package=package))


def _placed_by(place: str) -> Callable[[Measure], Measure]:
    def change(entry: Measure) -> Measure:
        if entry.where is None:
            return entry
        where = entry.where.model_copy(update={"place": place})
        return entry.model_copy(update={"where": where})

    return change


def _everywhere(entry: Measure) -> Measure:
    return entry.model_copy(update={"where": None})


def _without(condition: str) -> Callable[[Measure], Measure]:
    def change(entry: Measure) -> Measure:
        scope = entry.scope.model_copy(update={condition: None})
        return entry.model_copy(update={"scope": scope})

    return change


def _without_exceptions(entry: Measure) -> Measure:
    effect = entry.effect
    if not isinstance(effect, FeeInKind):
        return entry
    return entry.model_copy(update={"effect": effect.model_copy(update={"except_segments": ()})})


def _with_orders(catalogue: Catalogue, moved: Iterator[Order | None]) -> Catalogue:
    orders = tuple(order for order in moved if order is not None)
    return catalogue.model_copy(update={"orders": orders})


def _in_whole_days(order: Order) -> Order | None:
    begin = datetime.combine(order.valid_from.date(), time())
    end = datetime.combine(order.valid_until.date(), time())
    return _moved(order, begin, end if end == order.valid_until else end + DAY)


def _moved(order: Order, begin: datetime, end: datetime) -> Order | None:
    """The order on [begin, end); None where that holds no moment."""
    if end <= begin:
        return None
    return order.model_copy(update={"valid_from": begin, "valid_until": end})
