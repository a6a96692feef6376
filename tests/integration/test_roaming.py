"""Roaming records, taken in and settled: nothing of the home prices them."""

import duckdb
import pytest

from doisoat.engine.keys.pseudonym import make_key

from ..intake.asn1_records import encoded, tap_file
from ..intake.test_gateway import container, pgw
from ..intake.test_tap import NUMBER, gprs, moc, mtc
from .conftest import done

SUBSCRIPTIONS = "number,account,carrier,plan,segment,payment,home_locality,valid_from,valid_until"


@pytest.fixture
def settled(tmp_path, monkeypatch):
    """(kind, destination, reason) of every event; no reason where it is rated."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("DOISOAT_KEY", raising=False)
    make_key(tmp_path / "data" / "doisoat" / "pseudonym.key", bytes(range(32)))
    home, line = tmp_path / "home", f"{NUMBER},,viettel,viettel.Tomato,standard,prepaid,79"
    master = tmp_path / "subscriptions.csv"
    master.write_text(f"{SUBSCRIPTIONS}\n{line},2021-01-01 00:00:00,\n")
    tap, gateway = tmp_path / "tap", tmp_path / "gateway"
    tap.write_bytes(tap_file([moc(), moc(b"22"), mtc(), gprs()]))
    abroad = pgw(container(1, 9_000), chargingID=2, servingNodePLMNIdentifier=b"\x25\xf0\x10")
    values = (pgw(container(1, 9_000)), abroad)
    gateway.write_bytes(b"".join(encoded("GPRSRecord", value, "gateway") for value in values))
    done("intake", master, "--mapping", "world", "--kind", "subscriptions", "--home", home)
    done("intake", tap, "--mapping", "tap", "--home", home)
    done("intake", gateway, "--mapping", "ts32298", "--home", home)
    done("settle", "--period", "2021-08", "--home", home)
    with duckdb.connect(str(home / "relief.duckdb"), read_only=True) as connection:
        return connection.sql(
            "SELECT kind, destination, reason FROM usage.event LEFT JOIN usage.suspense"
            " USING (event_id) ORDER BY ALL"
        ).fetchall()


def test_roaming_is_suspended_and_home_usage_is_rated(settled):
    assert settled == [
        ("data", "class:roaming_data", "no_tariff"),
        ("data", "class:roaming_data", "no_tariff"),
        ("data", "data", None),
        ("sms", "class:roaming", "no_tariff"),
        ("voice", "class:roaming", "no_tariff"),
        ("voice", "class:roaming_incoming", "no_tariff"),
    ]
