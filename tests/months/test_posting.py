"""Adjustments under an envelope that binds: what is posted keeps its place, never overdrawn."""

import json
from functools import partial

import polars as pl
import pytest

from tests.integration.conftest import done, refused, rows
from tests.made_once import made_once

from .story import MONTHS, Story, package_of, relief_of, run_of

KEY = ["event_hi", "event_lo", "measure", "nature"]
TEXTS = pl.col("measure", "nature").cast(pl.String)


@pytest.fixture(scope="module")
def tracked(tmp_path_factory, key):
    """What the months come to without and with the late files, to choose caps by."""

    def make(folder):
        story = Story(folder, key, sign=False)
        return {month: relief_of(story.home, month, "run") for month in MONTHS}

    return made_once(tmp_path_factory, "tracked", make)


@pytest.fixture(scope="module", params=["first_come", "pro_rata"])
def told(request, tracked, tmp_path_factory, key):
    """Signed with a cap within September; late files come; another reading makes reliefs fall."""
    cap = tracked["2021-08"] + tracked["2021-09"] * 2 // 5
    make = partial(booked_under, cap, request.param, key)
    return made_once(tmp_path_factory, f"posted-by-{request.param}", make)


def booked_under(cap, rule, key, folder):
    package = package_of(folder, cap, rule)
    story = Story(folder / "story", key, "--package", package)
    homes = {"signed": story.copied("signed")}
    story.supersede(*MONTHS)
    lower = ("--reading", "m1.in_kind_value=zero")
    adjusted = [story.settle_and_adjust(MONTHS, *lower)]
    homes["lowered"] = story.copied("lowered")
    adjusted.append(story.settle_and_adjust(MONTHS))
    homes["raised"] = story.copied("raised")
    return {"rule": rule, "cap": cap, "homes": homes, "adjusted": adjusted, "story": story}


def recognised(home):
    return rows(home, "SELECT sum(recognised)::BIGINT, sum(own_account)::BIGINT"
                      " FROM settlement.booked")[0]  # fmt: skip


def test_what_is_booked_never_passes_the_cap_and_together_is_the_relief(told):
    for name, home in told["homes"].items():
        parted = recognised(home)
        assert 0 < parted[0] <= told["cap"], name
        relief = sum(relief_of(home, month, "run") for month in MONTHS)
        assert sum(parted) == relief, name
    assert recognised(told["homes"]["signed"])[0] == told["cap"]  # it binds


def test_a_lowered_relief_gives_back_its_own_account_first(told):
    home = told["homes"]["lowered"]
    for month, one in told["adjusted"][0].items():
        (row,) = rows(home, f"""SELECT sum(relief)::BIGINT, sum(recognised)::BIGINT,
            sum(own_account)::BIGINT FROM settlement.adjustment
            WHERE adjustment = '{one["adjustment"]}'""")  # fmt: skip
        relief, given, own = (amount or 0 for amount in row)
        assert relief == given + own and relief <= 0
        if told["rule"] == "first_come" and month == "2021-08":
            assert own == 0  # all of August was recognised
    if told["rule"] == "first_come":
        assert run_of(home, "2021-09", "own_account").height  # the cap lies within September


def test_lines_that_did_not_change_stay_as_they_were_posted(told):
    """By a naive ledger: the signed run's lines, then each adjustment's, one after the other."""
    if told["rule"] != "first_come":
        pytest.skip("pro_rata shares by carrier: no line is posted")
    home, left = told["homes"]["raised"], told["cap"]
    ledger = {}
    for month in MONTHS:
        own = {
            tuple(row): amount
            for *row, amount in run_of(home, month, "own_account")
            .select(*KEY[:2], TEXTS, "own_account")
            .iter_rows()
        }
        package = json.loads((home / "runs" / next((home / "runs").iterdir()).name
                              / "package.json").read_text())  # fmt: skip
        envelope = package["envelope"]
        lines = run_of(home, month, "line").filter(
            pl.col("nature").cast(pl.String).is_in(envelope["natures"])
            & pl.col("measure").cast(pl.String).is_in(envelope["measures"])
        )
        for *key, amount in lines.select(*KEY[:2], TEXTS, "amount").iter_rows():
            rest = own.get(tuple(key), 0)
            ledger[(month, *key)] = [amount - rest, rest]
            left -= amount - rest
    assert left >= 0
    for step in told["adjusted"]:
        for month, one in step.items():
            folder = home / "adjustments" / one["adjustment"]
            changes = {
                tuple(key): (start, amount)
                for *key, start, amount in pl.read_parquet(folder / "line.parquet")
                .group_by(*KEY, "start_ms")
                .agg(pl.col("amount").sum())
                .select(*KEY[:2], TEXTS, "start_ms", "amount")
                .iter_rows()
                if amount and key[3] in envelope["natures"] and key[2] in envelope["measures"]
            }
            for key, (_, change) in changes.items():
                line = ledger.setdefault((month, *key), [0, 0])
                if change < 0:
                    of_own = min(line[1], -change)
                    line[1] -= of_own
                    line[0] -= -change - of_own
                    left += -change - of_own
            for key, (_, change) in sorted(
                changes.items(), key=lambda one: (one[1][0], one[0][:2])
            ):
                if change > 0:
                    taken = min(left, change)
                    line = ledger[(month, *key)]
                    line[0] += taken
                    line[1] += change - taken
                    left -= taken
            found = pl.read_parquet(folder / "posting.parquet")
            assert found.height == len(changes)
            for *key, given, rest in found.select(*KEY, "recognised", "own_account").iter_rows():
                assert ledger[(month, *key)] == [given, rest], (month, key)
            assert sum(line[0] for line in ledger.values()) + left == told["cap"]
    assert sum(line[0] for line in ledger.values()) == recognised(home)[0]


def test_a_later_month_begins_with_what_was_posted(told):
    story = told["story"]
    story.settle("2021-10")
    posted = recognised(story.home)
    programmes = run_of(story.home, "2021-10", "programme", "run")
    before = int(programmes["programme_recognised_to_date"][0]) - int(
        programmes.select((pl.col("recognised") + pl.col("true_up")).sum()).item()
    )
    own = int(programmes.select((pl.col("recognised") + pl.col("true_up")).sum()).item())
    assert before == posted[0] - own <= told["cap"]
    assert posted[0] <= told["cap"]
    # What is booked after it was settled leaves it another rest: it is settled again first.
    story.settle_and_adjust(MONTHS[1:2], "--reading", "m1.in_kind_value=zero")
    story.settle_and_adjust(MONTHS[2:])
    error = refused(7, "sign", "2021-10", *story.signing, "--home", story.home)
    assert "no longer in force" in error["what"]
    story.settle("2021-10")
    story.sign("2021-10")
    assert recognised(story.home)[0] <= told["cap"]
    assert done("verify", "--home", story.home)["ok"]
