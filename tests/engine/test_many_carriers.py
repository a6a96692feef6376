"""A country of a thousand carriers: none of them moves another's figures, wherever it stands."""

from collections import Counter
from dataclasses import replace
from functools import lru_cache
from random import Random

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doisoat.engine.oracle.oracle import Event, Port, Subscription
from doisoat.settlement.figures.period import MS_PER_DAY
from doisoat.settlement.settle.settle import SettleRequest, settle
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import Package
from tests.implementations import IMPLEMENTATIONS, facts, outcomes, outcomes_and_close
from tests.integration.conftest import done
from tests.packs.conftest import check_here
from tests.profiles import examples
from tests.recorder import Recorded
from tests.spec.cases import SOURCED, catalogue, grant, measure, ms, package
from tests.tariff_worlds import CARRIERS
from tests.world_homes import write_home
from tests.worlds import make_world

SEEDS = st.integers(0, 2**32 - 1)
NAMES = tuple(f"c{number:04}" for number in range(1, 1_001))
MONTH = "2021-08"
PERIOD = (ms("2021-08-01"), ms("2021-09-01"))


def described(name: str) -> dict:
    return {"id": name, "name": name, "name_en": name, "mobile": True, "fixed": True, **SOURCED}


def renamed(value, names):
    """The value with other names of carriers, wherever it has them."""
    if isinstance(value, dict):
        return {renamed(key, names): renamed(one, names) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [renamed(one, names) for one in value]
    if not isinstance(value, str):
        return value
    network, colon, carrier = value.partition(":")
    return f"{network}:{names.get(carrier, carrier)}" if colon else names.get(value, value)


def among_a_thousand(world, names):
    """The same world, whose carriers are two of a thousand."""
    body = renamed(world.catalogue.model_dump(mode="json"), names)
    body["carriers"] = [described(name) for name in NAMES]
    return replace(
        world,
        catalogue=Catalogue.model_validate(body),
        package=Package.model_validate(renamed(world.package.model_dump(mode="json"), names)),
        subscriptions=tuple(replace(s, carrier=names[s.carrier]) for s in world.subscriptions),
        ports=tuple(replace(p, carrier=names[p.carrier]) for p in world.ports),
        events=tuple(
            replace(
                e, carrier=names[e.carrier], destination=renamed(e.destination, names)
            )
            for e in world.events
        ),
    )  # fmt: skip


@settings(max_examples=examples(0.1))
@given(seed=SEEDS, places=st.tuples(st.integers(0, 998), st.integers(1, 999)))
def test_a_carrier_among_a_thousand_is_rated_as_among_two(seed, places):
    """Names in the order in which they were: what is equal else is taken by them."""
    world, (first, second) = make_world(seed), sorted(places)
    if first == second:
        second += 1
    names = dict(zip(CARRIERS, (NAMES[first], NAMES[second % 1_000]), strict=True))
    other = among_a_thousand(world, names)
    expected = [facts(one) for one in outcomes("oracle", *world.inputs)]
    for implementation in IMPLEMENTATIONS:
        assert [facts(one) for one in outcomes(implementation, *other.inputs)] == expected


# --- hundreds of them with events ----------------------------------------------------------------


@lru_cache
def tariffs() -> tuple[Catalogue, Package]:
    """Each carrier has a plan at its own price; every third is under the package."""

    def rate(kind: str, destination, price: int, **more) -> dict:
        return {"kind": kind, "destination": destination, "price": str(price), **more}

    plans = [
        {
            "id": f"plan-{name}", "carrier": name, "valid_from": "2020-01-01",
            "monthly_fee": str(100_000 + number), **SOURCED,
            "rates": [
                rate("voice", "on_net", 600 + number, per="1 min", block="6 s + 1 s"),
                rate("voice", "off_net", 1_800 + number, per="1 min", block="6 s + 1 s"),
                rate("data", ["data", "zero_rated"], 75, per="50 KB", block="50 KB"),
            ],
        }
        for number, name in enumerate(NAMES)
    ]  # fmt: skip
    free = measure(
        "m3", 3, {"kinds": ["data"], "destinations": ["zero_rated"]},
        {"type": "zero_rating", "in_kind_value": "zero"}, carriers=NAMES[::3],
    )  # fmt: skip
    at_home = {"directive": 16, "place": "home_at_trigger"}
    given_once = grant("50 s", "last", carriers=NAMES[1::3], where=at_home)
    return (
        catalogue(carriers=[described(name) for name in NAMES], plans=plans),
        package(free, given_once),
    )


def country(carriers: int):
    """Owners of so many carriers, two of whom are at many of them; and what they did."""
    drawn = Random(7)
    chosen = sorted({*drawn.sample(NAMES, carriers), NAMES[0], NAMES[31], NAMES[32], NAMES[999]})
    at = {drawn.getrandbits(128) | 1: [name] for name in chosen}
    at |= {
        drawn.getrandbits(128) | 1: drawn.sample(chosen, many)
        for many in (carriers // 6, carriers * 3 // 4)
    }
    numbers = [drawn.getrandbits(128) | 1 for _ in range(20)]
    people, events = [], []
    for owner, names in at.items():
        for name in names:
            people.append(Subscription(owner, name, f"plan-{name}", "standard", "prepaid", "01",
                                       ms("2020-01-01"), None))  # fmt: skip
            for _ in range(drawn.choice((1, 3, 5))):
                start = drawn.randrange(*PERIOD)
                if drawn.random() < 0.3:
                    host = drawn.choice(("", "moh.gov.vn"))
                    units = drawn.randrange(1, 400_000)
                    kind, network, number = "data", "data", 0
                else:
                    host, units = "", drawn.randrange(1, 90_000)
                    kind, network = "voice", f"mobile:{drawn.choice((name, drawn.choice(NAMES)))}"
                    number = drawn.choice(numbers)
                events.append(Event(drawn.getrandbits(128), owner, start, kind, network, units,
                                    units, name, host, "01", counterparty=number))  # fmt: skip
    ports = [
        Port(number, drawn.choice(NAMES), drawn.randrange(*PERIOD), None) for number in numbers[:9]
    ]
    return people, ports, events


@pytest.fixture(scope="module")
def inputs():
    return (*tariffs(), *country(400), PERIOD)


@pytest.fixture(scope="module")
def expected(inputs):
    return outcomes("oracle", *inputs)


def test_four_hundred_carriers_are_rated_as_the_oracle_rates_them(inputs, expected):
    found, closing = outcomes_and_close("kernel", *inputs)
    assert [facts(one) for one in found] == [facts(one) for one in expected]
    assert {one.status for one in found} == {"rated"}
    assert {line.measure for one in found for line in one.lines} == {"m3", "m6"}
    assert closing["carrier"].n_unique() > 100


def test_their_totals_and_sums_of_owners_are_those_of_their_events(inputs, expected):
    """By day and carrier; of an owner a row a carrier, carriers in their order."""
    work = Recorded(inputs)
    columns = work.again(work.events, owners_since=PERIOD[0] // MS_PER_DAY).columns()
    place = {name: at for at, name in enumerate(("", *NAMES))}
    by_carrier: Counter = Counter()
    by_owner: Counter = Counter()
    for one in expected:
        carrier = place[one.event.carrier]
        by_carrier[carrier, one.event.start_ms // MS_PER_DAY] += one.list_value
        by_owner[one.event.owner, carrier] += one.payable
    totals = columns["totals"]
    found: Counter = Counter()
    for carrier, day, value in zip(
        totals["carrier"].view(), totals["day"].view(), totals["list_value"].view(), strict=True
    ):
        found[carrier, day] += value
    assert found == by_carrier
    owners = columns["owners"]
    rows = [
        ((hi % 2**64) << 64 | lo % 2**64, carrier, payable)
        for hi, lo, carrier, payable in zip(
            *(owners[name].view() for name in ("owner_hi", "owner_lo", "carrier", "payable")),
            strict=True,
        )
    ]
    assert rows == [(*key, by_owner[key]) for key in sorted(by_owner)]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A month of forty of them, settled."""
    people, ports, events = country(40)
    path = write_home(tmp_path_factory.mktemp("many") / "out", people, ports, (), [events])
    settle(path, SettleRequest(*tariffs(), MONTH, threads=1))
    return path


def test_a_month_of_theirs_is_settled_by_carrier(home):
    """A statement each, whose figures are those of its events."""
    found = outcomes("oracle", *tariffs(), *country(40), PERIOD)
    figures = {name: [0, 0, 0] for name in {one.event.carrier for one in found}}
    for one in found:
        for at, value in enumerate((1, one.list_value, one.payable)):
            figures[one.event.carrier][at] += value
    with duckdb.connect(home / "relief.duckdb", read_only=True) as con:
        rows = con.execute(
            "SELECT carrier, events, list_value, payable FROM settlement.statement ORDER BY carrier"
        ).fetchall()
    assert len(rows) == len(figures) >= 40
    assert rows == [(name, *figures[name]) for name in sorted(figures)]


@pytest.mark.parametrize("place", [31, 999])
def test_the_evidence_pack_of_one_of_them_checks_itself(home, place, tmp_path):
    done("pack", NAMES[place], MONTH, "--home", home, "--out", tmp_path / "pack")
    assert check_here(tmp_path / "pack") is None
    assert pl.read_parquet(tmp_path / "pack/tables/event.parquet")[
        "carrier"
    ].unique().to_list() == [NAMES[place]]
