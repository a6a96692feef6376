"""The story of four months, told once: a home at each of its steps, for each test to look at."""

import shutil
from functools import partial

import polars as pl
import pytest

from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.tariffs.load.tariffs import load_catalogue, load_package
from tests.integration.conftest import (  # noqa: F401  (fixtures)
    done,
    key,
    nobodys_home,
    rows,
    take_world,
)
from tests.made_once import made_once

from .oracle_history import rate_at_once
from .story import CAP, DUE, MONTHS, OPEN, READING, STATES, Story, records_of


@pytest.fixture(scope="session")
def story(tmp_path_factory, key):  # noqa: F811
    """Signed under an envelope of 40 % of what the months come to, first come first served.

    Its home is that of all workers, and of the last step that one of them asked for: a test looks
    at the copies that the steps leave, or asks for `closed`; what it writes into it copies first.
    """
    return made_once(tmp_path_factory, "story", lambda folder: Story(folder, key, cap=CAP))


@pytest.fixture(scope="session")
def step(tmp_path_factory, story):
    """Goes a step on in the story, or learns how it went on where another worker did."""

    def go(act):
        def acted(_):
            told = act(story)
            return told, vars(story)

        told, later = made_once(tmp_path_factory, act.__name__, acted)
        vars(story).update(later)
        return told

    return go


@pytest.fixture(scope="session")
def after_late(step):
    return step(take_late)


def take_late(story):
    """Late files come in; they belong to months that are signed."""
    signed = story.copied("signed")
    story.take(*story.late)
    late = story.copied("late")
    story.supersede(*MONTHS)
    told = story.settle_and_adjust(MONTHS)
    return {"told": told, "signed": signed, "late": late, "home": story.copied("after-late")}


@pytest.fixture(scope="session")
def after_reading(step, after_late):
    return step(read_otherwise)


def read_otherwise(story):
    """August is settled by another reading."""
    told = story.settle_and_adjust(MONTHS[1:2], "--reading", READING)
    stale = done("period", "status", "2021-09", "--home", story.home)["stale"]
    story.settle_and_adjust(MONTHS[2:])
    return {"told": told, "stale": stale, "home": story.copied("after-reading")}


@pytest.fixture(scope="session")
def after_tariff(step, after_reading):
    return step(correct_price)


def correct_price(story):
    """A price of the catalogue was wrong from July on."""
    folder = story.folder / "catalogue"
    shutil.copytree(bundled_catalogue(), folder)
    plans = folder / "plans.yaml"
    text = plans.read_text("utf-8")
    assert text.count('price: "1590"') > 1
    plans.write_text(text.replace('price: "1590"', 'price: "1580"'), "utf-8")
    told = story.settle_and_adjust(MONTHS, "--catalogue", folder)
    return {"told": told, "home": story.copied("after-tariff")}


@pytest.fixture(scope="session")
def after_refunds(step, after_tariff):
    return step(pay_most)


def pay_most(story):
    """A campaign: all refunds are paid, but for one that waits and one of which half is paid."""

    def pays(place, left):
        return (None, left // 2)[place] if place < 2 else left

    due = rows(story.home, DUE)
    story.pay_refunds("hoan-tra-1.csv", pays)
    return {"due": due, "home": story.copied("after-refunds")}


@pytest.fixture(scope="session")
def after_correction(step, after_refunds):
    return step(correct_records)


def correct_records(story):
    """A charge was less than its record said, its refund being paid; a call of July was longer."""
    paid, payable = rows(story.home, """
        SELECT event_id::VARCHAR, payable
        FROM settlement.refund_state JOIN settlement.refund USING (event_id)
        WHERE state = 'paid' ORDER BY event_id LIMIT 1
    """)[0]  # fmt: skip
    (call,) = rows(story.home, """
        SELECT event_id::VARCHAR FROM usage.event
        WHERE carrier = 'vietnamobile' AND kind = 'voice' AND start_at < '2021-08-01' AND units > 0
            AND destination LIKE 'mobile:%' AND session_key IS NULL ORDER BY start_at LIMIT 1
    """)[0]  # fmt: skip
    replaced = story.correct(
        "dinh-chinh.csv", {paid: {"charged": str(payable)}, call: {"duration_s": "1800.000"}}
    )
    options = story.settled_with[MONTHS[0]][len(story.always) :]
    told = story.settle_and_adjust(MONTHS, *options)
    before = rows(story.home, STATES)
    story.pay_refunds("hoan-tra-2.csv", lambda place, left: left)
    return {"told": told, "paid": paid, "call": call, "replaced": replaced, "states": before,
            "home": story.copied("after-correction")}  # fmt: skip


@pytest.fixture(scope="session")
def booked_month(step, after_correction):
    return step(sign_october)


def sign_october(story):
    """October, into which all of it was booked, is signed: its papers before and after."""
    story.settle(OPEN, *story.settled_with[MONTHS[0]][len(story.always) :])
    paper = ("paper", OPEN, "--carrier", "vnpt", "--lang", "vi", "--home", story.home)
    draft = done(*paper)
    story.sign(OPEN)
    return {"draft": draft, "paper": done(*paper)}


@pytest.fixture(scope="session")
def closed(story, booked_month):
    """The home, now that October is signed."""
    return story.home


@pytest.fixture(scope="session")
def history(
    tmp_path_factory, story, after_late, after_reading, after_tariff, after_correction, closed
):
    """By step, its home and what the oracle makes of all that had come in by then, in one pass."""
    homes = {
        "signed": after_late["signed"], "late": after_late["home"],
        "reading": after_reading["home"], "tariff": after_tariff["home"], "correction": closed,
    }  # fmt: skip
    rated = made_once(
        tmp_path_factory, "rated",
        partial(rate_steps, story, after_late["signed"], after_correction["replaced"]),
    )  # fmt: skip
    return {name: (home, rated[name]) for name, home in homes.items()}


def rate_steps(story, signed, replaced, folder):
    """By step, what the oracle makes of it; signed: the home of the first."""
    (_, path), later = story.always, story.folder / "catalogue"
    packages = [load_package(str(path), answers) for answers in ({}, dict([READING.split("=")]))]
    bundled, corrected = load_catalogue(bundled_catalogue()), load_catalogue(later)
    whole, mended = folder / "whole", folder / "mended"
    take_world(story.world, whole, story.key)
    take_world(_in_place(story, replaced, folder / "in-place"), mended, story.key)
    late = rate_at_once(whole, MONTHS, bundled, packages[0])
    august = rate_at_once(whole, MONTHS[:2], bundled, packages[1])
    of_august = {at: amount for at, amount in august.relief.items() if at[0] == MONTHS[1]}
    others = {at: amount for at, amount in late.relief.items() if at[0] != MONTHS[1]}
    read = late._replace(
        relief={**others, **of_august},
        counted={**late.counted, MONTHS[1]: august.counted[MONTHS[1]]},
    )
    return {
        "signed": rate_at_once(signed, MONTHS, bundled, packages[0]),
        "late": late,
        "reading": read,
        "tariff": rate_at_once(whole, MONTHS, corrected, packages[0]),
        "correction": rate_at_once(mended, (*MONTHS, OPEN), corrected, packages[0]),
    }


def _in_place(story, replaced, folder):
    """The world's files, as if the carriers had never written what they corrected."""
    files = []
    folder.mkdir()
    for path in story.world:
        if path.name in replaced:
            records = records_of(path)
            for row, changes in replaced[path.name].items():
                records[row] |= changes
            path = folder / path.name
            frame = pl.DataFrame(records, infer_schema_length=None)
            frame.write_csv(path) if path.suffix == ".csv" else frame.write_parquet(path)
        files.append(path)
    return files
