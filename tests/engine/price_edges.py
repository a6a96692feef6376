"""Edges of charge models, time bands, money of packs and caps, as cases."""

from dataclasses import replace

from tests.engine.edges import LONG, VOICE, Edge, plan
from tests.spec.cases import (
    KB,
    OWNER,
    SOURCED,
    bonus,
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
from tests.spec.price_cases import FULL, HALF, PRICE_CASES, TIERS, banded, priced

CREDIT = pack(
    "credit",
    "1000",
    volumes=[{"kind": "any", "destinations": ["on_net"], "amount": "1000", "counts": "money"}],
)
FREE_HOST = measure(
    "m3",
    3,
    {"kinds": ["data"], "destinations": ["zero_rated"]},
    {"type": "zero_rating", "in_kind_value": "zero"},
)


def bundled_host(counts: str, left: int, expected: tuple[int, int, int]) -> Edge:
    """120 KB, billed as 150, to a free host, with so much left in a bundle."""
    return Edge(
        f"of a free host {left // KB} KB that count {counts} are in kind",
        (data("2021-08-10", 120 * KB, 1, "moh.gov.vn"),),
        (expected,),
        (FREE_HOST,),
        catalogue(packs=[data_pack("d1", "1000", "1 GB", {"rule": "plan"}, counts)]),
        open_packs=(opened("d1", "2021-07-20", 0, left),),
    )


def parts(*events):
    return tuple(replace(event, session=9, partial=n) for n, event in enumerate(events, 1))


def versions(first, second):
    """Two versions of the plan, the second from 15 August on."""
    return [
        plan(rates=[{**VOICE, "price": first}], valid_until="2021-08-15"),
        plan(rates=[{**VOICE, "price": second}], valid_from="2021-08-15"),
    ]


def steps_over(crossing: str, value: int) -> Edge:
    """Tiers to noon and dear ones after; the call's second minute begins at noon."""
    later = [{**step, "price": f"1{step['price']}"} for step in TIERS]
    first, second = {"steps": TIERS}, {"steps": later}
    return Edge(
        f"a step that begins with a band has the band's price, {crossing}",
        (call("2021-08-10T11:59:00", 120),),
        ((value, 0, value),),
        catalogue=banded(crossing, first, second),
    )


ENDING_ORDER = [
    {
        "id": "o",
        "directive": 16,
        "localities": ["01"],
        "valid_from": "2021-08-10T06:00",
        "valid_until": "2021-08-20T06:00",
        **SOURCED,
    }
]
DAILY = pack("day", "4990", validity={"hours": 24})
FOUR_STEPS = [
    {"start": begin, "price": price, "per": "1 min", "block": "1 s"}
    for begin, price in (("0 s", "1200"), ("60 s", "900"), ("120 s", "600"), ("240 s", "300"))
]
PRICE_EDGES: tuple[Edge, ...] = (
    *(
        Edge(
            f"case {case.number}: {case.name}",
            case.events,
            tuple((want.list_value, want.discount, want.payable) for want in case.expected),
            case.measures,
            case.catalogue,
            case.subscriptions,
            open_packs=case.open_packs,
            period=case.period,
        )
        for case in PRICE_CASES
    ),
    bundled_host("billed", 130 * KB, (30, 30, 0)),
    bundled_host("raw", 110 * KB, (60, 60, 0)),
    bundled_host("raw", 120 * KB, (0, 0, 0)),
    bundled_host("raw", 130 * KB, (0, 0, 0)),
    Edge(
        "a session goes on at the price it began with",
        parts(call("2021-08-14T23:59:00", 60, 1), call("2021-08-15T00:00:00", 60, 2)),
        ((1_180, 0, 1_180), (1_180, 0, 1_180)),
        catalogue=catalogue(plans=versions("1180", "2360")),
    ),
    Edge(
        "a session that began before its band goes on apart",
        parts(call("2021-08-10T11:59:00", 60, 1), call("2021-08-10T12:00:00", 60, 2)),
        ((1_180, 0, 1_180), (590, 0, 590)),
        catalogue=banded("split_apart", FULL, HALF),
    ),
    Edge(
        "parts of a session lie in their bands",
        parts(
            call("2021-08-10T11:59:30", 20, 1),
            call("2021-08-10T11:59:50", 20, 2),
            call("2021-08-10T12:00:10", 20, 3),
        ),
        ((393, 0, 393), (295, 0, 295), (197, 0, 197)),
        catalogue=banded("split_time", FULL, HALF),
    ),
    Edge(
        "a part in the second band alone is billed by its blocks from where the band begins",
        parts(
            call("2021-08-10T11:59:58", 1, 1),
            call("2021-08-10T11:59:59", 3, 2),
            call("2021-08-10T12:00:02", 60, 3),
        ),
        ((118, 0, 118), (59, 0, 59), (551, 0, 551)),
        catalogue=banded("split_apart", FULL, HALF),
    ),
    Edge(
        "each of four steps has its price, and costs what lies below it",
        tuple(call("2021-08-10", length, n) for n, length in enumerate((30, 90, 200, 300), 1)),
        tuple((value, 0, value) for value in (600, 1_650, 2_900, 3_600)),
        catalogue=priced({"steps": FOUR_STEPS}),
    ),
    steps_over("split_time", 1_180 + 1_590),
    steps_over("split_apart", 1_180 + 11_180),
    Edge(
        "a call apart may be billed to its limit, and no further",
        (call("2021-08-10T11:59:50", 20, 1), call("2021-08-11T11:59:50", 21, 2)),
        ((295, 0, 295), "beyond_limit"),
        catalogue=banded(
            "split_apart",
            {**FULL, "block": "10 s", "beyond": "refuse at 20 s"},
            {**HALF, "block": "10 s"},
        ),
    ),
    Edge(
        "no band, no price: at the start, or later in the call",
        (
            call("2021-08-10T09:00:00", 60, 1),
            call("2021-08-10T11:59:30", 30, 2),
            call("2021-08-11T11:59:30", 31, 3),
            call("2021-08-10T14:00:00", 1, 4),
        ),
        ((1_180, 0, 1_180), (590, 0, 590), "no_tariff", "no_tariff"),
        catalogue=priced({**FULL, "hours": "0-12", "crossing": "split_time"}),
    ),
    Edge(
        "a most of nothing is nothing",
        (call("2021-08-10", 60, 1),),
        ((0, 0, 0),),
        catalogue=priced({**FULL, "maximum_charge": "0"}),
    ),
    Edge(
        "money that is bought between two calls pays the second",
        (
            call("2021-08-10", 60, 1),
            renewal("2021-08-11", "credit", 2),
            call("2021-08-12", 60, 3),
            call("2021-08-13", 60, 4),
        ),
        ((1_180, 0, 1_180), (1_000, 0, 1_000), (180, 0, 180), (1_180, 0, 1_180)),
        catalogue=catalogue(packs=[CREDIT]),
    ),
    Edge(
        "money ends with its pack",
        (call("2021-08-18T23:59:59", 1, 1), call("2021-08-19T00:00:00", 1, 2)),
        ((0, 0, 0), (118, 0, 118)),
        catalogue=catalogue(packs=[CREDIT]),
        open_packs=(opened("credit", "2021-07-20", 0, 500),),
    ),
    Edge(
        "a cut by an order holds from its first moment to the last before its end",
        (
            renewal("2021-08-10T05:59:59", "day", 1),
            renewal("2021-08-10T06:00:00", "day", 2),
            renewal("2021-08-20T05:59:59", "day", 3),
            renewal("2021-08-20T06:00:00", "day", 4),
        ),
        ((4_990, 0, 4_990), (4_990, 2_245, 2_745), (4_990, 2_245, 2_745), (4_990, 0, 4_990)),
        (
            cut("m7", 7, percent="45").model_copy(
                update={
                    "where": measure(
                        "w",
                        1,
                        {"kinds": ["pack"]},
                        {"type": "price_cut", "minus": "1"},
                        where={"directive": 16, "place": "home_at_use"},
                    ).where
                }
            ),
        ),
        catalogue(packs=[DAILY], orders=ENDING_ORDER),
        period=LONG,
    ),
    Edge(
        "a fee is due to the last moment of its plan",
        (replace(fee("2021-08-15", 1), start_ms=ms("2021-08-15") - 1), fee("2021-08-15", 2)),
        ((210_000, 0, 210_000), "no_tariff"),
        catalogue=catalogue(plans=[plan(valid_until="2021-08-15")]),
    ),
    Edge(
        "a share of what is left of each pack in use",
        (data("2021-08-10", 500 * KB, 1),),
        ((300, 225, 75),),
        (bonus("zero", "remaining"),),
        catalogue(packs=[data_pack(name, "1000", "1 MB", {"rule": "plan"}) for name in "ab"]),
        open_packs=(
            opened("a", "2021-07-20", 0, 100 * KB),
            opened("b", "2021-07-21", 0, 200 * KB),
        ),
    ),
    Edge(
        "a tail is left where the last raw unit alone is",
        (data("2021-08-10", 120 * KB, 1),),
        ((45, 0, 45),),
        catalogue=catalogue(
            plans=[plan(rates=[VOICE, {**plan()["rates"][1], "maximum_charge": "1000"}])],
            packs=[data_pack("d1", "1000", "1 MB", {"rule": "plan"})],
        ),
        open_packs=(opened("d1", "2021-07-20", 0, 120 * KB - 1),),
    ),
    Edge(
        "a cap is whole for each owner",
        tuple(
            replace(renewal(f"2021-08-1{day}", "day", 10 * n + day), owner=OWNER + n)
            for n in range(3)
            for day in (0, 1)
        ),
        ((4_990, 2_245, 2_745), (4_990, 755, 4_235)) * 3,
        (
            cut("m7", 7, percent="45").model_copy(
                update={
                    "cap": measure(
                        "c",
                        1,
                        {"kinds": ["pack"]},
                        {"type": "price_cut", "minus": "1"},
                        cap={"amount": "3000", "per": "owner"},
                    ).cap
                }
            ),
        ),
        catalogue(packs=[DAILY]),
        tuple(subscription(owner=OWNER + n) for n in range(3)),
    ),
)
