"""For all tests: no property has a deadline, for a busy machine is no fault; nobody's settings.

And how much of them is run, by the profile (profiles.py), and what it cost (costs.py).
"""

import gc
import os
import shutil
import time

import pytest
from hypothesis import settings

from doisoat.cli import OBJECTS_BEFORE_CYCLES
from doisoat.state import STATE
from doisoat.tariffs.load.jurisdiction import state_of_before
from tests import costs, spreadsheet
from tests.profiles import PROFILE, examples

settings.register_profile("unhurried", deadline=None, max_examples=examples())
settings.load_profile("unhurried")
UNTIL = float(os.environ.get("DOISOAT_TESTS_UNTIL", "inf"))  # Unix seconds: make check, .ci/run


def pytest_configure(config):
    STATE.use(state_of_before())  # of amounts in the parameters of tests
    if "DOISOAT_MUTANT" in os.environ:
        return  # many run at once, and what they cost is nothing to go by
    worker = getattr(config, "workerinput", {}).get("workerid")
    if worker is None:
        shutil.rmtree(costs.MEASURED, ignore_errors=True)
    config.pluginmanager.register(costs.Meter(worker or "alone"))


def pytest_collection_modifyitems(config, items):
    """Dear tests are left to the whole profile, unless their file is asked for."""
    if PROFILE == "whole":
        return
    dear = {name for name in costs.read_costs() if costs.CASE in name}
    named = {str(config.rootpath / one.partition("::")[0]) for one in config.args}
    left = [
        item for item in items
        if item.nodeid.partition("[")[0] in dear
        and (PROFILE == "check" or str(item.path) not in named)
    ]  # fmt: skip
    if left:
        gone = set(left)
        items[:] = [item for item in items if item not in gone]
        config.hook.pytest_deselected(items=left)


def pytest_runtest_setup(item):
    STATE.use(state_of_before())  # what the test before it wrote in is no matter
    if time.time() > UNTIL:
        pytest.skip("the time that DOISOAT_TESTS_UNTIL gives is over")


def pytest_collection_finish(session):
    """Cycles are looked for as rarely as in the program, and not among all tests each time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BEFORE_CYCLES)


@pytest.fixture(autouse=True, scope="session")
def nobodys_settings(tmp_path_factory):
    """Not the settings of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.getbasetemp() / "no-config"))
        for name in ("DOISOAT_CONFIG", "DOISOAT_LOG"):
            patch.delenv(name, raising=False)
        patch.setenv("DOISOAT_LANG", "both")  # what both languages say; test_language has the ways
        # Java machines that live for seconds spend most of them on making their code quick.
        patch.setenv("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        yield


@pytest.fixture(scope="session")
def recalculated(tmp_path_factory):
    """Differences of a workbook to what a spreadsheet program makes of it; else the test skips."""
    if not spreadsheet.is_here():
        pytest.skip("soffice is not installed (libreoffice-calc-nogui)")
    profile = tmp_path_factory.mktemp("spreadsheet-profile")

    def differences(path):
        return spreadsheet.differences(path, tmp_path_factory.mktemp("calculated"), profile)

    return differences


@pytest.fixture(scope="session")
def printed(tmp_path_factory):
    """The pages of a workbook as a spreadsheet program prints it, their text; else it skips."""
    if not (spreadsheet.is_here() and shutil.which("pdftotext")):
        pytest.skip("soffice or pdftotext is not installed (libreoffice-calc-nogui, poppler-utils)")
    profile = tmp_path_factory.mktemp("spreadsheet-profile")

    def pages(path):
        return spreadsheet.pages(path, tmp_path_factory.mktemp("printed"), profile)

    return pages
