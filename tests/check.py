"""What a change reaches, looked at in 90 seconds: `make check`, or `python -m tests.check --help`.

The change is what differs from a commit, HEAD unless BASE names another. Its files are linted, and
the tests that read them are run: those that read them over the fewest imports first, of these the
cheapest, as long as there is time. Tests of the tariffs' worked cases and of the floors always run.
What is left to `make test` is said. Status 1 says that something failed; 0, that what ran holds.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from tests import import_graph
from tests.costs import read_costs

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
SECONDS = 90
ALWAYS = ("tests/spec/test_cases.py", "tests/test_packaging.py", "tests/test_texts.py")
WORKERS = 2
START_SECONDS = 9  # of pytest and its workers, before the first test and after the last
END_SECONDS = 6  # of the tests that are running when the time is over
USED = 0.62  # of the workers' time: the last tests are not done at once
UNKNOWN_SECONDS = 3.0  # of a file of tests that is new
LIKE = 2  # edges that a test is nearer by whose name has a word of the file's


class Choice(NamedTuple):
    """Files of tests to run, nearest first, and those left, with the seconds that each takes."""

    run: dict[str, float]
    left: dict[str, float]


def changed_files(base: str) -> list[str]:
    """Files that differ from a commit or are new and not ignored; none that are gone."""
    git = ("git", "-c", "core.quotePath=false")
    lines = (
        (*git, "diff", "--name-only", "--diff-filter=d", base, "--"),
        (*git, "ls-files", "--others", "--exclude-standard"),
    )
    found: set[str] = set()
    for line in lines:
        done = subprocess.run(line, cwd=ROOT, check=True, capture_output=True, text=True)
        found.update(done.stdout.splitlines())
    return sorted(found)


def words_of(path: str) -> set[str]:
    """Of a path's folders and name, in the singular; none that many have."""
    parts = re.split(r"[/_.]", path)
    return {part.rstrip("s") for part in parts[1:]} - {"", "test", "py", "pyx", "pxd", "init", "of"}


def nearest(changed: Iterable[str]) -> dict[str, int]:
    """Files of tests that read what changed, by how near they are."""
    changed = list(changed)
    words = set().union(*map(words_of, changed)) if changed else set()
    return {
        path: distance - LIKE * bool(words & words_of(path))
        for path, distance in import_graph.distances(changed).items()
        if re.search(r"^tests/(.*/)?test_\w+\.py$", path)
    }


def choose(near: dict[str, int], costs: dict[str, float], seconds: float) -> Choice:
    """As many as there is processor time for, the nearest first; a dear one makes no way for more
    distant ones that are cheaper, before all as near as it were tried."""
    order = [*ALWAYS]
    order += sorted(near, key=lambda path: (near[path], costs.get(path, UNKNOWN_SECONDS), path))
    choice = Choice({}, {})
    for path in dict.fromkeys(order):
        cost = costs.get(path, UNKNOWN_SECONDS)
        taken = path in ALWAYS or sum(choice.run.values()) + cost <= seconds
        (choice.run if taken else choice.left)[path] = cost
    return choice


def lint_lines(changed: list[str]) -> list[list[str]]:
    """Command lines of the linters for what changed."""
    python = [path for path in changed if path.endswith((".py", ".pyi"))]
    cython = [path for path in changed if path.endswith((".pyx", ".pxd"))]
    lines = []
    if python:
        lines += [
            [str(BIN / "ruff"), "check", "-q", *python],
            [str(BIN / "ruff"), "format", "-q", "--check", *python],
            [sys.executable, "-m", "tests.names"],
        ]
    if cython:
        lines.append([str(BIN / "cython-lint"), *cython])
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.check", description=__doc__)
    parser.add_argument("--base", default="HEAD", help="what the change is held against")
    parser.add_argument("--began", type=float, default=time.time(), help="when, in Unix seconds")
    parser.add_argument("--list", action="store_true", help="say what would run, and run nothing")
    given = parser.parse_args()
    changed = changed_files(given.base)
    left_seconds = SECONDS - START_SECONDS - (time.time() - given.began)
    choice = choose(nearest(changed), read_costs(), WORKERS * USED * left_seconds)
    print(f"{len(changed)} files differ from {given.base}; {len(choice.run)} files of tests run,"
          f" {sum(choice.run.values()):.0f} s of processor time")  # fmt: skip
    if given.list:
        print(*(f"{seconds:7.1f}  {path}" for path, seconds in choice.run.items()), sep="\n")
        return 0
    running = [(line, subprocess.Popen(line, cwd=ROOT)) for line in lint_lines(changed)]
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", str(WORKERS), "--dist", "worksteal",
         "--benchmark-disable", "-p", "no:cacheprovider", "-o", "tmp_path_retention_policy=failed",
         *choice.run],
        cwd=ROOT, check=False,
        env={**os.environ, "DOISOAT_TESTS": "check", "DOISOAT_TESTS_UNTIL":
             str(given.began + SECONDS - END_SECONDS)},
    )  # fmt: skip
    failed = [" ".join(line[1:3]) for line, process in running if process.wait()]
    if tests.returncode:
        failed.append("the tests")
    if choice.left:
        print(f"left to make test: {len(choice.left)} files of tests that read it too,"
              f" {sum(choice.left.values()):.0f} s; and mypy to make lint")  # fmt: skip
    print(f"{'FAILED: ' + ', '.join(failed) if failed else 'holds'}"
          f" ({time.time() - given.began:.0f} s)")  # fmt: skip
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
