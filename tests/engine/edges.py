"""Edges that random worlds seldom meet, as cases."""

from dataclasses import dataclass, field, replace
from typing import Any

from doisoat.engine.oracle.oracle import Event, OpenPack, Port, Subscription
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import Measure, Package
from tests.spec.cases import (
    KB,
    M4,
    OWNER,
    SOURCED,
    VX,
    call,
    catalogue,
    cut,
    data,
    data_pack,
    fee,
    measure,
    ms,
    opened,
    pack,
    package,
    renewal,
    subscription,
)  # fmt: skip


@dataclass(frozen=True)
class Edge:
    """A case named by what it shows; expected: (list value, discount, payable) or a status."""

    name: str
    events: tuple[Event, ...]
    expected: tuple[tuple[int, int, int] | str, ...]
    measures: tuple[Measure, ...] = ()
    catalogue: Catalogue = field(default_factory=lambda: catalogue())
    subscriptions: tuple[Subscription, ...] = field(default_factory=lambda: (subscription(),))
    ports: tuple[Port, ...] = ()
    open_packs: tuple[OpenPack, ...] = ()
    period: tuple[str, str] = ("2021-08-01", "2021-10-01")
    split: str = ""

    number = "edge"

    @property
    def package(self) -> Package:
        return package(*self.measures)

    @property
    def period_ms(self) -> tuple[int, int]:
        return ms(self.period[0]), ms(self.period[1])

    @property
    def split_ms(self) -> int:
        return ms(self.split) if self.split else 0

    @property
    def inputs(self) -> tuple[Any, ...]:
        return (self.catalogue, self.package, self.subscriptions, self.ports, self.events,
                self.period_ms, self.open_packs)  # fmt: skip


FREE, PAID = (0, 0, 0), (118, 0, 118)  # a call of 1 s that a bundle covers, and one that none does


def voice_volume(amount: str = "10000 s", **more) -> list[dict[str, Any]]:
    return [{"kind": "voice", "destinations": ["on_net"], "amount": amount, **more}]


def month_of(begin: str) -> Edge:
    """A pack of the calendar month, bought at this moment: its last second, and what follows."""
    year, month = int(begin[:4]), int(begin[5:7])
    after = f"{year + month // 12:04}-{month % 12 + 1:02}-01"
    month_pack = pack("month", "1000", validity={"calendar_month": True}, volumes=voice_volume(),
                      valid_from="1990-01-01")  # fmt: skip
    plan = {**catalogue().plans[0].model_dump(mode="json"), "valid_from": "1990-01-01"}
    return Edge(
        f"a pack of the calendar month bought on {begin} ends with it",
        (
            renewal(begin, "month", 1),
            replace(call(after, 1, 2), start_ms=ms(after) - 1000),
            call(after, 1, 3),
        ),
        ((1_000, 0, 1_000), FREE, PAID),
        catalogue=catalogue(packs=[month_pack], plans=[plan]),
        subscriptions=(subscription(from_ms=ms("1990-01-01")),),
        period=("1990-01-01", "2450-01-01"),
    )


def overages(
    name: str, first: dict[str, Any], second: dict[str, Any], bought: tuple[str, str], price: int
) -> Edge:
    """Two open packs with overages of 60 and 120 đ a minute: whose holds?"""
    packs = [
        pack(identifier, "1000", after=[{"kind": "voice", "rule": "overage", "price": rate,
                                         "per": "1 min", "block": "1 s"}], **more)
        for identifier, rate, more in (("a", "60", first), ("b", "120", second))
    ]  # fmt: skip
    return Edge(
        f"of two overages that of the {name} holds",
        (call("2021-08-10", 60),),
        ((price, 0, price),),
        catalogue=catalogue(packs=packs),
        open_packs=(opened("a", bought[0], 0), opened("b", bought[1], 0)),
    )


def plan(**changes) -> dict[str, Any]:
    return {**catalogue().plans[0].model_dump(mode="json"), **changes}


VOICE = plan()["rates"][0]
SMS = {"kind": "sms", "destination": ["on_net", "service_999"], "price": "0", "per": "1 msg",
       "block": "1 msg"}  # fmt: skip
AT_USE = {"directive": 16, "place": "home_at_use"}
OVERAGE = {"kind": "voice", "rule": "overage", "price": "60", "per": "1 min", "block": "1 s"}
ENDING = pack("ending", "1000", after=[OVERAGE])  # bought on 21 July, it ends with 19 August
LIST = "list_price"


def ask(at: str, number: int) -> Event:
    return Event(number, OWNER, ms(at), "sms", "service:999", 1, 0, "viettel", "", "01")


def granted(
    amount: str,
    identifier: str = "m6",
    order: int = 6,
    where=None,
    crossing="by_start",
    valid_from="2021-08-05",
    place="last",
    **effect,
) -> Measure:
    body = {
        "type": "grant", "amount": amount, "lasts": "30 d", "trigger": "begin",
        "place_in_order": place, "in_kind_value": LIST, **effect,
    }  # fmt: skip
    return measure(identifier, order, {"kinds": ["voice"]}, body, where=where, crossing=crossing,
                   valid_from=valid_from)  # fmt: skip


def more_data(
    identifier: str, order: int, valid_from: str = "2021-08-05", in_use: str = "full"
) -> Measure:
    effect = {"type": "bonus_volume", "share": "50", "kinds": ["data"], "pack_in_use": in_use,
              "in_kind_value": "zero"}  # fmt: skip
    return measure(identifier, order, {"kinds": ["data"]}, effect, valid_from=valid_from)


def free_hosts(identifier: str = "m3", order: int = 3, **more) -> Measure:
    return measure(identifier, order, {"kinds": ["data"], "destinations": ["zero_rated"]},
                   {"type": "zero_rating", "in_kind_value": "zero"}, **more)  # fmt: skip


def order_of(begin: str, end: str) -> list[dict[str, Any]]:
    return [{"id": "hn", "directive": 16, "localities": ["01"], "valid_from": begin,
             "valid_until": end, **SOURCED}]  # fmt: skip


def stepped(kind: str, unit: str, per: str, block: str, *prices: tuple[int, str]) -> dict[str, Any]:
    steps = [{"start": f"{at} {unit}", "price": price, "per": per, "block": block}
             for at, price in prices]  # fmt: skip
    destinations = {"voice": "on_net", "data": ["data", "zero_rated"]}[kind]
    return {"kind": kind, "destination": destinations, "steps": steps}


def before(event: Event) -> Event:
    return replace(event, start_ms=event.start_ms - 1)


RELIEVED = (118, 118, 0)  # a call of 1 s that a grant covers
SMALL = data_pack("d1", "10000", "100 KB", {"rule": "overage", "price": "75", "per": "50 KB",
                                            "block": "50 KB"}, "billed")  # fmt: skip
LONG = ("2021-08-01", "2021-12-01")
FIRST_MINUTE = pack("first", "1000", volumes=voice_volume(
    calls={"rule": "first_part", "under": "1 min"}))  # fmt: skip
TRIPLE = pack("triple", "1000", validity={"days": 17}, volumes=3 * voice_volume())

EDGES: tuple[Edge, ...] = (
    *(
        month_of(begin)
        for begin in (
            "2020-02-01", "2021-01-01", "2021-02-28", "2021-03-01", "2021-04-30", "2021-05-31",
            "2021-06-01", "2021-07-15", "2021-08-01", "2021-09-30", "2021-10-31", "2021-11-01",
            "2021-12-31", "2000-02-29", "2100-02-01",
        )
    ),
    overages("lower rank", {"rank": 2}, {"rank": 1}, ("2021-07-20", "2021-07-21"), 120),
    overages("lower rank, first in order,", {"rank": 1}, {"rank": 2},
             ("2021-07-21", "2021-07-20"), 60),
    overages("earlier expiry", {"validity": {"days": 40}}, {"validity": {"days": 30}},
             ("2021-07-20", "2021-07-21"), 120),
    overages("earlier expiry, first in order,", {"validity": {"days": 30}},
             {"validity": {"days": 40}}, ("2021-07-21", "2021-07-20"), 60),
    overages("earlier purchase", {"validity": {"days": 30}}, {"validity": {"days": 31}},
             ("2021-07-21", "2021-07-20"), 120),
    overages("earlier purchase, first in order,", {"validity": {"days": 31}},
             {"validity": {"days": 30}}, ("2021-07-20", "2021-07-21"), 60),
    overages("first id", {}, {}, ("2021-07-20", "2021-07-20"), 60),
    replace(
        overages("first id, bought later in one moment,", {}, {}, 2 * ("2021-07-20",), 60),
        events=(
            renewal("2021-08-09", "b", 1),
            renewal("2021-08-09", "a", 2),
            call("2021-08-10", 60, 3),
        ),
        expected=((1_000, 0, 1_000), (1_000, 0, 1_000), (60, 0, 60)),
        open_packs=(),
    ),
    Edge(
        "a tail is covered where another source has the last raw unit",
        (replace(data("2021-08-10T12:00:00", 9, 1, "moh.gov.vn"), duration_ms=10_000),),
        ((3, 2, 1),),
        (
            free_hosts(
                valid_from="2021-08-10T12:00:08",
                valid_until="2021-08-10T12:00:09",
                crossing="prorata_time",
            ),
        ),
        catalogue(
            plans=[plan(rates=[{**plan()["rates"][1], "price": "10", "per": "10 B",
                                "block": "10 B"}])],
            packs=[data_pack("d1", "1000", "7 B", {"rule": "plan"})],
        ),
        open_packs=(opened("d1", "2021-07-20", 0, 7),),
    ),
    Edge(
        "lines stand by measure, whatever their natures and the order they came in",
        (call("2021-08-10", 100, 1),),
        ((787, 492, 295),),
        (granted("70 s", "a", 1, place="first"), cut("z", 9, ("voice",), percent="50")),
        catalogue(packs=[FIRST_MINUTE]),
        open_packs=(opened("first", "2021-07-20", 0, 10_000_000),),
    ),
    *(
        Edge(
            f"a bonus by the time that is left of a pack, {name}",
            (data("2021-08-06", 100 * KB, 1),),
            (expected,),
            (more_data("m2", 2, in_use="prorated"),),
            catalogue(packs=[{**SMALL, "volumes": [{**SMALL["volumes"][0], "per": per}]}]),
            open_packs=(opened("d1", "2021-07-26", 0, 0),),
        )
        for name, per, expected in (
            ("by the share of its volume", "pack", (150, 50, 100)),
            ("but the share of a day's volume", "day", (0, 0, 0)),
        )
    ),
    Edge(
        "a day's bonus is not less where little of the pack is left",
        (data("2021-08-06", 150 * KB, 1),),
        ((75, 75, 0),),
        (more_data("m2", 2, in_use="prorated"),),
        catalogue(packs=[{**SMALL, "volumes": [{**SMALL["volumes"][0], "per": "day"}]}]),
        open_packs=(opened("d1", "2021-07-26", 0, 0),),
    ),
    Edge(
        "a measure that begins with the period gives packs in use their bonus, and not before",
        (data("2021-08-05", 50 * KB, 1),),
        ((75, 75, 0),),
        (more_data("m2", 2),),
        catalogue(packs=[SMALL]),
        open_packs=(opened("d1", "2021-07-20", 0, 0),),
        period=("2021-08-05", "2021-10-01"),
    ),
    Edge(
        "a bonus of packs in use begins with the measure, not a moment sooner",
        (before(data("2021-08-05", 50 * KB, 1)), data("2021-08-05", 50 * KB, 2)),
        ((75, 0, 75), (75, 75, 0)),
        (more_data("m2", 2),),
        catalogue(packs=[SMALL]),
        open_packs=(opened("d1", "2021-07-20", 0, 0),),
    ),
    Edge(
        "a grant asked for by a message to the first of the classes is not given by itself",
        (call("2021-08-06", 1, 1), replace(ask("2021-08-07", 2), destination="class:on_net"),
         call("2021-08-08", 1, 3)),
        (PAID, FREE, RELIEVED),
        (granted("6 s", trigger="opt_in", opt_in_destination="on_net"),),
        catalogue(plans=[plan(rates=[*plan()["rates"], SMS])]),
    ),
    Edge(
        "a number of an unknown network that was never ported has the price of others' numbers",
        (
            replace(call("2021-08-10", 1, 1, counterparty=11), destination="mobile:nowhere"),
            replace(call("2021-08-11", 1, 2, counterparty=11), destination="mobile:nowhere"),
        ),
        (PAID, (7, 0, 7)),
        catalogue=catalogue(
            plans=[plan(rates=[VOICE, {**VOICE, "destination": ["off_net"], "price": "70"}])]
        ),
        ports=(Port(11, "viettel", ms("2021-08-10"), ms("2021-08-11")),),
    ),
    Edge(
        "a plan that the catalogue does not know has no tariff",
        (call("2021-08-10", 1, 1), fee("2021-08-10", 2)),
        ("no_tariff", "no_tariff"),
        subscriptions=(subscription(plan="nowhere"),),
    ),
    Edge(
        "a message that costs asks for a grant too",
        (ask("2021-08-06", 1), call("2021-08-07", 1, 2)),
        ((250, 0, 250), RELIEVED),
        (granted("6 s", trigger="opt_in", opt_in_destination="service_999"),),
        catalogue(plans=[plan(rates=[*plan()["rates"], {**SMS, "price": "250"}])]),
    ),
    Edge(
        "of two measures that free a host the first does",
        (data("2021-08-10", 120 * KB, 1, "moh.gov.vn"),),
        ((225, 225, 0),),
        (free_hosts(), free_hosts("z", 4)),
    ),
    Edge(
        "a part of a session too is free from a moment to the last before another",
        tuple(
            replace(event, session=number, partial=1)
            for number, event in enumerate((
                before(data("2021-08-05", 120 * KB, 1, "moh.gov.vn")),
                data("2021-08-05", 120 * KB, 2, "moh.gov.vn"),
                before(data("2021-08-10", 120 * KB, 3, "moh.gov.vn")),
                data("2021-08-10", 120 * KB, 4, "moh.gov.vn")), 1)
        ),
        ((225, 0, 225), (225, 225, 0), (225, 225, 0), (225, 0, 225)),
        (free_hosts(),),
        catalogue(zero_rated_hosts=[
            {"host": "moh.gov.vn", "list": "moh", "valid_from": "2021-01-01",
             "valid_until": "2021-08-10", **SOURCED}]),
    ),
    Edge(
        "a call over the end of a grant that splits is covered up to it",
        (data("2021-08-06", KB, 2), call("2021-09-03T23:59:50", 30, 1)),
        ((75, 0, 75), (590, 197, 393)),
        (granted("50 min", crossing="split_time"),),
    ),
    Edge(
        "a grant covers both calls of the moment it begins at",
        (call("2021-08-05", 1, 1), call("2021-08-05", 1, 2)),
        (RELIEVED, RELIEVED),
        (granted("50 min"),),
    ),
    Edge(
        "a bundle that counts raw draws no tail behind a grant that counts billed units",
        (
            call("2021-08-06", 1, 3),
            data("2021-08-10", 120 * KB, 1),
            data("2021-08-11", 100 * KB, 2),
        ),
        (PAID, FREE, FREE),
        (
            measure("g", 1, {"kinds": ["data"]}, {
                "type": "grant", "amount": "50 KB", "lasts": "30 d", "trigger": "begin",
                "place_in_order": "first", "in_kind_value": "zero"}),
        ),
        catalogue(packs=[data_pack("d1", "1000", "170 KB", {"rule": "plan"})]),
        open_packs=(opened("d1", "2021-07-20", 0, 170 * KB),),
    ),
    Edge(
        "events of many kinds and places, one after the other, each have their price",
        tuple(
            replace(
                call("2021-08-10", 1, n) if n % 2 else data("2021-08-10", KB, n),
                start_ms=ms("2021-08-10") + 1000 * n, locality=f"{n}",
            )
            for n in range(1, 201)
        ),
        100 * (PAID, (75, 0, 75)),
    ),
    Edge(
        "an overage ends with its pack",
        (call("2021-08-19", 60, 1), call("2021-08-20", 60, 2)),
        ((60, 0, 60), (1_180, 0, 1_180)),
        catalogue=catalogue(packs=[ENDING]),
        open_packs=(opened("ending", "2021-07-21", 0),),
    ),
    Edge(
        "a host is free to the last moment before its end, and so is the measure",
        (
            data("2021-08-05", 120 * KB, 5, "moh.gov.vn"),
            before(data("2021-08-10", 120 * KB, 1, "moh.gov.vn")),
            data("2021-08-10", 120 * KB, 2, "moh.gov.vn"),
            before(data("2021-11-05", 120 * KB, 3, "always.vn")),
            data("2021-11-05", 120 * KB, 4, "always.vn"),
        ),
        ((225, 225, 0), (225, 225, 0), (225, 0, 225), (225, 225, 0), (225, 0, 225)),
        (free_hosts(),),
        catalogue(zero_rated_hosts=[
            {"host": "moh.gov.vn", "list": "moh", "valid_from": "2021-01-01",
             "valid_until": "2021-08-10", **SOURCED},
            {"host": "always.vn", "list": "moh", "valid_from": "2021-01-01", **SOURCED}]),
        period=LONG,
    ),
    Edge(
        "a number of an unknown network counts for the carrier it was ported to",
        (
            replace(call("2021-08-10", 1, 1, counterparty=11), destination="mobile:nowhere"),
            replace(call("2021-08-11", 1, 2, counterparty=11), destination="mobile:nowhere"),
        ),
        ((118, 0, 118), "no_tariff"),
        ports=(Port(11, "viettel", ms("2021-08-10"), ms("2021-08-11")),),
    ),
    Edge(
        "an order at use ends before its last moment",
        (before(call("2021-09-21T06:00:00", 1, 1)), call("2021-09-21T06:00:00", 1, 2)),
        (RELIEVED, PAID),
        (granted("50 min", where=AT_USE, lasts="90 d"),),
    ),
    Edge(
        "an interval goes on over a change of the subscription",
        (call("2021-08-09T12:00:00", 1, 1), call("2021-08-20T12:00:00", 1, 2)),
        (RELIEVED, RELIEVED),
        (granted("6 s", where={"directive": 16, "place": "home_at_trigger",
                               "entering": "at_start_only"}, lasts="1 d", repeats="each_term"),),
        subscriptions=(subscription(until_ms=ms("2021-08-10")),
                       subscription(from_ms=ms("2021-08-10"))),
        split="2021-08-09T18:00:00",
    ),
    Edge(
        "a pack in use gets one bonus where the subscription changes at that moment",
        (data("2021-08-06", 100 * KB, 1),),
        ((150, 75, 75),),
        (more_data("m2", 2),),
        catalogue(packs=[SMALL]),
        subscriptions=(subscription(until_ms=ms("2021-08-05")),
                       subscription(from_ms=ms("2021-08-05"))),
        open_packs=(opened("d1", "2021-07-20", 0, 0),),
    ),
    Edge(
        "a grant is asked for inside the measure, and again when the last has ended",
        (
            ask("2021-08-05", 1), call("2021-08-05T01:00:00", 1, 2),
            ask("2021-08-06", 3), call("2021-08-06T01:00:00", 1, 4),
            before(ask("2021-08-07", 5)), call("2021-08-07T01:00:00", 1, 6),
            ask("2021-11-05", 7), call("2021-11-05T01:00:00", 1, 8),
        ),
        (FREE, RELIEVED, FREE, RELIEVED, FREE, PAID, FREE, PAID),
        (granted("6 s", lasts="1 d", trigger="opt_in", opt_in_destination="service_999",
                 repeats="each_term"),),
        catalogue(plans=[plan(rates=[*plan()["rates"], SMS])]),
        period=LONG,
    ),
    Edge(
        "a grant finds room where only what has ended stands in its way",
        (ask("2021-08-10", 1), call("2021-08-10T01:00:00", 1, 2)),
        (FREE, RELIEVED),
        (granted("6 s", trigger="opt_in", opt_in_destination="service_999"),),
        catalogue(plans=[plan(rates=[*plan()["rates"], SMS])], packs=[TRIPLE]),
        open_packs=64 * (opened("triple", "2021-07-20", 0, 1, 1, 1),),
    ),
    Edge(
        "a plan that the catalogue does not know still has the measures that ask for none",
        (renewal("2021-08-06", "vx3", 1), call("2021-08-06T01:00:00", 1, 2)),
        ((20_000, 10_000, 10_000), "no_tariff"),
        (M4,),
        catalogue(packs=VX),
        subscriptions=(subscription(plan="strange"),),
    ),
    Edge(
        "another word for payment is neither prepaid nor postpaid",
        (renewal("2021-08-06", "vx3", 1),),
        ((20_000, 0, 20_000),),
        tuple(
            measure(
                f"m{order}", order, {"kinds": ["pack"], "payments": [word]},
                {"type": "price_cut", "percent": "50"},
            )
            for order, word in enumerate(("prepaid", "postpaid"), 1)
        ),
        catalogue(packs=VX),
        subscriptions=(subscription(payment="POSTPAID"),),
    ),
    Edge(
        "a catalogue without carriers has measures too",
        (replace(call("2021-08-06", 1, 1), carrier="", destination="class:on_net"),),
        (RELIEVED,),
        (granted("6 s"),),
        catalogue(carriers=[], plans=[plan(carrier=None)]),
        subscriptions=(subscription(carrier=""),),
    ),
    Edge(
        "carriers that nobody knows are not one carrier",
        (replace(call("2021-08-06", 1, 1), carrier="wintel"),),
        ("no_subscription",),
        subscriptions=(subscription(carrier="itel"),),
    ),
    Edge(
        "the quota of an open pack begins anew at the midnight after its purchase",
        (data("2021-08-01T10:00:00", 100 * KB, 1), data("2021-08-01T11:00:00", 50 * KB, 2)),
        (FREE, (75, 0, 75)),
        catalogue=catalogue(packs=[pack("daily", "10000", validity={"days": 30}, volumes=[
            {"kind": "data", "destinations": ["data"], "amount": "100 KB", "per": "day"}])]),
        open_packs=(opened("daily", "2021-07-20", 0, 0),),
    ),
    Edge(
        "more than 10^6 messages, 2^40 bytes or 31 days are past every tariff",
        (
            ask("2021-08-06", 1), replace(ask("2021-08-06T01:00:00", 2), units=10**6),
            replace(ask("2021-08-06T02:00:00", 3), units=10**6 + 1),
            data("2021-08-06T03:00:00", 2**40 - 2**40 % (50 * KB), 4),
            data("2021-08-06T04:00:00", 2**40 + 1, 5),
            call("2021-08-07", 31 * 86_400, 6), call("2021-08-08", 31 * 86_400 + 1, 7),
        ),
        (FREE, FREE, "beyond_limit", (1_610_612_700, 0, 1_610_612_700), "beyond_limit",
         (52_675_200, 0, 52_675_200), "beyond_limit"),
        catalogue=catalogue(plans=[plan(rates=[*plan()["rates"], SMS])]),
    ),
    Edge(
        "a call that costs nothing draws no grant",
        (
            replace(call("2021-08-06", 6, 1), destination="emergency"),
            call("2021-08-06T01:00:00", 1, 2),
        ),
        (FREE, RELIEVED),
        (granted("6 s"),),
        catalogue(plans=[plan(rates=[*plan()["rates"], {
            "kind": "voice", "destination": "emergency", "price": "0", "per": "1 min",
            "block": "6 s"}])]),
    ),
    Edge("a fee of 0 is rated", (fee("2021-08-06"),), (FREE,),
         catalogue=catalogue(plans=[plan(monthly_fee="0")])),
    Edge(
        "data lie evenly over their time: a window at the front, inside and at the back",
        tuple(
            replace(data(at, 100 * KB, number, "moh.gov.vn"), duration_ms=seconds * 1000)
            for number, (at, seconds) in enumerate((
                ("2021-08-10T11:59:40", 30), ("2021-08-10T11:59:55", 60),
                ("2021-08-10T12:00:00", 60)), 1)
        ),
        ((225, 100, 125), (225, 50, 175), (225, 50, 175)),
        (free_hosts(where=AT_USE, crossing="prorata_time"),),
        catalogue(
            orders=order_of("2021-08-10T12:00:00", "2021-08-10T12:00:20"),
            plans=[plan(rates=[stepped("data", "KB", "50 KB", "50 KB", (0, "75"), (50, "150"))])],
        ),
    ),
    Edge(
        "restart is for what is covered in part, and no partial is",
        (
            call("2021-08-10T12:00:00", 10, 1, session=9, partial=1),
            call("2021-08-10T12:00:10", 1, 2, session=9, partial=2),
        ),
        ((197, 0, 197), (20, 0, 20)),
        catalogue=catalogue(voice={"coverage_rule": "restart"}),
    ),
    *(
        Edge(
            f"a session pays its fee once it is due, not before ({name})",
            (
                call("2021-08-19T23:59:50", 10, 1, session=9, partial=1),
                call("2021-08-20T00:00:00", 10, 2, session=9, partial=2),
            ),
            (first, (297, 0, 297)),
            measures,
            catalogue(voice={"connect_fee": "100"}, packs=[ENDING],
                      orders=order_of("2021-08-01", "2021-08-19T23:59:55")),
            open_packs=(opened("ending", "2021-07-21", 0),),
        )
        for name, first, measures in (
            ("no cover", (10, 0, 10), ()),
            ("a window", (10, 5, 5), (granted("50 min", where=AT_USE, crossing="split_time"),)),
        )
    ),
    *(
        Edge(
            f"what a bundle covers has no fee, {name}",
            (call("2021-08-10", 1, 1), call("2021-08-10T01:00:00", 1, 2),
             call("2021-08-10T02:00:00", 1, 3, session=9, partial=1),
             call("2021-08-10T02:00:01", 1, 4, session=9, partial=2)),
            (FREE, FREE, FREE, FREE),
            measures,
            catalogue(voice={"connect_fee": "100", "connect_rule": "always"},
                      packs=[pack("v", "1000", volumes=voice_volume())]),
            open_packs=(opened("v", "2021-07-20", 0, 10_000_000),),
        )
        for name, measures in (("alone", ()), ("beside a grant", (granted("6 s"),)))
    ),
    *(
        Edge(
            f"what a {rule} refuses has no fee",
            (call("2021-08-10", 1, 1), call("2021-08-10T01:00:00", 1, 2)),
            (FREE, FREE),
            catalogue=catalogue(
                voice={"connect_fee": "100", "connect_rule": "always"},
                packs=[pack("v", "1000", after=[{"kind": "voice", "rule": rule}])],
            ),
            open_packs=(opened("v", "2021-07-20", 0),),
        )
        for rule in ("stop", "throttle")
    ),
    Edge(
        "a fee that parts of no units pay is their session's only one",
        tuple(
            call(f"2021-08-10T10:00:0{at}", seconds, at, session=9, partial=at)
            for at, seconds in ((1, 0), (2, 0), (3, 1))
        ),
        ((150, 0, 150), (50, 0, 50), (70, 0, 70)),
        catalogue=catalogue(plans=[plan(rates=[{
            "kind": "voice", "destination": "on_net", "connect_fee": "100",
            "connect_rule": "always", "zero_units": "charged", "steps": [
                {"start": "0 s", "price": "1180", "per": "1 min", "block": "1 s", "flat": "50"}],
        }])]),
    ),
    Edge(
        "a part of a session that bills nothing pays no fee, though none was paid",
        (
            call("2021-08-19T23:59:59", 1, 1, session=9, partial=1),
            call("2021-08-20T00:00:00", 1, 2, session=9, partial=2),
            call("2021-08-20T00:00:01", 1, 3, session=9, partial=3),
            call("2021-08-20T00:00:02", 10, 4, session=9, partial=4),
        ),
        ((1, 0, 1), FREE, FREE, (238, 0, 238)),
        catalogue=catalogue(voice={"connect_fee": "100", "connect_rule": "always"}, packs=[ENDING]),
        open_packs=(opened("ending", "2021-07-21", 0),),
    ),
    Edge(
        "what is drawn in two pieces has the value of both",
        (call("2021-08-10", 180, 1),),
        (FREE,),
        (granted("3000 s", place="first"),),
        catalogue(
            plans=[plan(rates=[stepped("voice", "s", "1 min", "1 s", (0, "1180"), (60, "0"),
                                       (120, "600"))])],
            packs=[pack("v", "1000", volumes=voice_volume())],
        ),
        open_packs=(opened("v", "2021-07-20", 0, 10_000_000),),
    ),
    Edge(
        "of grants that end together the earlier is drawn first",
        (call("2021-08-10", 1, 1), call("2021-08-11", 1, 2)),
        (RELIEVED, RELIEVED),
        (granted("6 s", "z", 1), granted("7 s", "a", 2, valid_from="2021-08-06", lasts="29 d")),
        split="2021-08-10T12:00:00",
    ),
    Edge(
        "of grants that begin and end together the first id is drawn first",
        (call("2021-08-10", 1, 1), call("2021-08-11", 1, 2)),
        (RELIEVED, RELIEVED),
        (granted("6 s", "z", 1), granted("7 s", "a", 2)),
        split="2021-08-10T12:00:00",
    ),
    *(
        Edge(
            f"of two bonuses of a volume the {name} is drawn first",
            (data("2021-08-11", 50 * KB, 1), data("2021-08-12", 50 * KB, 2)),
            ((75, 75, 0), (75, 75, 0)),
            (more_data("z", 1), more_data("a", 2, begin)),
            catalogue(packs=[SMALL]),
            open_packs=(opened("d1", "2021-07-20", 0, 0),),
            split=split,
        )
        for name, begin, split in (
            ("earlier given", "2021-08-10", "2021-08-11T12:00:00"),
            ("first id", "2021-08-05", "2021-08-10T12:00:00"),
        )
    ),
)  # fmt: skip
