"""Edges of the order in which things are drawn, and of what owners and numbers share, as cases."""

from dataclasses import replace

from doisoat.engine.oracle.oracle import Port
from tests.engine.edges import FREE, PAID, VOICE, Edge, granted, plan, stepped, voice_volume
from tests.spec.cases import (
    KB,
    OWNER,
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
    renewal,
    subscription,
)
from tests.spec.price_cases import FULL, HALF, banded, priced

DATA = plan()["rates"][1]
OFF_NET = {**VOICE, "destination": ["off_net"], "price": "70"}  # 7 đ a call of 1 s
BOTH_NETS = catalogue(plans=[plan(rates=[VOICE, OFF_NET])])
TWO_OWNERS = (subscription(), subscription(owner=OWNER + 1))


def to(destination: str, event, **more):
    return replace(event, destination=destination, **more)


def of_second_owner(event):
    return replace(event, owner=OWNER + 1)


def both_nets(*packs, **more):
    return catalogue(plans=[plan(rates=[VOICE, OFF_NET])], packs=list(packs), **more)


def averaged():
    """M2, whose volume in kind has the average price of its pack."""
    effect = {"type": "bonus_volume", "share": "50", "kinds": ["data"], "pack_in_use": "full",
              "in_kind_value": "pack_average"}  # fmt: skip
    return measure("m2", 2, {"kinds": ["data"]}, effect)


def wide_of(at: int) -> int:
    """A number whose pseudonym has both halves; those of two neighbours share the first."""
    return (at // 2 + 1) << 64 | (40 - at if at % 2 else 20 - at)


def wide(amount: str) -> list[dict]:
    return [{"kind": "voice", "destinations": ["on_net", "off_net"], "amount": amount}]


ORDER_EDGES: tuple[Edge, ...] = (
    Edge(
        "of packs bought at one moment the first id is drawn first, whichever event came first",
        (
            renewal("2021-08-09", "b", 1),
            renewal("2021-08-09", "a", 2),
            call("2021-08-10", 10, 3),
            to("class:off_net", call("2021-08-11", 10, 4)),
        ),
        ((1_000, 0, 1_000), (1_000, 0, 1_000), FREE, FREE),
        catalogue=both_nets(
            pack("a", "1000", volumes=voice_volume("10 s")), pack("b", "1000", volumes=wide("10 s"))
        ),
    ),
    Edge(
        "of two of one pack bought at one moment the first is drawn whole before the second",
        (
            renewal("2021-08-09", "a", 1),
            renewal("2021-08-09", "a", 2),
            call("2021-08-10", 20, 3),
            to("class:off_net", call("2021-08-11", 20, 4)),
        ),
        ((1_000, 0, 1_000), (1_000, 0, 1_000), FREE, (12, 0, 12)),
        catalogue=both_nets(pack("a", "1000", volumes=voice_volume("10 s") + wide("10 s"))),
    ),
    Edge(
        "each of many numbers has its own port",
        tuple(
            to("mobile:viettel",
               call(f"2021-08-10T10:00:{at:02}", 1, at + 1, counterparty=wide_of(at)))
            for at in range(16)
        ),
        8 * ((7, 0, 7), PAID),
        catalogue=BOTH_NETS,
        ports=tuple(
            Port(wide_of(at), "vnpt", ms("2021-08-01"), ms("2021-09-01")) for at in range(0, 16, 2)
        ),
    ),
    Edge(
        "a number that was ported twice is where the second port took it",
        tuple(
            to("mobile:viettel", call(f"2021-08-{day:02}", 1, day, counterparty=12))
            for day in (9, 10, 20)
        ),
        (PAID, (7, 0, 7), PAID),
        catalogue=BOTH_NETS,
        ports=(
            Port(11, "vnpt", ms("2021-08-01"), ms("2021-09-01")),
            Port(12, "viettel", ms("2021-08-01"), ms("2021-08-10")),
            Port(12, "vnpt", ms("2021-08-10"), ms("2021-08-20")),
            Port(12, "viettel", ms("2021-08-20"), ms("2021-09-01")),
            Port(13, "vnpt", ms("2021-08-01"), ms("2021-09-01")),
        ),
    ),
    *(
        Edge(
            f"an owner's call before another's in {name} has the price of its own hour",
            (
                call(f"2021-08-{days[0]}", 60, 1),
                of_second_owner(call(f"2021-08-{days[1]}", 60, 2)),
                of_second_owner(call(f"2021-08-{days[2]}", 60, 3)),
            ),
            ((590, 0, 590), (1_180, 0, 1_180), (590, 0, 590)),
            catalogue=one,
            subscriptions=TWO_OWNERS,
        )
        for name, one, days in (
            ("an hour", banded("by_start", FULL, HALF),
             ("10T13:30:00", "10T11:59:59", "10T12:00:00")),
            ("a later hour", banded("by_start", FULL, HALF),
             ("10T14:30:00", "10T11:59:59", "10T23:59:59")),
            ("a day", priced({**FULL, "days": "mon-fri"}, {**HALF, "days": "sat, sun, holiday"}),
             ("14T00:00:05", "13T23:59:59", "14T00:00:01")),
        )
    ),
    Edge(
        "only hosts on the lists of a measure are free by it",
        (
            data("2021-08-10T10:00:00", KB, 1, "elsewhere.vn"),
            data("2021-08-10T10:00:01", KB, 2, "moh.gov.vn"),
            data("2021-08-10T10:00:02", KB, 3, "elsewhere.vn"),
        ),
        ((75, 0, 75), (75, 75, 0), (75, 0, 75)),
        (
            measure("m3", 3, {"kinds": ["data"], "host_lists": ["moh"]},
                    {"type": "zero_rating", "in_kind_value": "list_price"}),
        ),
    ),
    Edge(
        "what a host is free of has its list price in kind where a bundle would have covered it",
        (data("2021-08-10", 120 * KB, 1, "moh.gov.vn"),),
        ((75, 75, 0),),
        (
            measure("m3", 3, {"kinds": ["data"], "destinations": ["zero_rated"]},
                    {"type": "zero_rating", "in_kind_value": "list_price"}),
        ),
        catalogue(packs=[data_pack("d1", "1000", "1 GB", {"rule": "plan"}, "billed")]),
        open_packs=(opened("d1", "2021-07-20", 0, 100 * KB),),
    ),
    Edge(
        "a pack of 48 hours has the quota of two days",
        (renewal("2021-08-10", "h48", 1), data("2021-08-10T12:00:00", 150 * KB, 2)),
        ((1_000, 0, 1_000), FREE),
        (averaged(),),
        catalogue(packs=[pack(
            "h48", "1000", validity={"hours": 48},
            volumes=[{"kind": "data", "destinations": ["data", "zero_rated"], "amount": "100 KB",
                      "per": "day"}],
            after=[{"kind": "data", "rule": "stop"}])]),
    ),
    Edge(
        "a connect fee of the least amount is paid once in a session",
        tuple(
            replace(data(f"2021-08-10T10:00:0{n}", 10, n), session=9, partial=n) for n in (1, 2, 3)
        ),
        ((11, 0, 11), (10, 0, 10), (10, 0, 10)),
        catalogue=catalogue(plans=[plan(rates=[
            {**DATA, "price": "1", "per": "1 B", "block": "1 B", "connect_fee": "1"}
        ])]),
    ),
    Edge(
        "what an owner brings is not another's whose id begins alike",
        (call("2021-08-10", 1, 1), of_second_owner(call("2021-08-10", 1, 2))),
        (PAID, FREE),
        catalogue=catalogue(packs=[pack("v", "1000", volumes=voice_volume("10 s"))]),
        subscriptions=TWO_OWNERS,
        open_packs=(replace(opened("v", "2021-07-20", 0, 10_000), owner=OWNER + 1),),
    ),
    Edge(
        "what is in kind is the first of what was drawn, in two pieces too",
        (call("2021-08-10", 180, 1),),
        ((600, 600, 0),),
        (granted("3000 s", place="first"),),
        catalogue(
            plans=[plan(rates=[stepped("voice", "s", "1 min", "1 s", (0, "1180"), (60, "0"),
                                       (120, "600"))])],
            packs=[pack("v", "1000", volumes=voice_volume())],
        ),
        open_packs=(opened("v", "2021-07-20", 0, 60_000),),
    ),
    Edge(
        "the average price of a small pack is that of its own units at the list price",
        (renewal("2021-08-10", "b4", 1), data("2021-08-10T12:00:00", 6, 2)),
        ((1_000, 500, 500), FREE),
        (averaged(), cut("m7", 7, percent="50")),
        catalogue(
            plans=[plan(rates=[{**DATA, "price": "1", "per": "1 B", "block": "1 B"}])],
            packs=[data_pack("b4", "1000", "4 B", {"rule": "stop"}, "billed")],
        ),
    ),
    Edge(
        "a pack comes before a fee of its second, whichever began first",
        (renewal("2021-08-10T00:00:00.500", "v", 1), fee("2021-08-10T00:00:00.100", 2)),
        ((1_000, 0, 1_000), (210_000, 0, 210_000)),
        catalogue=catalogue(packs=[pack("v", "1000", volumes=voice_volume("10 s"))]),
    ),
)  # fmt: skip
