"""The synthetic month of vn-2024-yagi: who is in the area is given the amount, and it is told."""

import json

import duckdb
import pytest

from doisoat.tariffs.load.tariffs import load_package
from tests.integration.conftest import done

AMOUNTS = {"viettel": 20_000, "mobifone": 30_000}


@pytest.fixture(scope="module")
def settled(tmp_path_factory):
    home = tmp_path_factory.mktemp("yagi") / "home"
    done("simulate", "--subscribers", "150", "--period", "2024-09", "--home", home)
    done("settle", "--period", "2024-09", "--package", "vn-2024-yagi", "--home", home)
    return home


def test_subscribers_in_the_area_by_the_amount_are_what_was_given(settled):
    (area,) = load_package("vn-2024-yagi").areas
    with duckdb.connect(str(settled / "relief.duckdb"), read_only=True) as database:
        met = dict(
            database.execute(
                "SELECT carrier, count(DISTINCT owner_id) FROM usage.subscription"
                " WHERE list_contains(?, home_locality[1:2]) AND valid_from < '2024-09-14'"
                " AND coalesce(valid_until, '2025-01-01') > '2024-09-09'"
                " AND (carrier = 'mobifone' OR carrier = 'viettel' AND payment = 'prepaid')"
                " GROUP BY carrier",
                [list(area.localities)],
            ).fetchall()
        )
        used = dict(
            database.execute(
                "SELECT carrier, sum(amount) FROM rated.relief_total GROUP BY carrier"
            ).fetchall()
        )
        natures = database.execute("SELECT DISTINCT nature FROM rated.relief_total").fetchall()
    (manifest,) = settled.glob("runs/*/manifest.json")
    counters = json.loads(manifest.read_text())["counters"]
    assert natures == [("discount",)]
    assert set(met) == set(used) == set(AMOUNTS)
    assert counters["grants_given"] == sum(met.values()) > 0
    for carrier, amount in AMOUNTS.items():
        assert 0 < used[carrier] <= met[carrier] * amount
