"""Each world against the oracle, under tariffs that are changed here as plain data."""

from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP
from decimal import Decimal as D
from fractions import Fraction

import polars as pl
import pytest

from doisoat.settlement.reconcile.causes import run_figures as ours
from doisoat.settlement.reconcile.causes.causes import ids_of
from doisoat.tariffs.load.tariffs import load_package
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import Package

from .carriers import CHANGE, as_cells, moved
from .conftest import CARRIERS

WAYS = {
    "half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "half_down": ROUND_HALF_DOWN,
    "up": ROUND_CEILING, "down": ROUND_FLOOR,
}  # fmt: skip
SECONDS = {"6 s + 1 s": (6, 1), "50 KB + 50 KB": (50, 50), "1 msg": (1,)}
PER = {"1 min": 60, "50 KB": 50, "1 msg": 1}
UNIT = {"voice": "s", "data": "KB", "sms": "msg"}
BLOCKS = {
    "voice": ("6 s + 1 s", "60 s + 60 s", "1 s + 1 s"),
    "data": ("1 KB + 1 KB", "10 KB + 10 KB", "50 KB + 50 KB", "100 KB + 100 KB", "1 MB + 1 MB"),
}
CHANGED = f"{CHANGE}T00:00"


@pytest.fixture(scope="session", params=CARRIERS)
def carrier(request):
    return request.param


@pytest.fixture(scope="session")
def base(told, tariffs, carrier):
    return told.cells(*tariffs, carrier)


@pytest.fixture
def is_found(found, told, base, carrier):
    """Holds a cause's alternatives to what the oracle makes of these tariffs; how many move."""

    def is_found(cause, expected):
        rows = found[carrier].filter(pl.col("cause") == cause)
        differ = {}
        for detail, (catalogue, package) in expected.items():
            theirs = moved(told.cells(catalogue, package, carrier), base)
            if theirs:
                differ[detail] = theirs
        assert set(rows["detail"].unique()) == set(differ)
        for detail, theirs in differ.items():
            assert as_cells(rows.filter(pl.col("detail") == detail)) == theirs, detail
        return len(differ)

    return is_found


def with_plans(catalogue, change):
    """The catalogue with its plans and packs changed as data."""
    data = catalogue.model_dump(mode="json")
    change(data)
    return Catalogue.model_validate(data)


def with_measures(package, carrier, name, change):
    data = package.model_dump(mode="json")
    for entry in data["measures"]:
        if entry["id"] == name and (entry["carriers"] is None or carrier in entry["carriers"]):
            change(entry)
    return Package.model_validate(data)


def own(items, carrier):
    return [item for item in items if item["carrier"] in (None, carrier)]


def test_recomputed_by_the_oracle_is_the_run(run, base, carrier):
    assert as_cells(ours.cells(run, carrier)) == base and base


def test_each_reading_turned_is_its_package_rated(is_found, tariffs):
    catalogue, package = tariffs
    expected = {
        f"{reading.name}={answer}": (catalogue, load_package("vn-2021-08", {reading.name: answer}))
        for reading in package.readings
        for answer in reading.alternatives
        if answer != reading.default
    }
    assert is_found("reading", expected) >= 5


def test_prices_of_before_and_after_a_change(is_found, tariffs, carrier):
    catalogue, package = tariffs

    def before(data):
        old, new = (p for p in data["plans"] if p["id"] == "viettel.Tomato")
        data["plans"].remove(new)
        old["valid_until"] = None

    def after(data):
        old, new = (p for p in data["plans"] if p["id"] == "viettel.Tomato")
        data["plans"].remove(old)
        new["valid_from"] = old["valid_from"]

    expected = {
        f"{CHANGED}={side}": (with_plans(catalogue, change), package)
        for side, change in (("before", before), ("after", after))
    }
    if carrier != "viettel":
        expected = {}  # whose prices do not change
    assert is_found("tariff_version", expected) == len(expected)


def test_charges_rounded_by_another_rule(is_found, tariffs, carrier):
    catalogue, package = tariffs

    def by(rule):
        def change(data):
            for plan in own(data["plans"], carrier):
                for rate in plan["rates"]:
                    rate["rounding"] = rule

        return change

    def of_blocks(rule):
        def change(data):
            for plan in own(data["plans"], carrier):
                for rate in plan["rates"]:
                    unit, start, steps = UNIT[rate["kind"]], 0, []
                    for size in SECONDS[rate["block"]]:
                        exact = Fraction(rate["price"]) * size / PER[rate["per"]]
                        whole = (D(exact.numerator) / D(exact.denominator)).quantize(
                            D(1), rounding=WAYS[rule]
                        )
                        amount = f"{size} {unit}"
                        steps.append({"start": f"{start} {unit}", "price": str(whole),
                                      "per": amount, "block": amount})  # fmt: skip
                        start += size
                    rate.update(price=None, per=None, block=None, steps=steps)

        return change

    expected = {
        f"{name}={rule}": (with_plans(catalogue, make(rule)), package)
        for name, make in (("per_event", by), ("per_block", of_blocks))
        for rule in WAYS
    }
    assert is_found("rounding", expected) >= 5


def test_usage_billed_by_other_blocks(is_found, tariffs, carrier):
    catalogue, package = tariffs

    def by(kind, size):
        def change(data):
            for plan in own(data["plans"], carrier):
                for rate in plan["rates"]:
                    if rate["kind"] == kind:
                        rate["block"] = size
            for pack in own(data["packs"], carrier):
                for after in pack["after"]:
                    if after["kind"] == kind and after["rule"] == "overage":
                        after["block"] = size

        return change

    expected = {
        f"{kind}={size}": (with_plans(catalogue, by(kind, size)), package)
        for kind, sizes in BLOCKS.items()
        for size in sizes
    }
    assert is_found("block", expected) >= 5


def test_orders_that_begin_or_end_otherwise(is_found, tariffs):
    catalogue, package = tariffs
    day = timedelta(days=1)

    def whole(begin, end):
        midnight = end.replace(hour=0, minute=0)
        return begin.replace(hour=0, minute=0), midnight if midnight == end else midnight + day

    ways = {
        "whole_days": whole,
        "from-1d": lambda begin, end: (begin - day, end),
        "from+1d": lambda begin, end: (begin + day, end),
        "until-1d": lambda begin, end: (begin, end - day),
        "until+1d": lambda begin, end: (begin, end + day),
        "both-1d": lambda begin, end: (begin - day, end - day),
        "both+1d": lambda begin, end: (begin + day, end + day),
    }

    def by(way):
        def change(data):
            moved_orders = []
            for order in data["orders"]:
                begin, end = way(
                    *(datetime.fromisoformat(order[name]) for name in ("valid_from", "valid_until"))
                )
                if begin < end:
                    order.update(valid_from=begin.isoformat(), valid_until=end.isoformat())
                    moved_orders.append(order)
            data["orders"] = moved_orders

        return change

    expected = {
        f"orders={name}": (with_plans(catalogue, by(way)), package) for name, way in ways.items()
    }
    is_found("order_boundary", expected)


def test_places_taken_for_one_another(is_found, tariffs, carrier):
    catalogue, package = tariffs
    expected = {}
    for entry in package.measures:
        if entry.where is None or carrier not in entry.carriers:
            continue
        for place in ("home_at_trigger", "home_at_use", "serving_at_use"):
            changed = with_measures(
                package, carrier, entry.id, lambda one, to=place: one["where"].update(place=to)
            )
            expected[f"{entry.id}={place}"] = (catalogue, changed)
        changed = with_measures(package, carrier, entry.id, lambda one: one.update(where=None))
        expected[f"{entry.id}=anywhere"] = (catalogue, changed)
    assert is_found("locality_policy", expected) >= (1 if carrier != "mobifone" else 0)


def test_measures_without_a_condition(is_found, tariffs, carrier):
    catalogue, package = tariffs
    expected = {}
    for name in {entry.id for entry in package.measures}:
        entries = [one for one in package.measures if one.id == name and carrier in one.carriers]
        for condition in ("packs", "plans", "services", "payments", "segments"):
            if condition == "payments" and len(entries) > 1:
                continue
            changed = with_measures(
                package,
                carrier,
                name,
                lambda one, what=condition: one["scope"].update({what: None}),
            )
            expected[f"{name}-{condition}"] = (catalogue, changed)
    is_found("eligibility", expected)


def test_only_causes_of_the_list_are_told(found, carrier):
    known = {*ids_of("world"), *ids_of("counted")}
    assert set(found[carrier]["cause"].unique()) <= known
