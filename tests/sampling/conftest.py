"""A settled home to draw samples in, and both sides' seeds."""

import csv
import shutil
from itertools import count

import duckdb
import polars as pl
import pytest

from tests.integration.conftest import done, nobodys_home, run, tree_of
from tests.made_once import made_once

__all__ = ["nobodys_home"]
PARTIES = ("ministry", "viettel")
HEADS = (
    "event_id", "owner_id", "start_at", "home_province", "measure", "nature", "units", "amount"
)  # fmt: skip
LINES = """
SELECT
    event_id::VARCHAR, owner_id::VARCHAR, strftime(start_at, '%Y-%m-%d %H:%M:%S'), '01', measure,
    nature, units, amount
FROM rated.relief_line WHERE carrier = 'viettel' ORDER BY ALL
"""


@pytest.fixture(scope="session")
def settled(tmp_path_factory):
    """Not to be changed."""

    def make(folder):
        home = folder / "out"
        done("simulate", "--subscribers", 60, "--seed", 7, "--buckets", 1, "--home", home)
        done("settle", "--home", home)
        return home

    return made_once(tmp_path_factory, "sampled", make, by=("simulate", "settle"))


@pytest.fixture
def home(settled, tmp_path):
    """A copy of the settled home; without the world's own files."""
    copy = tmp_path / "out"
    shutil.copytree(settled, copy, ignore=shutil.ignore_patterns("world"))
    return copy


@pytest.fixture
def new_seeds(tmp_path):
    """Makes both sides' secret seeds: their files, by party."""
    made = count()

    def make():
        number = next(made)
        files = {party: tmp_path / f"seed-{party}-{number}.txt" for party in PARTIES}
        for file in files.values():
            done("sample", "seed", file)
        return files

    return make


@pytest.fixture
def seeds(new_seeds):
    """Files of the secret seeds, by party."""
    return new_seeds()


@pytest.fixture
def drawn_of(home, new_seeds):
    """Freezes, commits, reveals and draws: the sample's id."""

    def go(*asked):
        seeds = new_seeds()
        sample = done("sample", "frame", "2021-08", "--carrier", "viettel", *asked, "--home", home)
        for step in ("commit", "reveal"):
            for party, file in seeds.items():
                done("sample", step, sample["sample"], "--as", party, "--seed-file", file,
                     "--home", home)  # fmt: skip
        done("sample", "draw", sample["sample"], "--home", home)
        return sample["sample"]

    return go


@pytest.fixture
def lines_of(home):
    """The lines of the run in force of a carrier, as it would list them."""

    def read(carrier="viettel"):
        with duckdb.connect(str(home / "relief.duckdb"), read_only=True) as face:
            rows = face.execute(
                "SELECT event_id::VARCHAR, measure, nature, amount FROM rated.relief_line"
                " WHERE carrier = ? ORDER BY ALL", [carrier],
            ).fetchall()  # fmt: skip
        return pl.DataFrame(rows, ["event_id", "measure", "nature", "amount"], orient="row")

    return read


@pytest.fixture
def unchanged(home):
    """What is done within leaves the home as it was."""
    before = tree_of(home)
    yield
    assert tree_of(home) == before


@pytest.fixture
def found_of(home):
    """Exit status and what `evaluate` says."""

    def evaluate(sample, *given):
        status, told, _ = run("sample", "evaluate", sample, *given, "--home", home)
        return status, told

    return evaluate


@pytest.fixture
def file_claim(home, tmp_path):
    """Files the lines of the run in force as the carrier's claim, but for `change`."""

    def go(change=lambda rows: rows):
        with duckdb.connect(str(home / "relief.duckdb"), read_only=True) as face:
            rows = face.execute(LINES).fetchall()
        path = tmp_path / "claim.csv"
        with open(path, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerows([
                ("Doanh nghiệp | Carrier", "viettel"), ("Kỳ | Period", "2021-08"),
                ("Mức chi tiết | Grain", "lines"), ("Đơn vị tiền | Currency", "VND"), HEADS,
                *change(rows),
            ])  # fmt: skip
        done("claim", "file", path, "--home", home)
        return rows

    return go
