"""For all tests: no property has a deadline, for a busy machine is no fault; nobody's settings."""

import gc

import pytest
from hypothesis import settings

from doisoat.cli import OBJECTS_BEFORE_CYCLES
from tests import spreadsheet

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


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
