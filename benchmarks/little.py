"""A little generated world of vn-2021, as the oracle's facts: what the micro suite rates."""

from datetime import datetime
from random import Random
from typing import NamedTuple

from doisoat.engine.oracle.oracle import Event, OpenPack, Port, Subscription
from doisoat.tariffs.load.bundled import DEFAULT_PACKAGE, bundled_catalogue
from doisoat.tariffs.load.tariffs import load_catalogue, load_package
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import Package
from doisoat.tariffs.models.quantity import MS_PER_DAY, to_ms

PERIOD = (to_ms(datetime(2021, 8, 1)), to_ms(datetime(2021, 9, 1)))
PEOPLE = (  # plan, payment, home, pack
    ("viettel.Tomato", "prepaid", "79", "viettel.VX3"),
    ("vnpt.VinaXtra", "prepaid", "01", "vnpt.D60G"),
    ("mobifone.MobiGold", "postpaid", "79", "mobifone.C90N"),
    ("vietnamobile.Prepaid", "prepaid", "46", "vietnamobile.D7"),
)
HOSTS = ("", "", "", "youtube.com", "bluezone.gov.vn")
NETWORKS = ("viettel", "vnpt", "mobifone")


class Little(NamedTuple):
    catalogue: Catalogue
    package: Package
    subscriptions: list[Subscription]
    ports: list[Port]
    events: list[Event]
    open_packs: list[OpenPack]
    period: tuple[int, int] = PERIOD


def make_little(owners: int, events_each: int, seed: int = 2021) -> Little:
    """Owners on four plans, and what they did: packs run out, minutes are granted."""
    rng = Random(seed)
    begin, end = PERIOD
    people, events = [], []
    for owner in range(1, owners + 1):
        plan, payment, home, pack = PEOPLE[owner % len(PEOPLE)]
        carrier = plan.partition(".")[0]
        people.append(
            Subscription(owner, carrier, plan, "standard", payment, home, begin - MS_PER_DAY, None)
        )
        for _ in range(events_each):
            at = rng.randrange(begin, end)
            kind, destination, units, host, bought, duration_ms = "data", "data", 0, "", "", 0
            draw = rng.random()
            if draw < 0.05:
                kind, destination, units, bought = "pack", "renewal", 1, pack
                at = at // 1_000 * 1_000
            elif draw < 0.55:
                units, host = int(rng.lognormvariate(17, 2)), rng.choice(HOSTS)
                duration_ms = units // 1_000
            elif draw < 0.9:
                kind, destination = "voice", f"mobile:{rng.choice(NETWORKS)}"
                units = duration_ms = int(rng.lognormvariate(10.6, 1.2))
            else:
                kind, destination, units = "sms", rng.choice(("mobile:vnpt", "service:999")), 1
            events.append(
                Event(
                    rng.getrandbits(128),
                    owner,
                    at,
                    kind,
                    destination,
                    units,
                    duration_ms,
                    carrier,
                    rating_group=host,
                    locality=home,
                    pack=bought,
                    counterparty=rng.randrange(1, 1_000),
                )
            )
    return Little(
        load_catalogue(bundled_catalogue()),
        load_package(DEFAULT_PACKAGE),
        people,
        [Port(number, "vnpt", begin, None) for number in range(1, 20)],
        events,
        [],
    )
