"""The story of four months, told once: a home at each of its steps, for each test to look at."""

import shutil

import polars as pl
import pytest

from doisoat.tariffs.bundled import bundled_catalogue
from doisoat.tariffs.load import load_catalogue, load_package
from tests.integration.conftest import (  # noqa: F401  (fixtures)
    done,
    key,
    nobodys_home,
    rows,
    take_world,
)

from .oracle_history import rate_at_once
from .story import CAP, DUE, MONTHS, OPEN, READING, STATES, Story, records_of


@pytest.fixture(scope="session")
def story(tmp_path_factory, key):  # noqa: F811
    """Signed under an envelope of 40 % of what the months come to, first come first served."""
    return Story(tmp_path_factory.mktemp("story"), key, cap=CAP)


@pytest.fixture(scope="session")
def after_late(story):
    """Late files come in; they belong to months that are signed."""
    signed = story.copied("signed")
    story.take(*story.late)
    late = story.copied("late")
    story.supersede(*MONTHS)
    told = story.settle_and_adjust(MONTHS)
    return {"told": told, "signed": signed, "late": late, "home": story.copied("after-late")}


@pytest.fixture(scope="session")
def after_reading(story, after_late):
    told = story.settle_and_adjust(MONTHS[1:2], "--reading", READING)
    stale = done("period", "status", "2021-09", "--home", story.home)["stale"]
    story.settle_and_adjust(MONTHS[2:])
    return {"told": told, "stale": stale, "home": story.copied("after-reading")}


@pytest.fixture(scope="session")
def after_tariff(story, after_reading):
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
def after_refunds(story, after_tariff):
    """A campaign: all refunds are paid, but for one that waits and one of which half is paid."""

    def pays(place, left):
        return (None, left // 2)[place] if place < 2 else left

    due = rows(story.home, DUE)
    story.pay_refunds("hoan-tra-1.csv", pays)
    return {"due": due, "home": story.copied("after-refunds")}


@pytest.fixture(scope="session")
def after_correction(story, after_refunds):
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
def booked_month(story, after_correction):
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
def history(story, after_late, after_reading, after_tariff, after_correction, closed):
    """By step, its home and what the oracle makes of all that had come in by then, in one pass."""
    (_, path), later = story.always, story.folder / "catalogue"
    packages = [load_package(str(path), answers) for answers in ({}, dict([READING.split("=")]))]
    bundled, corrected = load_catalogue(bundled_catalogue()), load_catalogue(later)
    whole, mended = story.folder / "whole", story.folder / "mended"
    take_world(story.world, whole, story.key)
    take_world(_in_place(story, after_correction["replaced"]), mended, story.key)
    late = rate_at_once(whole, MONTHS, bundled, packages[0])
    august = rate_at_once(whole, MONTHS[:2], bundled, packages[1])
    of_august = {at: amount for at, amount in august.relief.items() if at[0] == MONTHS[1]}
    others = {at: amount for at, amount in late.relief.items() if at[0] != MONTHS[1]}
    read = late._replace(
        relief={**others, **of_august},
        counted={**late.counted, MONTHS[1]: august.counted[MONTHS[1]]},
    )
    return {
        "signed": (after_late["signed"],
                   rate_at_once(after_late["signed"], MONTHS, bundled, packages[0])),
        "late": (after_late["home"], late),
        "reading": (after_reading["home"], read),
        "tariff": (after_tariff["home"], rate_at_once(whole, MONTHS, corrected, packages[0])),
        "correction": (closed, rate_at_once(mended, (*MONTHS, OPEN), corrected, packages[0])),
    }  # fmt: skip


def _in_place(story, replaced):
    """The world's files, as if the carriers had never written what they corrected."""
    files, folder = [], story.folder / "in-place"
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
