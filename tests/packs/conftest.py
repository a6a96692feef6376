"""The settled home of the integration tests, and packs of it; a DuckDB 1.x where there is one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.integration.conftest import (  # noqa: F401  (fixtures)
    done,
    five_months,
    home,
    key,
    nobodys_home,
    settled,
)
from tests.integration.test_signing import keys, signed_by, signers  # noqa: F401  (fixtures)
from tests.made_once import made_once

MONTH = "2021-08"
CARRIER = "vnpt"


@pytest.fixture(scope="session")
def packed(settled, tmp_path_factory):  # noqa: F811
    """A pack of a month that nobody signed; not to be changed."""

    def make(folder):
        done("pack", CARRIER, MONTH, "--home", settled[0], "--out", folder / "pack")
        return folder / "pack"

    return made_once(tmp_path_factory, "packed", make)


@pytest.fixture
def signed(home, signers, signed_by, tmp_path):  # noqa: F811
    """A signed month, its pack, and what signing and packing said."""
    of_sign = signed_by("ke-toan")
    out = tmp_path / "signed"
    return out, of_sign, done("pack", CARRIER, MONTH, "--home", home, "--out", out)


@pytest.fixture
def pack(packed, tmp_path):
    """A copy of it, to be spoilt."""
    return Path(shutil.copytree(packed, tmp_path / "pack"))


def check_here(folder):
    """What check.sql says in the DuckDB that doisoat brings: None, or its error."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        with duckdb.connect() as con:
            con.execute("SET enable_progress_bar = false")
            con.execute((folder / "check.sql").read_text("utf-8"))
            return None
    except duckdb.Error as error:
        return str(error)
    finally:
        os.chdir(before)


def script(folder, *args):
    """Exit status of the pack's own script and what it says."""
    command = [sys.executable, "-I", folder / "verify_pack.py", *args]
    found = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    return found.returncode, found.stdout


@pytest.fixture(scope="session")
def old_duckdb():
    """The command line of a DuckDB 1.x: DOISOAT_DUCKDB_1 says where, else the one in PATH."""
    path = os.environ.get("DOISOAT_DUCKDB_1") or shutil.which("duckdb")
    if path is None:
        pytest.skip("no duckdb command line here: set DOISOAT_DUCKDB_1, or pip install duckdb-cli")
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    if not told.startswith("v1."):
        pytest.skip(f"{path} is {told.strip()}, not a DuckDB 1.x")
    return path
