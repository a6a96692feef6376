"""A small home, its run of August, and every alternative of each of its carriers."""

import pytest

from doisoat.engine.home import open_home
from doisoat.settlement.reconcile import alternatives, ours
from doisoat.settlement.runs import run_files, tariffs_of
from tests.integration.conftest import key  # noqa: F401  (a fixture)

from .carriers import AUGUST, Told, made

CARRIERS = ("viettel", "mobifone", "vnpt")


@pytest.fixture(scope="session")
def home(tmp_path_factory, key):  # noqa: F811
    path, _ = made(tmp_path_factory.mktemp("reconcile"), key)
    return open_home(path)


@pytest.fixture(scope="session")
def run(home):
    return ours.run_of(home, AUGUST.name)


@pytest.fixture(scope="session")
def tariffs(run):
    return tariffs_of(run)


@pytest.fixture(scope="session")
def told(home):
    return Told(home)


@pytest.fixture(scope="session")
def found(home, run):
    """DELTA of relief by carrier."""
    return {carrier: alternatives.of(home, run, carrier, AUGUST, "day") for carrier in CARRIERS}


@pytest.fixture(scope="session")
def after(home, run):
    """The first run of August, which had no late file."""
    every = [run_files(home, path.name, superseded=True) for path in (home.path / "runs").iterdir()]
    (first,) = [one for one in every if one.period == run.period and one.run != run.run]
    return first
