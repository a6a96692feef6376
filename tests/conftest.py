"""For all tests: no property has a deadline, for a busy machine is no fault; nobody's settings."""

import pytest
from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(autouse=True, scope="session")
def nobodys_settings(tmp_path_factory):
    """Not the settings of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.getbasetemp() / "no-config"))
        for name in ("DOISOAT_CONFIG", "DOISOAT_LOG"):
            patch.delenv(name, raising=False)
        yield
