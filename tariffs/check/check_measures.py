"""Checks of a package over its catalogue: measures that nothing can reach, or that give nothing.

Segments are not judged: a catalogue has no list of them, subscriptions bring them.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import combinations

from doisoat.messages.text import Text, message
from doisoat.tariffs.check.check_prices import (
    LIFE_DAYS,
    life_of,
    long_life,
    priced_classes,
    sells,
    unsettled,
)
from doisoat.tariffs.check.findings import Finding, Place, listed, meet
from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.catalogue_model import Catalogue, Pack, Plan
from doisoat.tariffs.models.field_types import USAGE_KINDS
from doisoat.tariffs.models.package_model import (
    BonusVolume,
    Contribution,
    Grant,
    Measure,
    MoneyGrant,
    Package,
    PriceCut,
    Where,
)

Check = Callable[[Package, Catalogue, Place], Iterator[Finding]]
UNKNOWN_HOST = "unknown_host"
CLASSES = {"pack": {"registration", "renewal"}, "fee": {"monthly_fee"}}


# --- who and what a measure can meet -------------------------------------------------------------


def plans_of(measure: Measure, catalogue: Catalogue) -> list[Plan]:
    """The plan versions whose subscribers it can be for, while it holds."""
    scope = measure.scope
    return [
        plan
        for plan in catalogue.plans
        if meet(plan, measure)
        and (measure.carriers is None or plan.carrier in (None, *measure.carriers))
        and (scope.plans is None or plan.id in scope.plans)
        and (scope.services is None or plan.service in scope.services)
        and (scope.payments is None or plan.payment in (None, *scope.payments))
    ]


def packs_of(measure: Measure, catalogue: Catalogue) -> list[Pack]:
    """The pack versions that it can be for: bought while it holds, or in use when it begins."""
    scope, effect = measure.scope, measure.effect
    plans = plans_of(measure, catalogue)
    packs = []
    for pack in catalogue.packs:
        in_use = isinstance(effect, BonusVolume) and effect.pack_in_use != "at_renewal"
        since = measure.valid_from - (life_of(pack) if in_use else timedelta())
        if (
            pack.valid_from < measure.valid_until
            and (pack.valid_until is None or since < pack.valid_until)
            and (measure.carriers is None or pack.carrier in (None, *measure.carriers))
            and (scope.packs is None or pack.id in scope.packs)
            and (scope.payments is None or set(scope.payments) & set(pack.payments))
            and any(sells(plan, pack) for plan in plans)
        ):
            packs.append(pack)
    return packs


def orders_met(
    measure: Measure, where: Where, catalogue: Catalogue, package: Package
) -> dict[str | None, bool]:
    """Each locality that the condition names (None: any) -> does an order or area of it meet the
    measure?

    A province covers all of it, and a district lies under the order of its province.
    """
    province = {place.code: place.province for place in catalogue.localities}
    under: set[str] = set()
    for order in package.orders_of(measure, catalogue):
        if meet(order, measure):
            under.update(order.localities)
    if where.localities is None:
        return {None: bool(under)}
    return {
        code: bool(
            {code, province.get(code)} & under or any(province.get(u) == code for u in under)
        )
        for code in where.localities
    }


def unreachable(
    measure: Measure, catalogue: Catalogue, package: Package
) -> tuple[Text, tuple[str, ...]] | None:
    """Why no event can ever meet a measure, and at which key."""
    scope, effect = measure.scope, measure.effect
    for key in ("kinds", "destinations", "packs", "plans", "services", "payments", "segments"):
        if getattr(scope, key) == ():
            return message("{key} is empty", key=key), ("scope", key)
    if measure.carriers == ():
        return message("it is no carrier's"), ("carriers",)
    plans = plans_of(measure, catalogue)
    if not plans:
        return (
            message("no plan of these carriers, services and payments holds while it does"),
            ("scope",),
        )
    if scope.host_lists is not None and not _hosts(measure, scope.host_lists, catalogue):
        return (
            message("no host of these lists is zero-rated while it holds"),
            ("scope", "host_lists"),
        )
    if measure.where is not None and not any(
        orders_met(measure, measure.where, catalogue, package).values()
    ):
        if measure.where.cause is not None:
            return (
                message(
                    "no area of the cause {cause} over these localities meets it",
                    cause=measure.where.cause,
                ),
                ("where",),
            )
        return (
            message(
                "no order of Directive {directive} over these localities meets it",
                directive=measure.where.directive,
            ),
            ("where",),
        )
    if isinstance(effect, BonusVolume):
        packs = packs_of(measure, catalogue)
        if not any(volume.kind in effect.kinds for pack in packs for volume in pack.volumes):
            return (
                message("no pack in its scope has a volume of these kinds"),
                ("scope",),
            )
        return None
    if not any(_met(kind, measure, plans, catalogue) for kind in scope.kinds):
        return (
            message("no event that has a price is of these kinds and destinations"),
            ("scope",),
        )
    return None


def _hosts(measure: Measure, lists: Sequence[str], catalogue: Catalogue) -> bool:
    return UNKNOWN_HOST in lists or any(
        host.list in lists and meet(host, measure) for host in catalogue.zero_rated_hosts
    )


def _met(kind: str, measure: Measure, plans: list[Plan], catalogue: Catalogue) -> bool:
    """Can an event of this kind be rated and lie in scope?"""
    if kind in USAGE_KINDS:
        classes = {name for plan in plans for k, name in priced_classes(plan) if k == kind}
    elif kind == "fee":
        classes = CLASSES[kind] if any(plan.monthly_fee is not None for plan in plans) else set()
    else:
        packs = packs_of(measure, catalogue)
        if isinstance(measure.effect, PriceCut) and measure.effect.new_price is not None:
            packs = [pack for pack in packs if pack.id in measure.effect.new_price]
        classes = CLASSES[kind] if packs else set()
    wanted = measure.scope.destinations
    return bool(classes if wanted is None else classes & set(wanted))


# --- checks --------------------------------------------------------------------------------------


def check_reach(package: Package, catalogue: Catalogue, place: Place) -> Iterator[Finding]:
    """Each measure can meet an event, and so can each name that it lists."""
    for i, measure in enumerate(package.measures):
        why = unreachable(measure, catalogue, package)
        if why is None:
            yield from _idle_names(measure, catalogue, package, i, place)
            continue
        reason, path = why
        yield Finding(
            "warning",
            "measure-unreachable",
            place("measures", i, *path),
            message("measure {id} can never apply: {reason}", id=measure.id, reason=reason),
            message(
                "mend the condition or the dates, or take it out (under the readings in force it"
                " may be meant)"
            ),
        )


def _idle_names(
    measure: Measure, catalogue: Catalogue, package: Package, i: int, place: Place
) -> Iterator[Finding]:
    """Names in a list that add nothing, though others of the list do."""
    idle: list[tuple[str, list[str], tuple[str, ...]]] = []
    if measure.where is not None and measure.where.localities is not None:
        met = orders_met(measure, measure.where, catalogue, package)
        names = [str(code) for code, is_met in met.items() if not is_met]
        idle.append(("localities", names, ("where", "localities")))
    lists = measure.scope.host_lists or ()
    names = [name for name in lists if not _hosts(measure, [name], catalogue)]
    idle.append(("host_lists", names, ("scope", "host_lists")))
    for carrier in measure.carriers or ():
        alone = measure.model_copy(update={"carriers": (carrier,)})
        if unreachable(alone, catalogue, package) is not None:
            idle.append(("carriers", [carrier], ("carriers",)))
    if isinstance(measure.effect, PriceCut) and measure.effect.new_price is not None:
        reached = {pack.id for pack in packs_of(measure, catalogue)}
        names = sorted(set(measure.effect.new_price) - reached)
        idle.append(("new_price", names, ("effect", "new_price")))
    for key, idle_names, path in idle:
        if idle_names:
            yield Finding(
                "warning",
                "measure-name-idle",
                place("measures", i, *path),
                message(
                    "measure {id}: {key} {idle_names} can never apply",
                    id=measure.id,
                    key=key,
                    idle_names=listed(idle_names),
                ),
                message("take the name out, or complete the catalogue"),
            )


def check_effects(package: Package, catalogue: Catalogue, place: Place) -> Iterator[Finding]:
    """An effect is more than nothing, ends, and is not drawn by the act of asking for it."""
    for i, measure in enumerate(package.measures):
        effect = measure.effect
        if _gives_nothing(measure):
            yield Finding(
                "warning",
                "measure-gives-nothing",
                place("measures", i, "effect"),
                message("measure {id} gives 0", id=measure.id),
                message("write the right amount, or take it out"),
            )
        if not isinstance(effect, Grant):
            continue
        days = quantity.whole_quantity(effect.lasts, quantity.TIME_UNITS) / quantity.MS_PER_DAY
        if days > LIFE_DAYS:
            yield long_life(measure.id, effect.lasts, place("measures", i, "effect", "lasts"))
        yield from _request(measure, effect, catalogue, i, place)


def _request(
    measure: Measure, effect: Grant, catalogue: Catalogue, i: int, place: Place
) -> Iterator[Finding]:
    """The SMS that asks for a grant can be sent, and is not paid by the grant itself."""
    opt_in, scope = effect.opt_in_destination, measure.scope
    if opt_in is None:
        return
    where = place("measures", i, "effect", "opt_in_destination")
    if not any(("sms", opt_in) in priced_classes(plan) for plan in plans_of(measure, catalogue)):
        yield Finding(
            "warning",
            "request-unpriced",
            where,
            message(
                "measure {id}: an SMS to {opt_in} has no price, so it is suspended and nobody is"
                " given anything",
                id=measure.id,
                opt_in=opt_in,
            ),
            message("add a rate of sms to {opt_in}", opt_in=opt_in),
        )
    if scope.kinds == ("sms",) and (scope.destinations is None or opt_in in scope.destinations):
        yield Finding(
            "warning",
            "grant-consumes-itself",
            where,
            message(
                "measure {id}: the SMS to {opt_in} that asks for it draws what it gives",
                id=measure.id,
                opt_in=opt_in,
            ),
            message("take {opt_in} out of the destinations", opt_in=opt_in),
        )


def _gives_nothing(measure: Measure) -> bool:
    if measure.cap is not None and quantity.price(measure.cap.amount) == 0:
        return True
    match measure.effect:
        case BonusVolume(share=text) | Contribution(amount=text) | MoneyGrant(amount=text):
            return quantity.price(text) == 0
        case PriceCut(percent=None, minus=None):
            return False
        case PriceCut(percent=percent, minus=minus):
            return quantity.price(percent or minus or "0") == 0
        case Grant(amount=str(text)):
            units = quantity.UNITS_OF_KIND[measure.scope.kinds[0]]
            return quantity.whole_quantity(text, units) == 0
        case _:
            return False


def check_together(package: Package, catalogue: Catalogue, place: Place) -> Iterator[Finding]:
    """Measures side by side: two bonuses on one pack, a group in which nothing excludes another."""
    for (_, first), (j, second) in combinations(enumerate(package.measures), 2):
        a, b = first.effect, second.effect
        if isinstance(a, BonusVolume) and isinstance(b, BonusVolume) and meet(first, second):
            payments = set(first.scope.payments or ()) & set(second.scope.payments or ())
            name_payments = first.scope.payments is not None and second.scope.payments is not None
            both = sorted(
                {pack.id for pack in packs_of(first, catalogue)}
                & {pack.id for pack in packs_of(second, catalogue)}
            )
            if both and set(a.kinds) & set(b.kinds) and (payments or not name_payments):
                yield Finding(
                    "warning",
                    "bonus-twice",
                    place("measures", j),
                    message(
                        "{id} and {id_2} both extend {both}: each is a share of the pack's own"
                        " volume, none of the other's",
                        id=first.id,
                        id_2=second.id,
                        both=listed(both),
                    ),
                    message("narrow packs or payments of one of them, unless it is meant"),
                )
    for i, measure in enumerate(package.measures):
        group = measure.exclusive_group
        if group and sum(member.exclusive_group == group for member in package.measures) == 1:
            yield Finding(
                "warning",
                "group-of-one",
                place("measures", i, "exclusive_group"),
                message("measure {id} is alone in the group {group}", id=measure.id, group=group),
                message("put the other measure in the group, or take exclusive_group out"),
            )


def check_envelope(package: Package, catalogue: Catalogue, place: Place) -> Iterator[Finding]:
    """An envelope counts carriers that there are, and measures of its programme."""
    carriers = {carrier.id for carrier in catalogue.carriers}
    for number, part in enumerate(package.parts()):
        if part.envelope is None:
            continue
        where = ("programmes", number) if package.programmes else ()
        measures = {measure.id for measure in package.measures_of(part.id)}
        for key, names, known in (
            ("carriers", part.envelope.carriers, carriers),
            ("measures", part.envelope.measures or (), measures),
        ):
            yield from _unknown_in_envelope(key, names, known, place(*where, "envelope", key))


def _unknown_in_envelope(
    key: str, names: Sequence[str], known: set[str], where: str
) -> Iterator[Finding]:
    unknown = sorted(set(names) - known)
    if unknown:
        yield Finding(
            "error",
            "envelope-unknown",
            where,
            message("envelope: there are no {key} {unknown}", key=key, unknown=listed(unknown)),
            message("use {known}", known=listed(sorted(known))),
        )


def check_period_reliefs(package: Package, catalogue: Catalogue, place: Place) -> Iterator[Finding]:
    """What a settlement leaves out must be said where it is written."""
    for i, relief in enumerate(package.period_reliefs):
        yield unsettled(relief.id, place("period_reliefs", i))


CHECKS: tuple[Check, ...] = (
    check_reach, check_effects, check_together, check_envelope, check_period_reliefs,
)  # fmt: skip
