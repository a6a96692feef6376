"""A month of each programme, made of what it says: python -m tests.programme_months OUT [NAME…]

For every measure that holds in the month, one carrier's subscribers do what it relieves, where and
when it holds, and others do the same whom it does not reach. Nothing is drawn: the same package,
the same month.
OUT gets a folder for each programme, with the settled home and its papers.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import phonenumbers

from doisoat import cli
from doisoat.engine.intake.file_intake import check_files, take_in
from doisoat.engine.intake.plan_in_use import plan_of
from doisoat.engine.keys.pseudonym import make_key
from doisoat.engine.tables.overlay_files import open_prices
from doisoat.settlement.log import journal
from doisoat.settlement.log.intake_log import logged
from doisoat.settlement.settle.settle import SettleRequest, settle
from doisoat.settlement.upkeep.init import init
from doisoat.settlement.validation.made_events import write_events
from doisoat.settlement.validation.published_totals import (
    BUNDLED_TABLE,
    PublishedTotal,
    read_table,
)
from doisoat.tariffs.load.bundled import BUNDLED, bundled_catalogue
from doisoat.tariffs.load.find import package_names
from doisoat.tariffs.load.jurisdiction import jurisdiction_of
from doisoat.tariffs.load.tariffs import load_package
from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.catalogue_model import Catalogue, Pack, Plan
from doisoat.tariffs.models.package_model import (
    BonusVolume,
    Grant,
    Measure,
    MoneyGrant,
    Package,
)

PEOPLE = 5  # whom a measure reaches, and as many whom it does not
USUAL = {"voice": "on_net", "sms": "on_net", "data": None, "pack": None, "fee": None}
UNITS = {"voice": 90_000, "sms": 1, "data": 300 << 20, "pack": 1, "fee": 1}
MADE = {
    "country": "XX", "rule": "a month of its own", "count": str(PEOPLE), "figure": "payable",
    "published": "0", "source": "made up", "mark": "assumed",
}  # fmt: skip


class Month(NamedTuple):
    """unmade: measures of the month for which there is no event, and why."""

    month: str
    catalogue: Catalogue
    package: Package
    overlays: tuple[Path, ...]
    rows: tuple[PublishedTotal, ...]
    made: frozenset[str]
    unmade: dict[str, str]


class Unmade(Exception):
    """Why there is no event that a measure relieves."""


def month_of(name: str) -> Month:
    """The first month in which most of a package's programmes, and of their measures, hold."""
    package = load_package(name)
    used = {overlay for row in read_table(BUNDLED_TABLE) if row.package == name
            for overlay in row.overlays}  # fmt: skip
    overlays = tuple(BUNDLED / overlay for overlay in sorted(used))
    catalogue, _, _ = open_prices(str(bundled_catalogue(package.baseline)), overlays)
    held = dict[str, list[Measure]]()
    for measure in package.measures:
        for each in _months_of(measure):
            held.setdefault(each, []).append(measure)
    if not held:
        return _priced_month(catalogue, package, overlays)

    def rank(month: str) -> tuple[int, int, str]:
        programmes = {measure.programme for measure in held[month]}
        return -len(programmes), -len(held[month]), month

    month = min(held, key=rank)
    rows, made, unmade = list[PublishedTotal](), set[str](), dict[str, str]()
    for place, measure in enumerate(package.measures):
        if month not in _months_of(measure):
            continue
        try:
            rows += _Maker(catalogue, package, measure, month, place).rows()
            made.add(measure.id)
        except Unmade as why:
            unmade[measure.id] = str(why)
    return Month(month, catalogue, package, overlays, tuple(rows), frozenset(made),
                 {name: why for name, why in unmade.items() if name not in made})  # fmt: skip


def _priced_month(catalogue: Catalogue, package: Package, overlays: tuple[Path, ...]) -> Month:
    """Of a programme without a measure, whose prices are what it is: usage of its first plan."""
    plan = min(catalogue.plans, key=lambda plan: plan.valid_from)
    ((kind, destination),) = {(rate.kind, rate.destination) for rate in plan.rates}
    day = (plan.valid_from + timedelta(days=1)).date()
    row = PublishedTotal.model_validate({
        **MADE, "id": "usage", "catalogue": catalogue.id, "package": package.id,
        "events": {
            "carrier": plan.carrier, "plan": plan.id, "day": str(day), "kind": kind,
            "destination": destination, "units": str(UNITS[kind]), "subscribers": str(PEOPLE),
            "first_number": _example_number(catalogue, 0),
        },
    })  # fmt: skip
    month = f"{day:%Y-%m}"
    return Month(month, catalogue, package, overlays, (row,), frozenset(), {})


def _months_of(measure: Measure) -> Iterator[str]:
    """The months of which a measure has some part."""
    month = measure.valid_from.replace(day=1, hour=0, minute=0, second=0)
    while month < measure.valid_until:
        yield f"{month:%Y-%m}"
        month = (month + timedelta(days=32)).replace(day=1)


class _Maker:
    """Rows of a measure: those whom it reaches, and those whom it does not."""

    def __init__(
        self, catalogue: Catalogue, package: Package, measure: Measure, month: str, place: int
    ) -> None:
        self.catalogue, self.package, self.measure = catalogue, package, measure
        self.begin = datetime.fromisoformat(f"{month}-01")
        self.end = (self.begin + timedelta(32)).replace(day=1)
        self.place = place

    def rows(self) -> Iterator[PublishedTotal]:
        begin, home = self._where()
        begin = max(begin, self.begin, self.measure.valid_from)
        day = begin.date() + timedelta(days=begin.time() > datetime.min.time())
        if datetime.combine(day, datetime.min.time()) >= min(self.end, self.measure.valid_until):
            raise Unmade("it ends before a whole day of the month")
        segments = self.measure.scope.segments
        segment = segments[0] if segments else "standard"
        yield from self._people("in", day, home, segment)
        if segments:
            yield from self._people("no-segment", day, home, "standard")
        if home:
            yield from self._people("elsewhere", day, "", segment)

    def _where(self) -> tuple[datetime, str]:
        """From when a place is meant, and the place; "" where every place is."""
        where = self.measure.where
        if where is None:
            return self.begin, ""
        held = (
            [area for area in self.package.areas if area.cause == where.cause]
            if where.cause is not None
            else [o for o in self.catalogue.orders if o.directive == where.directive]
        )
        end = min(self.end, self.measure.valid_until)
        for each in held:
            for code in each.localities:
                inside = max(each.valid_from, self.begin) < min(each.valid_until, end)
                if inside and (where.localities is None or code in where.localities):
                    return each.valid_from, code
        raise Unmade("no order or area of the month")

    def _people(self, name: str, day: date, home: str, segment: str) -> Iterator[PublishedTotal]:
        measure, effect = self.measure, self.measure.effect
        plan = self._plan(day)
        who = {
            "carrier": plan.carrier, "plan": plan.id, "segment": segment, "home_locality": home,
            "payment": self._payment(plan),
            "first_number": self._first_number(plan.carrier or "", name),
        }  # fmt: skip
        kinds = list(measure.scope.kinds)
        after = day
        if isinstance(effect, BonusVolume):
            pack = self._pack(plan, day)
            yield self._row(f"{name}-pack", who, day, {
                "kind": "pack", "pack": pack.id, "action": "registration",
            })  # fmt: skip
            kinds, after = list(effect.kinds), day + timedelta(1)
        if isinstance(effect, Grant) and effect.trigger == "opt_in":
            yield self._row(f"{name}-opt-in", who, day, {
                "kind": "sms", **self._other_side(str(effect.opt_in_destination), plan),
            })  # fmt: skip
            after = day + timedelta(1)
        if isinstance(effect, MoneyGrant):
            kinds = kinds[:1]
        for kind in kinds:
            what = self._what(kind, plan, after)
            if isinstance(effect, BonusVolume):  # more than the pack's own volume
                own = [v.amount for v in self._pack(plan, day).volumes if v.kind == kind]
                sizes = [quantity.whole_quantity(a, quantity.UNITS_OF_KIND[kind]) for a in own]
                what["units"] = str(sum(sizes) * 5 // 4)
            yield self._row(f"{name}-{kind}", who, after, what)

    def _what(self, kind: str, plan: Plan, day: date) -> dict[str, Any]:
        scope, what = self.measure.scope, {"kind": kind, "units": str(UNITS[kind])}
        if kind == "pack":
            return {**what, "pack": self._pack(plan, day).id, "action": "registration"}
        if kind == "fee":
            return what
        destinations = [d for d in scope.destinations or () if d != "data"]
        destination = destinations[0] if destinations else USUAL[kind]
        if kind in ("voice", "sms"):
            return {**what, **self._other_side(str(destination), plan)}
        if kind == "data" and scope.host_lists:
            hosts = [host.host for host in self.catalogue.zero_rated_hosts
                     if host.list in scope.host_lists]  # fmt: skip
            return {**what, "host": hosts[0] if hosts else "example.org"}
        if kind == "data" and destination == "zero_rated":
            destination = None
        return what if destination is None else {**what, "destination": destination}

    def _other_side(self, destination: str, plan: Plan) -> dict[str, str]:
        """The number that is dialled or written to: of a service its own, else one of the class."""
        if service := re.fullmatch("service_([0-9]+)", destination):
            return {"to": service[1]}
        return {"to": self._first_number(plan.carrier or "", "in"), "destination": destination}

    def _plan(self, day: date) -> Plan:
        scope, moment = self.measure.scope, datetime.combine(day, datetime.min.time())
        carriers = self.measure.carriers
        for plan in self.catalogue.plans:
            if (
                plan.holds_at(moment)
                and (carriers is None or plan.carrier in carriers)
                and (scope.plans is None or plan.id in scope.plans)
                and plan.service in (scope.services or ("mobile", "fibre"))
                and plan.payment in (scope.payments or (plan.payment,))
                and ("fee" not in scope.kinds or plan.monthly_fee is not None)
                and self._is_priced(plan)
            ):
                return plan
        raise Unmade(
            "no carrier has it under the readings in force"
            if carriers == ()
            else "no plan of the day that its scope takes"
        )

    def _is_priced(self, plan: Plan) -> bool:
        """Has the plan a price for each kind that its people use?"""
        for kind in self.measure.scope.kinds:
            if kind in ("pack", "fee"):
                continue
            wanted = {d for d in self.measure.scope.destinations or () if d != "data"}
            classes = {
                name
                for rate in plan.rates
                if rate.kind == kind
                for name in ([rate.destination] if isinstance(rate.destination, str) else
                             rate.destination)
            }  # fmt: skip
            first = next(iter(self.measure.scope.destinations or (USUAL[kind] or "data",)))
            if first not in classes and not wanted & classes:
                return False
        return True

    def _payment(self, plan: Plan) -> str:
        payments = self.measure.scope.payments
        return plan.payment or (payments[0] if payments else "prepaid")

    def _pack(self, plan: Plan, day: date) -> Pack:
        """The dearest pack that its scope takes: what stands before it leaves something of it."""
        moment, payment = datetime.combine(day, datetime.min.time()), self._payment(plan)
        for pack in sorted(self.catalogue.packs, key=lambda pack: -quantity.price(pack.price)):
            if (
                pack.holds_at(moment)
                and pack.carrier in (None, plan.carrier)
                and pack.id in (self.measure.scope.packs or (pack.id,))
                and payment in pack.payments
                and not self._gives_nothing_to(pack)
            ):
                return pack
        raise Unmade("no pack on sale that its scope takes")

    def _gives_nothing_to(self, pack: Pack) -> bool:
        new_price = getattr(self.measure.effect, "new_price", None)
        bonus = isinstance(self.measure.effect, BonusVolume)
        return (new_price is not None and pack.id not in new_price) or (
            bonus and not {volume.kind for volume in pack.volumes} & set(self.measure.scope.kinds)
        )

    def _first_number(self, carrier: str, name: str) -> str:
        """A number of the carrier's range where the catalogue has one; each group has its own."""
        trunk = jurisdiction_of(self.catalogue).numbers.trunk
        step = 100 * self.place + 10 * ("in", "no-segment", "elsewhere").index(name)
        for prefix in self.catalogue.numbering.prefixes:
            if prefix.network == f"mobile:{carrier}" and prefix.digits:
                rest = prefix.digits - len(prefix.prefix)
                return f"{trunk}{prefix.prefix}{step:0{rest}d}"
        return _example_number(self.catalogue, step)

    def _row(
        self, name: str, who: dict[str, Any], day: date, what: dict[str, Any]
    ) -> PublishedTotal:
        slug = re.sub(r"[^a-z0-9.-]", "-", f"{self.place}-{self.measure.id}-{name}".lower())
        return PublishedTotal.model_validate({
            **MADE, "id": slug, "catalogue": self.catalogue.id, "package": self.package.id,
            "events": {**who, "day": str(day), "subscribers": str(PEOPLE), **what},
        })  # fmt: skip


def _example_number(catalogue: Catalogue, step: int) -> str:
    """A mobile number of the state, so many after the one that it gives as an example."""
    region = jurisdiction_of(catalogue).numbers.region
    example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    assert example is not None  # of every state of a catalogue
    form = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)
    digits = re.sub(r"\D", "", form)
    return str(int(digits) + step).zfill(len(digits))


def settle_month(month: Month, folder: Path) -> Path:
    """The home of a month that is taken in and settled."""
    made = folder / "made"
    made.mkdir(parents=True)
    package = month.package
    settings = {
        "catalogue": package.baseline, "overlay": [*map(str, month.overlays)],
        "package": package.id,
    }  # fmt: skip
    path = init(folder / "home", settings, 2).path
    key = make_key(folder / "key", bytes(range(32)), public=True)
    prices, holes, _ = open_prices(package.baseline, list(month.overlays))
    files = [file for row in month.rows for file in write_events(row, made)]
    check_files(files, prices.currency.decimals)
    with journal.writer(path, "intake") as home, logged(home):
        take_in(home, files, key, plan=plan_of(prices))
    settle(path, SettleRequest(prices, package, month.month, threads=2, holes=holes))
    return path


def main(out: Path, names: Sequence[str]) -> None:
    for name in names or package_names():
        month = month_of(name)
        path = settle_month(month, out / name)
        cli.run(["paper", month.month, "--out", str(out / name / "papers"), "--home", str(path)])


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
