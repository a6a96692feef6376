"""The synthetic month of vn-2024-yagi: who is in the area is given the amount, and it is told."""

import json

import duckdb
import openpyxl
import pytest

from doisoat.tariffs.load.tariffs import load_package
from tests.integration.conftest import done
from tests.packs.conftest import check_here

AMOUNTS = {"viettel": 20_000, "mobifone": 30_000}


@pytest.fixture(scope="module")
def settled(tmp_path_factory):
    home = tmp_path_factory.mktemp("yagi") / "home"
    done("simulate", "--subscribers", "150", "--period", "2024-09", "--home", home)
    done("settle", "--period", "2024-09", "--package", "vn-2024-yagi", "--home", home)
    return home


def database_rows(home, query):
    with duckdb.connect(str(home / "relief.duckdb"), read_only=True) as database:
        return database.execute(query).fetchall()


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
    given = dict(
        database_rows(
            settled,
            "SELECT carrier, sum(given) FROM rated.closing_balance WHERE balance = 'money'"
            " GROUP BY carrier",
        )
    )
    assert given == {carrier: met[carrier] * amount for carrier, amount in AMOUNTS.items()}
    assert set(met) == set(used) == set(AMOUNTS)
    assert counters["grants_given"] == sum(met.values()) > 0
    for carrier, amount in AMOUNTS.items():
        assert 0 < used[carrier] <= met[carrier] * amount


@pytest.mark.parametrize("carrier", AMOUNTS)
def test_the_statement_tells_what_became_of_the_money(settled, carrier):
    """Brought forward + given = used + lapsed + left; all of it lapsed or was used by then."""
    book = openpyxl.load_workbook(settled / "reports" / f"doi-soat-2024-09-{carrier}.xlsx")
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    (at,) = [place for place, row in enumerate(rows) if "Tiền tặng vào tài khoản" in str(row[0])]
    accounts, brought, given, used, lapsed, left = rows[at + 2][3:9]
    ((in_lines,),) = database_rows(
        settled, f"SELECT sum(amount) FROM rated.relief_line WHERE carrier = '{carrier}'"
    )
    assert given == accounts * AMOUNTS[carrier] and used == in_lines
    assert (brought, left) == (0, 0) and given == used + lapsed


def test_the_script_of_a_pack_works_out_what_the_money_paid_and_what_lapsed(settled, tmp_path):
    done("pack", "viettel", "2024-09", "--home", settled, "--out", tmp_path / "pack")
    assert check_here(tmp_path / "pack") is None
