"""The shared scan beside worlds one by one: what it does where there is nothing to scan."""

import subprocess
import sys


def test_a_home_that_is_not_there_is_named(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "doisoat.benchmarks.scan", "--home", str(tmp_path / "none")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2 and done.stdout == ""
    assert str(tmp_path / "none") in done.stderr and "Traceback" not in done.stderr
