"""What was booked, taken back and booked again; a call that a correction moves to another day; a
programme that the package has no more."""

import copy
import shutil

import pytest

from doisoat.tariffs.bundled import bundled_catalogue
from tests.integration.conftest import done, refused, rows

from .story import accounted, statements

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


def test_a_programme_that_is_gone_takes_no_relief_along(signed, tmp_path):
    """Booked under the old name and the new, it would be recognised twice."""
    (_, path) = signed.always
    renamed = tmp_path / "renamed.yaml"
    text = path.read_text("utf-8")
    assert text.count("id: vn-2021-08\n") == 1
    renamed.write_text(text.replace("id: vn-2021-08\n", "id: vn-2021-08b\n"), "utf-8")
    signed.supersede(AUGUST)
    done("settle", "--period", AUGUST, "--package", renamed, "--home", signed.home)
    before = accounted(signed.home)
    error = refused(7, "adjust", AUGUST, "--why", "tên khác", "--home", signed.home)
    assert "booked under the programme vn-2021-08" in error["what"]
    assert accounted(signed.home) == before
