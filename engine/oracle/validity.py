"""Oracle: when versions, orders, eligibility, grants and packs hold."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeVar

from doisoat.engine.oracle.charge import FAR, rounded
from doisoat.engine.oracle.cover import Spans, holds, intersect, unite
from doisoat.engine.oracle.facts import Event, Subscription
from doisoat.tariffs.load.jurisdiction import jurisdiction_of
from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.catalogue_model import Catalogue, Pack, Plan, Volume
from doisoat.tariffs.models.field_types import Dated
from doisoat.tariffs.models.package_model import (
    BonusVolume,
    Grant,
    Measure,
    MoneyGrant,
    Package,
    Where,
)
from doisoat.tariffs.models.rates import DAY_CLASSES, Rate, hours_mask

D = TypeVar("D", bound=Dated)
EXTENDED_DAYS_MAX = 36_525  # of a pack, from its renewal on
ROLLED_MAX = 1 << 50  # units that a volume has left with what it takes over


def version_at(versions: Iterable[D], ms: int) -> D | None:
    moment = quantity.from_ms(ms)
    return next((version for version in versions if version.holds_at(moment)), None)


def day_of(ms: int) -> int:
    return ms // quantity.MS_PER_DAY


def hour_holds(hours: str | None, ms: int) -> bool:
    return bool(hours_mask(hours) >> (ms // quantity.MS_PER_HOUR % 24) & 1)


def band_holds(catalogue: Catalogue, rate: Rate, ms: int) -> bool:
    """Does the rate hold on this day, at this hour?"""
    moment = quantity.from_ms(ms)
    on_holiday = any(holiday.day == moment.date() for holiday in catalogue.holidays)
    day = DAY_CLASSES.index("holiday") if on_holiday else moment.weekday()
    return bool(rate.band[day] >> moment.hour & 1)


# --- places and orders ---------------------------------------------------------------------------


def covers(catalogue: Catalogue, named: Iterable[str], locality: str) -> bool:
    """Is the locality, or the province it lies in, among those named?"""
    province = next((p.province for p in catalogue.localities if p.code == locality), None)
    return locality != "" and any(code in (locality, province) for code in named)


def order_spans(catalogue: Catalogue, package: Package, measure: Measure, locality: str) -> Spans:
    """When the locality is under an order of the measure's directive, or in an area of its cause;
    those that touch are one."""
    where = measure.where
    assert where is not None
    if where.localities is not None and not covers(catalogue, where.localities, locality):
        return ()
    if where.cause is not None:
        named = [
            (area.valid_from, area.valid_until, area.localities)
            for area in package.areas
            if area.cause == where.cause and area.programme == measure.programme
        ]
    else:
        named = [
            (order.valid_from, order.valid_until, order.localities)
            for order in catalogue.orders
            if order.directive == where.directive
        ]
    return unite(
        (quantity.to_ms(begin), quantity.to_ms(end))
        for begin, end, localities in named
        if covers(catalogue, localities, locality)
    )


def measure_spans(measure: Measure) -> Spans:
    return ((quantity.to_ms(measure.valid_from), quantity.to_ms(measure.valid_until)),)


def place_of(where: Where, row: Subscription, event: Event) -> str:
    return event.locality if where.place == "serving_at_use" else row.home_locality


# --- who is eligible -----------------------------------------------------------------------------


def service_of(catalogue: Catalogue, plan: str) -> str | None:
    return next((p.service for p in catalogue.plans if p.id == plan), None)


def why_not_subscription(catalogue: Catalogue, measure: Measure, row: Subscription) -> str | None:
    """The condition on the subscription that fails, or None."""
    scope = measure.scope
    if measure.carriers is not None and row.carrier not in measure.carriers:
        return "other_carrier"
    if scope.plans is not None and row.plan not in scope.plans:
        return "plan"
    if scope.services is not None and service_of(catalogue, row.plan) not in scope.services:
        return "service"
    if scope.payments is not None and row.payment not in scope.payments:
        return "payment"
    if scope.segments is not None and not row.segments & set(scope.segments):
        return "segment"
    return None


def on_a_list(catalogue: Catalogue, lists: Iterable[str], event: Event) -> bool:
    """Does the event's host stand on one of the lists, or has it none and is `unknown_host` one?"""
    if event.rating_group == "":
        return "unknown_host" in lists
    moment = quantity.from_ms(event.start_ms)
    return any(
        known.host == event.rating_group and known.list in lists and known.holds_at(moment)
        for known in catalogue.zero_rated_hosts
    )


def why_not_event(
    catalogue: Catalogue, measure: Measure, event: Event, destination: str
) -> str | None:
    """The condition on the event itself that fails, or None."""
    scope = measure.scope
    if event.kind not in scope.kinds:
        return "kind"
    if scope.destinations is not None and destination not in scope.destinations:
        return "destination"
    if scope.packs is not None and event.pack not in scope.packs:
        return "pack"
    lists = scope.host_lists
    if event.kind == "data" and lists is not None and not on_a_list(catalogue, lists, event):
        return "host"
    return None


# --- balances ------------------------------------------------------------------------------------


@dataclass(eq=False)
class LiveGrant:
    measure: Measure
    carrier: str
    from_ms: int
    expiry_ms: int
    given: int
    left: int

    def lives_at(self, ms: int) -> bool:
        return self.from_ms <= ms < self.expiry_ms


@dataclass(eq=False)
class LiveVolume:
    """The left of a pack's volume or of its bonus; a quota begins anew each day or cycle."""

    given: int
    quota: Callable[[int], int] | None  # the number of the day or cycle of a moment
    left: int
    at_ms: int  # the moment that `left` is of

    def left_at(self, ms: int) -> int:
        anew = self.quota is not None and self.quota(ms) != self.quota(self.at_ms)
        return self.given if anew else self.left

    def draw(self, ms: int, units: int) -> None:
        self.left, self.at_ms = self.left_at(ms) - units, ms


@dataclass(eq=False)
class LiveBonus:
    measure: Measure
    carrier: str
    volume: int
    from_ms: int
    balance: LiveVolume


@dataclass(eq=False)
class LivePack:
    version: Pack
    bought_ms: int
    expiry_ms: int
    event_id: int
    price: int  # minor units, before any measure
    price_paid: int
    volumes: list[LiveVolume]
    suspended: bool = False  # by a failed renewal: nothing is drawn from it
    bonuses: list[LiveBonus] = field(default_factory=list)

    @property
    def order(self) -> tuple[int, int, int, str, int]:
        return (
            self.version.rank, self.expiry_ms, self.bought_ms, self.version.id, self.event_id,
        )  # fmt: skip


def pack_expiry(version: Pack, bought_ms: int) -> int:
    return quantity.to_ms(version.validity.expiry(quantity.from_ms(bought_ms)))


def extended_expiry(version: Pack, from_ms: int, renewed_ms: int) -> int:
    """When a pack renewed while it was valid ends: its life is counted from another moment."""
    last_ms = renewed_ms + EXTENDED_DAYS_MAX * quantity.MS_PER_DAY
    return min(pack_expiry(version, from_ms), last_ms)


def quota_of(version: Pack, volume: Volume, bought_ms: int) -> Callable[[int], int] | None:
    """What numbers the days or cycles in which a volume begins anew; None: it does not."""
    if volume.per == "day":
        return day_of
    if volume.per == "pack":
        return None
    bought = quantity.from_ms(bought_ms)

    def cycle_of(ms: int) -> int:
        number = 0
        while version.validity.cycle_begins(bought, number + 1) <= quantity.from_ms(ms):
            number += 1
        return number

    return cycle_of


def part_bought(version: Pack, bought_ms: int) -> Fraction:
    """What part of its price and volumes a pack is bought for."""
    if version.proration is None:
        return Fraction(1)
    return version.proration.part(quantity.from_ms(bought_ms))


def price_of(version: Pack, bought_ms: int, minor: int) -> tuple[Fraction, int]:
    """The price of a purchase in minor units: exact, and rounded once."""
    exact = Fraction(version.price) * minor * part_bought(version, bought_ms)
    rule = "half_up" if version.proration is None else version.proration.rounding
    return exact, rounded(exact, rule)


def given_of(version: Pack, volume: Volume, bought_ms: int, decimals: int) -> int:
    """What a purchase gives of a volume; of a quota, each day or cycle."""
    whole = volume.capacity(decimals)
    return whole if volume.per != "pack" else int(whole * part_bought(version, bought_ms))


def own_volume(version: Pack, bought_ms: int, kind: str) -> int:
    """All that a purchase includes of a kind over its life, for `pack_average`."""
    validity = version.validity
    if validity.calendar_month or validity.months:
        first = quantity.from_ms(bought_ms)
        if validity.calendar_month and version.proration is None:
            first = first.replace(day=1)
        days = (validity.expiry(first).date() - first.date()).days
    else:
        days = (validity.days or validity.calendar_days or 0) - (-(validity.hours or 0) // 24)
    times = {"pack": 1, "day": days, "cycle": validity.cycles}
    return sum(
        given_of(version, volume, bought_ms, 0) * times[volume.per]
        for volume in version.volumes
        if volume.kind == kind and volume.counts != "money"
    )


# --- beginnings ----------------------------------------------------------------------------------


def grant_lasts(effect: Grant) -> int:
    return quantity.whole_quantity(effect.lasts, quantity.TIME_UNITS)


def grant_expiry(effect: Grant | MoneyGrant, given_ms: int) -> int:
    if isinstance(effect, MoneyGrant) and effect.expires is not None:
        return quantity.to_ms(effect.expires)
    assert effect.lasts is not None
    return given_ms + quantity.whole_quantity(effect.lasts, quantity.TIME_UNITS)


def grant_amount(
    catalogue: Catalogue, package: Package, measure: Measure, effect: Grant, plan_id: str, ms: int
) -> int:
    """What the measure gives a subscriber of a plan at a moment, in units of its kind."""
    units = quantity.UNITS_OF_KIND[measure.scope.kinds[0]]
    formula = effect.allowance
    if formula is None:
        assert effect.amount is not None
        return quantity.whole_quantity(effect.amount, units)
    plan = version_at((one for one in catalogue.plans if one.id == plan_id), ms)
    ceiling = version_at((one for one in package.ceilings if one.id == formula.ceiling), ms)
    assert plan is not None and plan.monthly_fee is not None and ceiling is not None
    tax = Fraction(0)
    if formula.fee == "without_tax":
        for rate in jurisdiction_of(catalogue).tax.rates:
            if quantity.to_ms(rate.valid_from) <= ms:
                tax = Fraction(rate.percent) / 100  # the later stands later
    step = quantity.whole_quantity(formula.unit, units)
    per_step = Fraction(ceiling.price) * step / quantity.whole_quantity(ceiling.per, units)
    net = Fraction(plan.monthly_fee) / (1 + tax)
    return step * rounded(Fraction(formula.factor) * net / per_step, formula.rounding)


def trigger_spans(
    catalogue: Catalogue, package: Package, measure: Measure, rows: Sequence[Subscription]
) -> Spans:
    """The maximal intervals in which measure, subscription and (at trigger) order all hold."""
    spans: list[tuple[int, int]] = []
    for row in rows:
        if why_not_subscription(catalogue, measure, row) is None:
            until = FAR if row.until_ms is None else row.until_ms
            spans_in_force = intersect(measure_spans(measure), ((row.from_ms, until),))
            if measure.where is not None and measure.where.place == "home_at_trigger":
                orders = order_spans(catalogue, package, measure, row.home_locality)
                spans_in_force = intersect(spans_in_force, orders)
            spans.extend(spans_in_force)
    united = unite(spans)
    if measure.where is not None and measure.where.entering == "at_start_only":
        start = quantity.to_ms(measure.valid_from)
        united = tuple(span for span in united if span[0] <= start < span[1])
    return united


def beginnings(
    catalogue: Catalogue, package: Package, measure: Measure, rows: Sequence[Subscription]
) -> Iterator[LiveGrant]:
    """All grants that a measure gives this owner without being asked, ever, in time order.

    rows: at one carrier. They follow from dates alone, so a period takes those that begin in it.
    """
    effect = measure.effect
    if isinstance(effect, MoneyGrant):
        amount = int(Fraction(effect.amount) * 10**catalogue.currency.decimals)
    elif isinstance(effect, Grant) and effect.trigger == "begin":
        amount = 0  # of a plan: below
    else:
        return
    expiry_ms: int | None = None  # of the last grant
    for a, b in trigger_spans(catalogue, package, measure, rows):
        given_ms = a if expiry_ms is None else max(a, expiry_ms)
        while given_ms < b:
            expiry_ms = grant_expiry(effect, given_ms)
            row = next(row for row in rows if row.holds_at(given_ms))
            if isinstance(effect, Grant):
                amount = grant_amount(catalogue, package, measure, effect, row.plan, given_ms)
            yield LiveGrant(measure, row.carrier, given_ms, expiry_ms, amount, amount)
            if effect.repeats == "once":
                return
            given_ms = expiry_ms


def bonus_at_purchase(
    measure: Measure, effect: BonusVolume, pack: LivePack, index: int
) -> int | None:
    """What a purchase inside the measure adds to a volume; None: the volume is not of its kinds."""
    volume = pack.version.volumes[index]
    if (
        volume.counts == "money"
        or volume.kind not in effect.kinds
        or volume.kind not in measure.scope.kinds
    ):
        return None
    return int(Fraction(effect.share) / 100 * pack.volumes[index].given)


def bonus_in_use(measure: Measure, effect: BonusVolume, pack: LivePack, index: int) -> int | None:
    """What the beginning of the measure adds to a volume of a pack that is in use then."""
    volume = pack.version.volumes[index]
    whole = bonus_at_purchase(measure, effect, pack, index)
    if whole is None or effect.pack_in_use == "at_renewal":
        return None
    if volume.per != "pack" or effect.pack_in_use == "full":
        return whole
    share = Fraction(effect.share) / 100
    begin = quantity.to_ms(measure.valid_from)
    if effect.pack_in_use == "remaining":
        return int(share * pack.volumes[index].left_at(begin))
    time_left = Fraction(pack.expiry_ms - begin, pack.expiry_ms - pack.bought_ms)
    return int(share * pack.volumes[index].given * time_left)


def plan_version(catalogue: Catalogue, plan: str, ms: int) -> Plan | None:
    return version_at((p for p in catalogue.plans if p.id == plan), ms)


def pack_version(catalogue: Catalogue, pack: str, ms: int) -> Pack | None:
    return version_at((p for p in catalogue.packs if p.id == pack), ms)


def under_order(
    catalogue: Catalogue, package: Package, measure: Measure, row: Subscription, event: Event
) -> bool:
    """by_start: does the measure's condition on the place hold at the event's start?"""
    if measure.where is None:
        return True
    spans = order_spans(catalogue, package, measure, place_of(measure.where, row, event))
    return holds(spans, event.start_ms)
