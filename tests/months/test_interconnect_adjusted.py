"""Interconnection of late calls: on the paper of the month that they are booked into."""

import json
import shutil
from functools import partial
from pathlib import Path

import pytest

from tests.integration.conftest import done
from tests.made_once import made_once

from .story import MONTHS, OPEN

MONTH = MONTHS[-1]


@pytest.fixture(scope="module")
def adjusted(story, after_late, tmp_path_factory):
    """What was recorded of September before and after late calls; and October's papers since."""
    make = partial(settle_late, story, after_late["signed"])
    return made_once(tmp_path_factory, "late-calls", make)


def settle_late(story, signed, folder):
    home = shutil.copytree(signed, folder / "out")
    at = ("--home", home)
    before = done("interconnect", MONTH, "--record", *at)
    done("intake", *story.late, "--mapping", "world", "--kind", "usage", "--key", story.key, *at)
    done("period", "supersede", MONTH, "--why", "cuộc gọi đến muộn", *at)
    done("settle", "--period", MONTH, *story.always, *at)
    done("adjust", MONTH, "--into", OPEN, "--why", "cuộc gọi đến muộn", *at)
    done("settle", "--period", OPEN, *story.always, *at)
    unrecorded = paper(home)
    after = done("interconnect", MONTH, "--record", *at)
    return home, before, after, unrecorded


def paper(home):
    made = done("paper", OPEN, "--lang", "vi", "--home", home)
    folder = Path(made["folder"])
    said = {
        carrier: json.loads((folder / f"doi-soat-{OPEN}-{carrier}.json").read_text("utf-8"))
        for carrier in made["carriers"]
    }
    return said, made["issue"]


def sums_of(told):
    found = {}
    for row in told["rows"]:
        key = row["payer"], row["payee"]
        found[key] = found.get(key, 0) + int(row["amount"])
    return found


def test_until_the_run_after_is_recorded_no_difference_is_said(adjusted):
    _, before, after, (said, issue) = adjusted
    for one in said.values():
        (told,) = one["interconnect_adjusted"]
        assert told["usage_period"] == MONTH and told["differences"] is None
        assert told["before"] == {"run": before["run"], "entry": before["entry"]}
        assert told["after"] == {"run": after["run"], "entry": None}
    assert issue["log_size"] < after["entry"]


def test_papers_say_to_the_dong_what_late_calls_moved(adjusted):
    home, before, after, _ = adjusted
    said, issue = paper(home)
    assert issue["log_size"] == after["entry"]  # the draft stands under what it says
    sums = sums_of(before), sums_of(after)
    moved = {
        key: sums[1].get(key, 0) - sums[0].get(key, 0)
        for key in {*sums[0], *sums[1]}
        if sums[1].get(key, 0) != sums[0].get(key, 0)
    }
    assert moved
    owes, owed = {}, {}
    for carrier, one in said.items():
        (told,) = one["interconnect_adjusted"]
        assert told["after"]["entry"] == after["entry"]
        for row in told["differences"]:
            owes[carrier, row["counterparty"]] = int(row["owes"] or 0)
            owed[row["counterparty"], carrier] = int(row["owed"] or 0)
            if row["net"] is not None:
                assert int(row["net"]) == int(row["owed"]) - int(row["owes"])
    assert {key: amount for key, amount in owes.items() if amount} == {
        key: amount for key, amount in moved.items() if key[0] in said
    }
    assert {key: amount for key, amount in owed.items() if amount} == {
        key: amount for key, amount in moved.items() if key[1] in said
    }
    assert paper(home) == (said, issue)
