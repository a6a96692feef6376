"""A settled home to draw samples in, and both sides' seeds."""

import shutil

import polars as pl
import pytest

from tests.integration.conftest import done, nobodys_home, run, tree_of

__all__ = ["nobodys_home"]
PARTIES = ("ministry", "viettel")


@pytest.fixture(scope="session")
def settled(tmp_path_factory):
    home = tmp_path_factory.mktemp("sampled") / "out"
    done("simulate", "--subscribers", 60, "--seed", 7, "--buckets", 1, "--home", home)
    done("settle", "--home", home)
    return home


@pytest.fixture
def home(settled, tmp_path):
    """A copy of the settled home; without the world's own files."""
    copy = tmp_path / "out"
    shutil.copytree(settled, copy, ignore=shutil.ignore_patterns("world"))
    return copy


@pytest.fixture
def seeds(tmp_path):
    """Files of the secret seeds, by party."""
    files = {party: tmp_path / f"seed-{party}.txt" for party in PARTIES}
    for file in files.values():
        done("sample", "seed", file)
    return files


@pytest.fixture
def drawn_of(home, seeds):
    """Freezes, commits, reveals and draws: the sample's id."""

    def go(*asked):
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
        import duckdb

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
