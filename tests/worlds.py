"""Random small worlds for kernel and oracle: a catalogue, a package, owners and what they did.

Everything follows from a seed, so hypothesis draws a number and a long run counts them. Times
crowd around boundaries, amounts are such that balances run out.
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random
from typing import Any

from doisoat.engine.oracle.oracle import Event, OpenPack, Port, Subscription
from doisoat.engine.oracle.validity import given_of
from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import Package
from tests.tariff_worlds import (
    CARRIERS,
    DAY,
    END,
    HOST,
    HOUR,
    KB,
    PLACES,
    SPLIT,
    START,
    TariffMaker,
)

NETWORKS = (
    *("mobile:viettel", "mobile:vnpt", "class:on_net") * 5,
    "fixed:viettel",
    "fixed:vnpt",
    "fixed:other",
    "service:999",
    "hotline",
    "international",
    "service:5678",  # which no tariff names
)
NUMBERS = (11, 12, 13)
LONG_AGO = (180, 178, 120, 61, 59, 30, 31, 28)  # days before START: 30 January, 1 February, …

__all__ = ["END", "SPLIT", "START", "World", "WorldMaker", "make_world"]


@dataclass(frozen=True)
class World:
    catalogue: Catalogue
    package: Package
    subscriptions: tuple[Subscription, ...]
    ports: tuple[Port, ...]
    open_packs: tuple[OpenPack, ...]
    events: tuple[Event, ...]
    period: tuple[int, int] = (START, END)

    @property
    def inputs(self) -> tuple[Any, ...]:
        """As both implementations take them."""
        return (self.catalogue, self.package, self.subscriptions, self.ports, self.events,
                self.period, self.open_packs)  # fmt: skip


def make_world(
    seed: int, *, plain: bool = False, accounts: bool = True, events_max: int = 60
) -> World:
    """The world of a seed.

    plain: nothing by which relief may raise another event's payable: no exclusive groups, no
    split in time, no sessions. accounts: some owners are accounts of several members.
    """
    return WorldMaker(Random(seed), plain).world(events_max, accounts)


class WorldMaker(TariffMaker):
    """Owners, and what they did."""

    def subscriptions(self, owner: int) -> list[Subscription]:
        inner = sorted(set(m for m in self.moments if START < m < END))
        cuts = sorted(self.rng.sample(inner, self.one(0, 0, 1, 1, 2)))
        if self.chance(0.2):
            cuts = [c + self.one(1, 500, 999) for c in cuts]
        first = START - 400 * DAY if self.chance(0.8) else self.one(*inner) - self.one(0, 7 * DAY)
        edges: list[Any] = [first, *(c for c in cuts if c > first), None]
        rows = []
        for a, b in pairwise(edges):
            if rows and self.chance(0.2):
                a += self.one(1000, HOUR, DAY)  # a gap
                if b is not None and a >= b:
                    continue
            plan = self.one("a1", "a1", "a2", "b1")
            rows.append(Subscription(
                owner, "vnpt" if plan == "b1" else "viettel", plan,
                self.one("standard", "standard", "low_income"),
                self.one("prepaid", "prepaid", "postpaid"), self.one(*PLACES, "99", ""), a, b,
            ))  # fmt: skip
        return rows

    def members(self, account: int) -> list[Subscription]:
        """Rows of an account's members: within those that one owner would have, each on his own."""
        rows = []
        names = [self.rng.getrandbits(128) | 1 for _ in range(self.one(1, 2, 3))]
        if self.chance(0.3):
            names.append(account)  # a row of the account itself
        for whole in self.subscriptions(account):
            for name in names:
                if self.chance(0.2):
                    continue
                a, b = whole.from_ms, whole.until_ms
                inner = [m for m in self.moments if a < m and (b is None or m < b)]
                if inner and self.chance(0.4):
                    a = self.one(*inner)
                inner = [m for m in inner if a < m]
                if inner and self.chance(0.4):
                    b = self.one(*inner)
                row = replace(whole, from_ms=a, until_ms=b, subscriber=name)
                if self.chance(0.6):
                    plan = self.one("a1", "a2") if row.carrier == "viettel" else "b1"
                    row = replace(row, plan=plan, segment=self.one("standard", "low_income"),
                                  home_locality=self.one(*PLACES, "99", ""))  # fmt: skip
                rows.append(row)
        if self.chance(0.3) and names[0] != account:  # who was, or is, somebody of his own as well
            a, b = self.span()
            rows.append(Subscription(names[0], "viettel", "a1", "standard", "prepaid", "01",
                                     self.one(a, START - DAY), b))  # fmt: skip
        return rows

    def open_packs(self, owner: int, catalogue: Catalogue) -> list[OpenPack]:
        out = []
        ago = [1, 1000, HOUR, DAY, 3 * DAY, self.rng.randrange(5 * DAY)]
        if self.chance(0.4):  # such that months and cycles end in the period
            days = self.one(*LONG_AGO) - self.rng.randrange(4)
            ago += [days * DAY, days * DAY + self.one(1, 6 * HOUR, 12 * HOUR + 1500)]
        for before in self.rng.sample(ago, self.one(0, 0, 1, 2)):
            out += self.listed(owner, START - before, START, catalogue)
        return out

    def listed(self, owner: int, bought: int, begin: int, catalogue: Catalogue) -> list[OpenPack]:
        """One pack of those on sale at a moment, if it is still open when the period begins."""
        moment = quantity.from_ms(bought)
        pack = self.one(*[p for p in catalogue.packs if p.holds_at(moment)])
        given = [given_of(pack, volume, bought, self.decimals) for volume in pack.volumes]
        left = tuple(
            units if volume.per == "day" else self.rng.randint(0, units)
            for volume, units in zip(pack.volumes, given, strict=True)
        )
        if quantity.to_ms(pack.validity.expiry(moment)) <= begin:
            return []
        return [OpenPack(owner, pack.id, bought, self.one(0, 9_000, 20_000), left)]

    def start(self) -> int:
        if self.chance(0.5):
            at = self.one(*self.moments)
            near = self.one(0, 0, -1, 1, -1000, 1000, -500, 999, -30_000, -3_000, 40_000)
        else:
            at, near = START, self.rng.randrange(END - START) // self.one(1, 1000) // 500 * 500
        return min(max(at + near, START), END - 1)

    def usage(self, owner: int, carrier: str, start: int) -> list[Event]:
        kind, rng = self.one("voice", "voice", "voice", "sms", "data", "data"), self.rng
        if kind == "data":
            units = self.one(0, 1, 100, 50 * KB, 120 * KB, 50 * KB + 1, rng.randrange(700 * KB))
            network, group = (
                self.one("data", "data", "class:data"),
                self.one("", HOST, "moh.gov.vn", "else.vn"),
            )
            duration = self.one(0, 1, 7_000, 60_000, 100_000, 2 * HOUR)
        elif kind == "sms":
            units, group, duration = self.one(0, 1, 1, 1, 2, 5), "", 0
            network = self.one("mobile:viettel", "mobile:vnpt", "service:999", "service:999")
        else:
            seconds = self.one(0, 1, 6, 7, 30, 60, 61, 100, 150, rng.randrange(400))
            units = seconds * 1000 + self.one(0, 0, 0, 1, 500)
            network, group, duration = self.one(*NETWORKS), "", units
        base = Event(
            rng.getrandbits(128), owner, start, kind, network, units, duration, carrier, group,
            self.one(*PLACES, ""), counterparty=self.one(0, *NUMBERS),
            charged=self.one(None, 0, 1180),
        )  # fmt: skip
        if kind == "sms" or not self.sessions or self.chance(0.7):
            return [base]
        return self.partials(base)

    def partials(self, base: Event) -> list[Event]:
        """A session in parts, each beginning where the last ended; some of data have many hosts."""
        session, at, out = self.rng.getrandbits(128) | 1, base.start_ms, []
        for partial in range(1, self.one(2, 3, 4) + 1):
            hosts = [base.rating_group]
            if base.kind == "data" and self.chance(0.3):
                hosts = self.rng.sample(("", HOST, "moh.gov.vn", "else.vn"), self.one(1, 2, 3))
            for host in hosts:
                units = self.one(base.units, 1000, 500, 0, self.rng.randrange(90_000))
                length = units if base.kind == "voice" else base.duration_ms
                out.append(Event(
                    self.rng.getrandbits(128), base.owner, at, base.kind, base.destination, units,
                    length, base.carrier, host, base.locality,
                    counterparty=base.counterparty, session=session, partial=partial,
                ))  # fmt: skip
            at += max(length, 1)
        return [event for event in out if event.start_ms < END]

    def event(self, owner: int, rows: list[Subscription]) -> list[Event]:
        start = self.start()
        row = next((r for r in rows if r.holds_at(start)), None)
        begun = [r for r in rows if START < r.from_ms - 1 and r.from_ms < END]
        if begun and self.sessions and self.chance(0.1):  # what begins before its subscription
            row = self.one(*begun)
            start = max(START, row.from_ms - self.one(1, 500, 30_000))
        carrier = row.carrier if row and self.chance(0.98) else self.one(*CARRIERS)
        what = self.rng.random()
        if what < 0.75:
            events = self.usage(owner, carrier, start)
        elif what < 0.93:
            name = self.one(*("p0", "p0", "p1", "p2", "p3") * 4, "p4")
            events = [Event(
                self.rng.getrandbits(128), owner, start, "pack",
                self.one("registration", "renewal", "renewal", "renewal_failed"),
                0 if self.chance(0.03) else 1, 0, carrier, "", self.one(*PLACES, ""), name,
            )]  # fmt: skip
        else:
            events = [Event(
                self.rng.getrandbits(128), owner, start, "fee", "monthly_fee",
                0 if self.chance(0.05) else 1, 0, carrier, "", self.one(*PLACES, ""),
            )]  # fmt: skip
        return events

    def used_by(self, events: list[Event], rows: list[Subscription]) -> list[Event]:
        """Events of an account as its members', some of which do not name it."""
        members = [row.member for row in rows] or [events[0].owner]
        user = self.one(*members, *members, 1)
        owner = events[0].owner if self.chance(0.5) else user
        return [replace(event, owner=owner, subscriber=user) for event in events]

    def world(self, events_max: int, accounts: bool) -> World:
        catalogue = self.catalogue()
        return self.owners(catalogue, self.package(), events_max, accounts)

    def owners(
        self, catalogue: Catalogue, package: Package, events_max: int, accounts: bool
    ) -> World:
        """A few owners under these tariffs, and what they did."""
        subscriptions: list[Subscription] = []
        open_packs: list[OpenPack] = []
        events: list[Event] = []
        for _ in range(self.one(1, 1, 2, 3)):
            owner = self.rng.getrandbits(128) | 1
            shares = accounts and self.chance(0.3)
            make = self.members if shares else self.subscriptions
            rows = make(owner) if self.chance(0.97) else []
            subscriptions += rows
            open_packs += self.open_packs(owner, catalogue)
            if shares and rows:
                open_packs += self.open_packs(rows[0].member, catalogue)
            for _ in range(self.rng.randint(3, max(4, events_max // 2))):
                made = self.event(owner, rows)
                events += self.used_by(made, rows) if shares and made else made
        ports = []
        for number in NUMBERS[: self.one(0, 1, 2)]:
            a, b = self.span()
            ports.append(Port(number, self.one(*CARRIERS), a, self.one(b, None)))
        self.rng.shuffle(events)
        return World(
            catalogue, package, tuple(subscriptions), tuple(ports), tuple(open_packs),
            tuple(events[:events_max]),
        )  # fmt: skip
