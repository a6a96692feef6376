"""The cases of docs/semantics.md, section 6, as data: the oracle and the kernel both run them.

On-net voice costs 1,180 đ a minute, 6 s + 1 s; data 75 đ for 50 KB. What an event leaves of a
balance is told by the events after it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from doisoat.engine.oracle.oracle import Event, Line, OpenPack, Port, Subscription
from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import Measure, Package

GB = 1 << 30
KB = 1 << 10
OWNER = 0x1000
SOURCED = {"source": "docs/semantics.md, section 6", "mark": "assumed"}
AUGUST = ("2021-08-01", "2021-09-01")


def ms(text: str) -> int:
    return quantity.to_ms(datetime.fromisoformat(text))


@dataclass(frozen=True)
class Expected:
    list_value: int
    discount: int
    payable: int
    bundled: int | None = None
    lines: tuple[Line, ...] | None = None
    past_stop: int | None = None
    status: str = "rated"


@dataclass(frozen=True)
class Case:
    number: int
    name: str
    events: tuple[Event, ...]
    expected: tuple[Expected, ...]
    measures: tuple[Measure, ...] = ()
    catalogue: Catalogue = field(default_factory=lambda: catalogue())
    subscription: dict = field(default_factory=dict)
    open_packs: tuple[OpenPack, ...] = ()
    period: tuple[str, str] = AUGUST
    programmes: tuple[str, ...] = ()  # in order of precedence
    areas: tuple[dict, ...] = ()  # of the package
    ceilings: tuple[dict, ...] = ()  # of the package
    subscribed: tuple[Subscription, ...] = ()  # of an account; none: one subscription
    ports: tuple[Port, ...] = ()

    @property
    def package(self) -> Package:
        return package(
            *self.measures, programmes=self.programmes, areas=self.areas, ceilings=self.ceilings
        )

    @property
    def subscriptions(self) -> tuple[Subscription, ...]:
        return self.subscribed or (subscription(**self.subscription),)

    @property
    def period_ms(self) -> tuple[int, int]:
        return ms(self.period[0]), ms(self.period[1])


# --- builders ------------------------------------------------------------------------------------


def catalogue(**changes) -> Catalogue:
    voice = {
        "kind": "voice", "destination": "on_net", "price": "1180", "per": "1 min",
        "block": "6 s + 1 s", **changes.pop("voice", {}),
    }  # fmt: skip
    data = {
        "kind": "data", "destination": ["data", "zero_rated"], "price": "75", "per": "50 KB",
        "block": "50 KB",
    }  # fmt: skip
    body = {
        "currency": {"code": "VND", "decimals": 0},
        "carriers": [
            {"id": name, "name": name, "name_en": name, "mobile": True, "fixed": True, **SOURCED}
            for name in ("viettel", "vnpt")
        ],
        "localities": [{"code": "01", "name": "Hà Nội", "name_en": "Hanoi", **SOURCED}],
        "orders": [
            {
                "id": "hn", "directive": 16, "localities": ["01"],
                "valid_from": "2021-07-24T06:00", "valid_until": "2021-09-21T06:00", **SOURCED,
            }
        ],
        "zero_rated_hosts": [
            {"host": "moh.gov.vn", "list": "moh", "valid_from": "2021-01-01", **SOURCED}
        ],
        "plans": [
            {
                "id": "basic", "carrier": "viettel", "valid_from": "2020-01-01",
                "monthly_fee": "210000", "rates": [voice, data], **SOURCED,
            }
        ],
        **changes,
    }  # fmt: skip
    return Catalogue.model_validate(body)


def pack(identifier: str, price: str, **more) -> dict:
    return {
        "id": identifier, "carrier": "viettel", "price": price, "validity": {"days": 30},
        "valid_from": "2020-01-01", **SOURCED, **more,
    }  # fmt: skip


def measure(identifier: str, order: int, scope: dict, effect: dict, **more) -> Measure:
    body = {
        "id": identifier, "title": identifier, "title_en": identifier, "document": "-",
        "valid_from": "2021-08-05", "valid_until": "2021-11-05", "order": order, "scope": scope,
        "effect": effect, **SOURCED, **more,
    }  # fmt: skip
    return Measure.model_validate(body)


def package(
    *measures: Measure,
    programmes: Sequence[str] = (),
    areas: Sequence[dict] = (),
    ceilings: Sequence[dict] = (),
) -> Package:
    head = {"title": "-", "title_en": "-", "author": "-", "reference": "-"}
    return Package.model_validate({
        "id": "case", **head, "baseline": "catalogue", "measures": measures,
        "programmes": [{"id": name, **head} for name in programmes],
        "areas": [{**area, **SOURCED} for area in areas],
        "ceilings": [{**ceiling, **SOURCED} for ceiling in ceilings],
    })  # fmt: skip


def grant(amount: str, place: str, identifier: str = "m6", order: int = 6, **more) -> Measure:
    effect = {
        "type": "grant", "amount": amount, "lasts": more.pop("lasts", "30 d"), "trigger": "begin",
        "place_in_order": place, "in_kind_value": more.pop("in_kind_value", "list_price"),
    }  # fmt: skip
    return measure(identifier, order, {"kinds": ["voice"]}, effect, **more)


def bonus(in_kind_value: str, in_use: str = "full") -> Measure:
    effect = {
        "type": "bonus_volume", "share": "50", "kinds": ["data"], "pack_in_use": in_use,
        "in_kind_value": in_kind_value,
    }  # fmt: skip
    return measure("m2", 2, {"kinds": ["data"]}, effect)


def cut(identifier: str, order: int, kinds: tuple[str, ...] = ("pack",), **more) -> Measure:
    group = more.pop("exclusive_group", None)
    effect = {"type": "price_cut", **more}
    return measure(identifier, order, {"kinds": kinds}, effect, exclusive_group=group)


M4 = cut("m4", 4, new_price={"vx3": "10000", "vx7": "20000"})
M5 = measure(
    "m5", 5, {"kinds": ["pack"], "packs": ["vx3", "vx7"]},
    {"type": "contribution", "amount": "5000", "to": "quỹ vắc xin"},
)  # fmt: skip


def subscription(**changes) -> Subscription:
    row = Subscription(OWNER, "viettel", "basic", "standard", "prepaid", "01",
                       ms("2020-01-01"), None)  # fmt: skip
    return replace(row, **changes)


def call(at: str, seconds: float, number: int = 1, **more) -> Event:
    units = round(seconds * 1000)
    return Event(number, OWNER, ms(at), "voice", "mobile:viettel", units, units, "viettel",
                 **{"locality": "01", **more})  # fmt: skip


def data(at: str, units: int, number: int = 1, host: str = "") -> Event:
    return Event(number, OWNER, ms(at), "data", "data", units, 60_000, "viettel", host, "01")


def renewal(at: str, name: str, number: int = 1) -> Event:
    return Event(number, OWNER, ms(at), "pack", "renewal", 1, 0, "viettel", pack=name)


def fee(at: str, number: int = 1) -> Event:
    return Event(number, OWNER, ms(at), "fee", "monthly_fee", 1, 0, "viettel")


def opened(name: str, at: str, paid: int, *left: int) -> OpenPack:
    return OpenPack(OWNER, name, ms(at), paid, left)


VOICE_PACK = pack("v40", "10000", volumes=[
    {"kind": "voice", "destinations": ["on_net"], "amount": "40 s"}])  # fmt: skip
VX = [
    pack("vx3", "20000", validity={"days": 3}),
    pack("vx7", "35000", validity={"days": 7}),
    pack("day4990", "4990", validity={"hours": 24}),
    pack("day5000", "5000", validity={"hours": 24}),
]


def data_pack(identifier: str, price: str, amount: str, rule: dict, counts: str = "raw") -> dict:
    volume = {
        "kind": "data", "destinations": ["data", "zero_rated"], "amount": amount, "counts": counts,
    }  # fmt: skip
    return pack(identifier, price, volumes=[volume], after=[{"kind": "data", **rule}])


OVERAGE = {"rule": "overage", "price": "75", "per": "50 KB", "block": "50 KB"}
NOON, LATER, LATEST = "2021-08-10T12:00:00", "2021-08-10T14:00:00", "2021-08-10T18:00:00"


def line(name: str, nature: str, units: int, amount: int) -> Line:
    return Line(name, nature, units, amount)


def _stopped(counts: str, value: str) -> Case:
    """7 GB after buying a pack of 6 GB that stops, with 3 GB of bonus."""
    tail = 0 if counts == "raw" else 18 * KB
    amount = {"pack_average": 3_333, "list_price": 1_572_864 if counts == "raw" else 1_572_891}
    return Case(
        12,
        f"a pack that stops, counted {counts}, shows its bonus in kind at {value}",
        (renewal(NOON, "vx3"), data(LATER, 7 * GB, 2)),
        (
            Expected(20_000, 0, 20_000),
            Expected(0, 0, 0, lines=(line("m2", "in_kind", GB + tail, amount[value]),)),
        ),
        (bonus(value),),
        catalogue(packs=[data_pack("vx3", "20000", "6 GB", {"rule": "stop"}, counts)]),
    )


def _zero_rated(with_quota: bool) -> Case:
    zero_rating = measure(
        "m3", 3, {"kinds": ["data"], "destinations": ["zero_rated"]},
        {"type": "zero_rating", "in_kind_value": "zero"},
    )  # fmt: skip
    quota = data_pack("d1", "10000", "1 GB", {"rule": "stop"}, "billed")
    if with_quota:
        expected = Expected(0, 0, 0, 0, (line("m3", "in_kind", 150 * KB, 0),))
    else:
        expected = Expected(225, 225, 0, 0, (line("m3", "discount", 150 * KB, 225),))
    return Case(
        14,
        f"zero-rated usage is {'in kind with' if with_quota else 'a discount without'} a quota",
        (data(NOON, 120 * KB, host="moh.gov.vn"),),
        (expected,),
        (zero_rating,),
        catalogue(packs=[quota]),
        open_packs=(opened("d1", "2021-07-20", 10_000, GB),) if with_quota else (),
    )


def _at_use(crossing: str) -> Case:
    at_use = {"directive": 16, "place": "home_at_use"}
    inside = {"by_start": 30_000, "split_time": 10_000}[crossing]
    discount = {"by_start": 590, "split_time": 197}[crossing]
    return Case(
        15,
        f"a call over the end of an order, {crossing}",
        (call("2021-09-21T05:59:50", 30),),
        (Expected(590, discount, 590 - discount, 0, (line("m6", "discount", inside, discount),)),),
        (grant("50 min", "last", where=at_use, crossing=crossing, lasts="90 d"),),
        period=("2021-08-01", "2021-10-01"),
    )


def _restart(rule: str, discount: int, payable: int) -> Case:
    return Case(
        4,
        f"33 s with 30 s of grant left, {rule}",
        (call(NOON, 33),),
        (Expected(649, discount, payable, 0, (line("m6", "discount", 30_000, discount),)),),
        (grant("30 s", "last"),),
        catalogue(voice={"coverage_rule": rule}),
    )


def _first(value: str, amount: int, second: int) -> Case:
    return Case(
        6,
        f"a grant drawn first spares the bundle, shown in kind at {value}",
        (call(NOON, 100), call(LATER, 30, 2), call(LATEST, 41, 3)),
        (
            Expected(1_180, 1_180, 0, 0, (
                line("m6", "discount", 60_000, 1_180), line("m6", "in_kind", 40_000, amount))),
            # Case 7: the bundle would have covered it.
            Expected(0, 0, 0, 0, (line("m6", "in_kind", 30_000, second),)),
            # The bundle is untouched: it takes 40 of these 41 s, when the grant has gone.
            Expected(20, 0, 20, 40_000, ()),
        ),
        (grant("130 s", "first", in_kind_value=value),),
        catalogue(packs=[VOICE_PACK]),
        open_packs=(opened("v40", "2021-07-20", 10_000, 40_000),),
    )  # fmt: skip


def _by_base(base: str, m8: int, payable: int) -> Case:
    return Case(
        11,
        f"a second cut on the {base}",
        (renewal(NOON, "day5000"),),
        (Expected(5_000, 2_250 + m8, payable, lines=(
            line("m7", "discount", 1, 2_250), line("m8", "discount", 1, m8))),),
        (cut("m7", 7, percent="45"), cut("m8", 8, percent="50", base=base)),
        catalogue(packs=VX),
    )  # fmt: skip


def _doubled(value: str, segment: str, lines: tuple[Line, ...]) -> Case:
    effect = {"type": "fee_in_kind", "in_kind_value": value, "except_segments": ["doubled_before"]}
    return Case(
        23,
        f"a fibre line with doubled bandwidth, {segment}, at {value}",
        (fee("2021-08-06"),),
        (Expected(210_000, 0, 210_000, lines=lines),),
        (measure("m1", 1, {"kinds": ["fee"]}, effect),),
        subscription={"segment": segment},
    )


CASES: tuple[Case, ...] = (
    Case(
        1,
        "calls without a measure are rounded once",
        (call(NOON, 1), call(LATER, 7, 2), call(LATEST, 60, 3)),
        (Expected(118, 0, 118), Expected(138, 0, 138), Expected(1_180, 0, 1_180, 0, ())),
    ),
    Case(
        2,
        "a grant drawn last covers a call and keeps 2,900 s",
        (call(NOON, 100), call(LATER, 2_901, 2)),
        (
            Expected(1_967, 1_967, 0, 0, (line("m6", "discount", 100_000, 1_967),)),
            Expected(57_053, 57_033, 20, 0, (line("m6", "discount", 2_900_000, 57_033),)),
        ),
        (grant("3000 s", "last"),),
    ),
    Case(
        3,
        "what a grant leaves stays where it lies",
        (call(NOON, 100),),
        (Expected(1_967, 590, 1_377, 0, (line("m6", "discount", 30_000, 590),)),),
        (grant("30 s", "last"),),
    ),
    _restart("continue", 590, 59),
    _restart("restart", 531, 118),
    Case(
        5,
        "a grant drawn last covers what the bundle leaves",
        (call(NOON, 100),),
        (Expected(1_180, 1_180, 0, 40_000, (line("m6", "discount", 60_000, 1_180),)),),
        (grant("3000 s", "last"),),
        catalogue(packs=[VOICE_PACK]),
        open_packs=(opened("v40", "2021-07-20", 10_000, 40_000),),
    ),
    _first("list_price", 787, 590),
    _first("zero", 0, 0),
    Case(
        7,
        "without the package the two calls of case 6 cost 1,770",
        (call(NOON, 100), call(LATER, 30, 2)),
        (Expected(1_180, 0, 1_180, 40_000), Expected(590, 0, 590, 0)),
        catalogue=catalogue(packs=[VOICE_PACK]),
        open_packs=(opened("v40", "2021-07-20", 10_000, 40_000),),
    ),
    Case(
        8,
        "VX3 at its new price, with the contribution beside it",
        (renewal(NOON, "vx3"),),
        (
            Expected(
                20_000,
                10_000,
                10_000,
                lines=(line("m4", "discount", 1, 10_000), line("m5", "contribution", 1, 5_000)),
            ),
        ),
        (M4, M5),
        catalogue(packs=VX),
    ),
    Case(
        9,
        "VX7 at its new price, with the contribution beside it",
        (renewal(NOON, "vx7"),),
        (
            Expected(
                35_000,
                15_000,
                20_000,
                lines=(line("m4", "discount", 1, 15_000), line("m5", "contribution", 1, 5_000)),
            ),
        ),
        (M4, M5),
        catalogue(packs=VX),
    ),
    Case(
        10,
        "the payable is rounded, and the relief is the rest",
        (renewal(NOON, "day4990"),),
        (Expected(4_990, 2_245, 2_745, lines=(line("m7", "discount", 1, 2_245),)),),
        (cut("m7", 7, percent="45"),),
        catalogue(packs=VX),
    ),
    _by_base("residual", 1_375, 1_375),
    _by_base("list", 2_500, 250),
    _stopped("raw", "pack_average"),
    _stopped("raw", "list_price"),
    _stopped("billed", "pack_average"),
    _stopped("billed", "list_price"),
    Case(
        13,
        "bonus volume covers what would have been overage",
        (data(NOON, 100 * KB),),
        (Expected(150, 150, 0, 0, (line("m2", "discount", 100 * KB, 150),)),),
        (bonus("zero"),),
        catalogue(packs=[data_pack("d1", "10000", "1 GB", OVERAGE, "billed")]),
        open_packs=(opened("d1", "2021-07-20", 10_000, 0),),
    ),
    _zero_rated(False),
    _zero_rated(True),
    _at_use("by_start"),
    _at_use("split_time"),
    Case(
        16,
        "a grant of 30 days lives to the last second before its expiry",
        (call("2021-09-03T23:59:59", 6), call("2021-09-04T00:00:00", 6, 2)),
        (Expected(118, 118, 0), Expected(118, 0, 118)),
        (grant("50 min", "last"),),
        period=("2021-08-01", "2021-10-01"),
    ),
    Case(
        17,
        "a pack bought and used in the same second is bought first",
        (call("2021-08-10T12:00:00.100", 10, 1), renewal("2021-08-10T12:00:00.900", "v40", 2)),
        (Expected(10_000, 0, 10_000), Expected(0, 0, 0, 10_000)),
        catalogue=catalogue(packs=[VOICE_PACK]),
    ),
    _doubled("list_price", "standard", (line("m1", "in_kind", 1, 210_000),)),
    _doubled("zero", "standard", (line("m1", "in_kind", 1, 0),)),
    _doubled("list_price", "doubled_before", ()),
    Case(
        24,
        "a grant that is not needed gets no line",
        (call(NOON, 7),),
        (Expected(138, 138, 0, 0, (line("m6", "discount", 7_000, 138),)),),
        (
            grant("3 s", "last", "m7", 7, lasts="60 d"),
            grant("30 s", "last"),
        ),
    ),
    Case(
        25,
        "of an exclusive group the first with an effect holds, not the best",
        (renewal(NOON, "day4990"),),
        (Expected(4_990, 499, 4_491, lines=(line("m7", "discount", 1, 499),)),),
        (
            cut("m7", 7, percent="10", exclusive_group="promotion"),
            cut("m8", 8, percent="50", exclusive_group="promotion"),
        ),
        catalogue(packs=VX),
    ),
    Case(
        26,
        "a cut finds nothing left after one of 100 %",
        (call(NOON, 1),),
        (Expected(118, 118, 0, 0, (line("m7", "discount", 6_000, 118),)),),
        (
            cut("m7", 7, ("voice",), percent="100", exclusive_group="one"),
            cut("m8", 8, ("voice",), percent="60", exclusive_group="other"),
        ),
    ),
    Case(
        27,
        "three partials of one session are one call",
        (
            call("2021-08-10T12:00:00", 1, 1, session=9, partial=1),
            call("2021-08-10T12:00:01", 1, 2, session=9, partial=2),
            call("2021-08-10T12:00:02", 1, 3, session=9, partial=3),
        ),
        (Expected(118, 0, 118), Expected(0, 0, 0), Expected(0, 0, 0)),
    ),
)

LATE = Case(
    18,
    "a late call takes the grant from a later one",
    (call("2021-08-10T11:00:00", 80, 1), call("2021-08-10T10:00:00", 60, 2)),
    (Expected(1_180, 1_180, 0), Expected(1_573, 786, 787)),
    (grant("100 s", "last"),),
)
REFUND = replace(
    CASES[1],
    number=19,
    name="a relieved call that the source charged",
    events=(replace(CASES[1].events[0], charged=1_967),),
    expected=CASES[1].expected[:1],
)
