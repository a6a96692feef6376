"""Runs made by hand, and the papers of one of them."""

import json
import shutil
from datetime import datetime

import pytest

from doisoat.engine.store.commit import sha256_of
from doisoat.engine.store.home import writer
from doisoat.settlement.papers.build import papers
from doisoat.settlement.papers.issue import Issue
from tests.papers.adjusted import write_adjustments
from tests.papers.world import PERIOD, RUN, write_run

ISSUED = datetime(2021, 9, 5, 9, 0)
DRAFT = Issue(None, 3, "ab" * 32, "", ISSUED)
SIGNED = Issue("ed25519:4f2a9c0b", 12, "cd" * 32, "K7QF-2M9X-TT4C-81ZD-0RWE-6HVB-35", ISSUED)


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """A run whose amounts reach 10^13 đồng, of all 63 provinces."""
    return write_run(tmp_path_factory.mktemp("run"), scale=1_000_000_003)


@pytest.fixture(scope="session")
def signed(run):
    """Every paper of that run, by name, under a key."""
    return {name: c for one in papers(run, SIGNED) for name, c in one.files.items()}


@pytest.fixture(scope="session")
def draft(run):
    """A draft of one carrier."""
    (one,) = papers(run, DRAFT, carrier="viettel")
    return one.files


@pytest.fixture(scope="session")
def bookings(tmp_path_factory):
    """Two adjustments booked into that run's month; the second is of viettel alone, below 0."""
    return tuple(write_adjustments(tmp_path_factory.mktemp("adjustments"), scale=50_000_000_003))


@pytest.fixture(scope="session")
def adjusted(run, bookings):
    """Every paper of the run with what was booked into its month."""
    made = papers(run, SIGNED, bookings=bookings)
    return {name: c for one in made for name, c in one.files.items()}


@pytest.fixture
def copied(run, tmp_path):
    """The same run in a folder of the test's own."""
    return shutil.copytree(run, tmp_path / run.name)


# --- a home ---------------------------------------------------------------------------------------

LOGGED = "2021-09-04T20:30:00"  # UTC: in Vietnam it is the next day


@pytest.fixture
def home(tmp_path, run):
    """A home in which the run was settled, and something else done before and after."""
    path = tmp_path / "nha"
    with writer(path, "test", 4):
        pass
    shutil.copytree(run, path / "runs" / RUN)
    (path / "current.json").write_text(json.dumps({PERIOD: RUN}), "utf-8")
    (path / "log").mkdir(exist_ok=True)
    seal = sha256_of(path / "runs" / RUN / "manifest.json")
    log(path, "intake", "")
    log(path, "settle", RUN, manifest_sha256=seal, logged_at=LOGGED)
    log(path, "compact", "")
    return path


def log(path, what, run, **more):
    entry = {"what": what, "run": run, "period": PERIOD, "who": "lan@may", **more}
    with open(path / "log" / "journal.jsonl", "a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


@pytest.fixture
def adjusted_home(home):
    """The home, the entries of two adjustments that were booked into the run's month, and them."""
    bookings = tuple(write_adjustments(home / "adjustments"))
    entries = []
    for number, one in enumerate(bookings):
        seal = sha256_of(one.adjustment.path / "manifest.json")
        log(home, "adjust", one.adjustment.manifest["after"], manifest_sha256=seal,
            period=one.adjustment.manifest["of"], into=PERIOD, adjustment=one.adjustment.id,
            logged_at=f"2021-09-04T{21 + number}:30:00")  # fmt: skip
        entries.append(len((home / "log" / "journal.jsonl").read_text("utf-8").splitlines()))
        log(home, "intake", "")
    return home, *entries, bookings
