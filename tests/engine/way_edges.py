"""Edges of the short way: where it ends, and what it need not look up again, as cases.

What they show is seen in what they take (efforts.json), beside the amounts.
"""

from tests.engine.edges import (
    FREE,
    OVERAGE,
    PAID,
    RELIEVED,
    SMALL,
    SMS,
    Edge,
    ask,
    free_hosts,
    granted,
    more_data,
    plan,
    voice_volume,
)
from tests.engine.order_edges import TWO_OWNERS, of_second_owner
from tests.spec.cases import KB, call, catalogue, data, measure, opened, pack
from tests.spec.price_cases import FULL, HALF, priced

FROM = "2021-08-05"
NOTHING = measure("z", 9, {"kinds": ["voice"], "destinations": ["off_net"]},
                  {"type": "zero_rating", "in_kind_value": "zero"}, valid_from=FROM)  # fmt: skip
FREE_TEN_DAYS = measure("z", 9, {"kinds": ["voice"], "destinations": ["on_net"]},
                        {"type": "zero_rating", "in_kind_value": "zero"}, valid_from=FROM,
                        valid_until="2021-08-15")  # fmt: skip
BUNDLE = pack("v", "1000", volumes=voice_volume("10 s"))
ABROAD = pack("w", "1000", volumes=[{**voice_volume("10 s")[0], "destinations": ["off_net"]}])
DATA_OVERAGE = {"kind": "data", "rule": "overage", "price": "10", "per": "50 KB", "block": "50 KB"}
THIN = pack("thin", "1000", validity={"days": 30}, after=[DATA_OVERAGE])


def of_bundles(count: int) -> Edge:
    """Forty of them are for these calls: an event may not draw more than 64."""
    return Edge(
        f"an owner of {count} bundles has what is for the call of each",
        (call("2021-08-10", 401, 1), call("2021-08-11", 1, 2)),
        ((20, 0, 20), PAID),
        catalogue=catalogue(packs=[BUNDLE, ABROAD]),
        open_packs=(
            *40 * (opened("v", "2021-07-20", 0, 10_000),),
            *(count - 40) * (opened("w", "2021-07-20", 0, 10_000),),
        ),
    )


WAY_EDGES: tuple[Edge, ...] = (
    Edge(
        "what a message asks for holds for a call of its moment, the first of a measure",
        (call(FROM, 1, 1), ask(FROM, 2), call(FROM, 1, 3)),
        (PAID, FREE, RELIEVED),
        (granted("6 s", trigger="opt_in", opt_in_destination="service_999"), NOTHING),
        catalogue(plans=[plan(rates=[*plan()["rates"], SMS])]),
    ),
    Edge(
        "two sorts of data of one moment have the overage of one pack",
        (data("2021-08-10", 50 * KB, 1), data("2021-08-10", 50 * KB, 2, "moh.gov.vn")),
        ((10, 0, 10), (10, 0, 10)),
        catalogue=catalogue(packs=[THIN]),
        open_packs=(opened("thin", "2021-07-20", 0),),
    ),
    Edge(
        "two owners call at the first moment of a measure",
        (call(FROM, 1, 1), of_second_owner(call(FROM, 1, 2))),
        (PAID, PAID),
        (NOTHING,),
        subscriptions=TWO_OWNERS,
    ),
    Edge(
        "what one owner's call tells of a measure that has ended holds for no earlier one",
        (call("2021-08-20", 1, 1), of_second_owner(call("2021-08-10", 1, 2))),
        (PAID, RELIEVED),
        (FREE_TEN_DAYS,),
        subscriptions=TWO_OWNERS,
    ),
    Edge(
        "two grants of one month, each from its own moment on",
        (call("2021-08-04", 1, 1), call("2021-08-06", 1, 2), call("2021-08-21", 1, 3)),
        (PAID, RELIEVED, RELIEVED),
        (granted("6 s"), granted("6 s", "m7", 7, valid_from="2021-08-20")),
    ),
    of_bundles(63),
    of_bundles(64),
    of_bundles(65),
    Edge(
        "a pack that is bought at the moment a bonus begins was not in use before",
        (data("2021-08-06", 50 * KB, 1),),
        ((75, 0, 75),),
        (more_data("m2", 2),),
        catalogue(packs=[SMALL]),
        open_packs=(opened("d1", FROM, 0, 0),),
    ),
    *(
        Edge(
            f"two owners' calls in {name} have the price of their hours",
            tuple(
                of_second_owner(call(f"2021-08-10T{hour}", 60, n)) if n > 2
                else call(f"2021-08-10T{hour}", 60, n)
                for n, hour in enumerate(hours, 1)
            ),
            tuple((value, 0, value) for value in values),
            catalogue=priced({**FULL, "hours": one}, {**HALF, "hours": other}),
            subscriptions=TWO_OWNERS,
        )
        for name, one, other, hours, values in (
            ("bands with an hour left out", "10-9", "9-10",
             ("08:59:00", "10:00:00", "08:00:00", "10:59:00"), 4 * (1_180,)),
            ("the first and the last hour", "23-1", "1-23",
             ("00:00:00", "23:59:00", "00:59:00", "23:00:00"), 4 * (1_180,)),
            ("a band of one hour", "10-9", "9-10",
             ("09:00:00", "09:59:59", "09:30:00", "10:00:00"), (590, 590, 590, 1_180)),
        )
    ),
    Edge(
        "a free host is free beside a bundle that has what it needs and one that has nothing",
        (data("2021-08-10", 50 * KB, 1, "moh.gov.vn"), data("2021-08-11", 50 * KB, 2)),
        (FREE, FREE),
        (free_hosts(),),
        catalogue(packs=[SMALL]),
        open_packs=(opened("d1", "2021-07-20", 0, 0), opened("d1", "2021-07-21", 0, 100 * KB)),
    ),
    Edge(
        "a grant comes before what a pack costs once it is used up",
        (call("2021-08-06", 1, 1), call("2021-08-07", 6, 2), call("2021-08-08", 60, 3)),
        (FREE, (6, 3, 3), (60, 0, 60)),
        (granted("3 s"),),
        catalogue(packs=[pack("over", "1000", volumes=voice_volume("1 s"), after=[OVERAGE])]),
        open_packs=(opened("over", "2021-07-20", 0, 1_000),),
    ),
)  # fmt: skip
