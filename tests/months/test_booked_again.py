"""What was booked, taken back and booked again; a call that a correction moves to another day;
units that move no amount; packages whose envelope is another, or gone."""

import copy
import json
import shutil

import polars as pl
import pytest

from doisoat.tariffs.load.bundled import bundled_catalogue
from tests.integration.conftest import done, rows

from .story import CAP, accounted, run_of, statements

JULY, AUGUST = "2021-07", "2021-08"
CURRENT = "SELECT period, carrier, {} FROM settlement.statement"


@pytest.fixture
def signed(story, after_late, tmp_path):
    """The story as it stood when its months were signed, to be told otherwise."""
    other = copy.copy(story)
    other.home, other.transcript = shutil.copytree(after_late["signed"], tmp_path / "out"), []
    return other


def is_all_accounted(home, month):
    current = {key: row for key, row in statements(home, CURRENT).items() if key[0] == month}
    return {key: row for key, row in accounted(home).items() if key[0] == month} == current


def test_what_was_taken_back_may_be_booked_again(signed, tmp_path):
    """Each time it counts, though month, runs and booked month are those of the first."""
    catalogue = tmp_path / "catalogue"
    shutil.copytree(bundled_catalogue(), catalogue)
    plans = catalogue / "plans.yaml"
    plans.write_text(plans.read_text("utf-8").replace('price: "1590"', 'price: "1580"'), "utf-8")
    signed.supersede(JULY)
    moved, ids = [], set()
    for more in (("--catalogue", catalogue), (), ("--catalogue", catalogue)):
        (told,) = signed.settle_and_adjust([JULY], *more).values()
        moved.append(told["totals"]["payable"])
        ids.add(told["adjustment"])
        assert is_all_accounted(signed.home, JULY)
    assert moved[0] == -moved[1] == moved[2] < 0 and len(ids) == 3
    assert done("verify", signed.home)["ok"]


def test_a_call_that_a_correction_moves_to_another_day_is_booked_on_both(signed):
    ((event, day),) = rows(signed.home, """
        SELECT event_id::VARCHAR, start_at::DATE::VARCHAR FROM usage.event
        WHERE carrier = 'vietnamobile' AND kind = 'voice' AND start_at::DATE = '2021-07-10'
            AND units > 0 AND destination LIKE 'mobile:%' AND session_key IS NULL
        ORDER BY start_at LIMIT 1
    """)  # fmt: skip
    signed.correct("ngay-khac.csv", {event: {"started": f"{day[:-2]}12 08:25:09.104"}})
    signed.supersede(JULY)
    signed.settle_and_adjust([JULY])
    assert is_all_accounted(signed.home, JULY)
    assert rows(signed.home, f"""
        SELECT start_at::DATE::VARCHAR, cause, events FROM settlement.adjustment_event
        WHERE event_id = '{event}' ORDER BY start_at
    """) == [("2021-07-10", "correction", -1), ("2021-07-12", "correction", 1)]  # fmt: skip
    assert done("verify", signed.home)["ok"]


def test_units_that_move_no_amount_are_booked(signed):
    """Bytes within a block that is paid for anyway: no digest differs, a total of units does."""
    ((event, units),) = rows(signed.home, """
        SELECT event_id::VARCHAR, units FROM usage.event
        WHERE carrier = 'vietnamobile' AND kind = 'data' AND start_at::DATE = '2021-07-10'
            AND units % 10240 BETWEEN 1 AND 10000 AND session_key IS NULL
        ORDER BY start_at LIMIT 1
    """)  # fmt: skip
    signed.correct("byte.csv", {event: {"units": str(units + 3)}})
    signed.supersede(JULY)
    (told,) = signed.settle_and_adjust([JULY]).values()
    assert told["totals"]["payable"] == told["totals"]["list_value"] == 0
    found = rows(
        signed.home,
        "SELECT event_id::VARCHAR, cause, units, payable FROM settlement.adjustment_event",
    )
    assert found == [(event, "correction", 3, 0)]
    assert done("verify", signed.home)["ok"]


def standing(home):
    """As August stands booked: by programme, recognised and own account."""
    tables = [run_of(home, AUGUST, "programme")]
    for path in (home / "adjustments").glob("*/manifest.json"):
        if json.loads(path.read_bytes())["of"] == AUGUST:
            tables.append(pl.read_parquet(path.with_name("programme.parquet")))
    sums = pl.concat(
        table.select(pl.col("programme").cast(pl.String), "recognised", "own_account")
        for table in tables
    )
    return {name: tuple(row) for name, *row in sums.group_by("programme").sum().iter_rows()}


@pytest.fixture
def august(signed, tmp_path):
    """Settles August by the package as it was with texts of it changed, and books the difference.

    Returns: as it stands booked then.
    """
    text = signed.always[1].read_text("utf-8")
    signed.supersede(AUGUST)

    def booked(*changes, package=None, reading=None):
        written = tmp_path / "package.yaml"
        changed = text
        for old, new in changes:
            assert changed.count(old) == 1
            changed = changed.replace(old, new)
        written.write_text(changed, "utf-8")
        more = () if reading is None else ("--reading", reading)
        signed.settle_and_adjust([AUGUST], "--package", package or written, *more)
        assert is_all_accounted(signed.home, AUGUST)
        return standing(signed.home)

    yield booked
    assert done("verify", signed.home)["ok"]


def relief_in_force(home, programme="vn-2021-08"):
    table = run_of(home, AUGUST, "programme", "run")
    return int(table.filter(pl.col("programme") == programme)["relief"].sum())


def test_of_a_programme_that_is_gone_all_is_taken_back(signed, august):
    """Booked under the old name and the new, it would be recognised twice."""
    recognised, own = standing(signed.home)["vn-2021-08"]
    assert recognised > 0 and own > 0
    found = august(("id: vn-2021-08\n", "id: vn-2021-08b\n"))
    assert found["vn-2021-08"] == (0, 0)
    assert sum(found["vn-2021-08b"]) == recognised + own and found["vn-2021-08b"][0] <= CAP
    assert august(package="none")["vn-2021-08b"] == (0, 0)
    again = august()["vn-2021-08"]
    assert sum(again) == recognised + own and again[0] <= CAP


@pytest.mark.parametrize("reading", ["envelope.natures=discount_only", "envelope.vat=excl_vat"])
def test_what_counts_may_be_read_otherwise_by_a_later_package(signed, august, reading):
    """What was posted is what the package of its time counted."""
    recognised, own = standing(signed.home)["vn-2021-08"]
    lower = august(reading=reading)["vn-2021-08"]
    assert min(lower) >= 0 and lower[0] <= recognised and lower[1] < own
    assert sum(lower) == relief_in_force(signed.home) < recognised + own
    again = august()["vn-2021-08"]
    assert sum(again) == recognised + own and lower[0] <= again[0] <= CAP


@pytest.mark.parametrize("rule", ["pro_rata", "track"])
def test_an_envelope_may_be_parted_by_another_rule_later(signed, august, rule):
    """Nobody can say then how each line stands: it goes on by carrier."""
    recognised, own = standing(signed.home)["vn-2021-08"]
    rules = ("rule: first_come\n", f"rule: {rule}\n")
    discounts = "envelope.natures=discount_only"
    lower = august(rules, reading=discounts)["vn-2021-08"]
    assert min(lower) >= 0 and sum(lower) == relief_in_force(signed.home) < recognised + own
    whole = august(rules)["vn-2021-08"]
    assert sum(whole) == recognised + own and min(whole) >= 0
    assert rule == "track" or whole[0] <= CAP
    again = august(reading="m6.in_kind_value=zero")["vn-2021-08"]  # by first_come, as at first
    assert sum(again) == relief_in_force(signed.home) and min(again) >= 0
    assert again[0] <= whole[0]
