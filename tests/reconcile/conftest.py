"""A small home, its run of August, and every alternative of each of its carriers."""

from functools import partial

import pytest

from doisoat.engine.store.home import open_home
from doisoat.settlement.reconcile.causes import alternatives
from doisoat.settlement.reconcile.causes import run_figures as ours
from doisoat.settlement.runs.runs import run_files, tariffs_of
from tests.integration.conftest import key  # noqa: F401  (a fixture)
from tests.made_once import copy_of_made, made_once

from .carriers import AUGUST, Told, made

CARRIERS = ("viettel", "mobifone", "vnpt")


@pytest.fixture(scope="session")
def home(tmp_path_factory, key):  # noqa: F811
    """Not to be changed: a test that writes takes a copy. Alternatives are kept in it."""
    folder, (path, _) = copy_of_made(
        tmp_path_factory, "reconcile", partial(made, key=key), by=("intake", "settle", "suspense")
    )
    return open_home(folder / path.name)


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
def found(home, run, tmp_path_factory):
    """DELTA of relief by carrier."""

    def make(_):
        return {carrier: alternatives.of(home, run, carrier, AUGUST, "day") for carrier in CARRIERS}

    return made_once(tmp_path_factory, "alternatives", make)


@pytest.fixture(scope="session")
def after(home, run):
    """The first run of August, which had no late file."""
    every = [run_files(home, path.name, superseded=True) for path in (home.path / "runs").iterdir()]
    (first,) = [one for one in every if one.period == run.period and one.run != run.run]
    return first
