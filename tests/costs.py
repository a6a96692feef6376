"""What tests cost, in seconds of a processor: tests/costs.json, by which profiles choose.

It has every file of tests, and each test that is dear: one whose dearest case takes DEAR seconds or
more. These are left to the whole profile (profiles.py), and are not counted in their file. What
holds the kernel to its rules and these pages to what they show is nowhere too dear.

Each run of the tests leaves what it measured under build/test-costs. `python -m tests.costs` says
which files are dearest there; with --write it takes the figures over into tests/costs.json: do so
after `make test DOISOAT_TESTS=whole` on a machine that does nothing else. With --dear SEED it names
the dear tests, file by file, in an order that the seed gives: CI runs them for as long as it has
time, and the order of each commit is another, so that none is always the last.
"""

import argparse
import contextlib
import hashlib
import json
import resource
import sys
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path
from time import monotonic as clock  # bound now: a test may put another into its module

import pytest

ROOT = Path(__file__).resolve().parents[1]
MEASURED = ROOT / "build" / "test-costs"
KEPT = ROOT / "tests" / "costs.json"
DEAR = 1.5
NEVER_DEAR = ("tests/engine/", "tests/spec/", "tests/conformance/", "tests/test_docs.py")
CASE = "::"  # between a file and its test

Costs = dict[str, float]  # by a file of tests, or by file::test


class Meter:
    """A plugin of a process that runs tests: notes what each took in all its phases."""

    def __init__(self, name: str) -> None:
        self.path = MEASURED / f"{name}.json"
        self.cases: dict[str, list[float]] = defaultdict(list)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item):
        """What a fixture of many makes is made before the first of them, and is not that one's."""
        return (yield from self._noted(item.nodeid.partition(CASE)[0]))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item):
        return (yield from self._noted(item.nodeid.partition("[")[0]))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item):
        return (yield from self._noted(item.nodeid.partition(CASE)[0]))

    def _noted(self, name: str) -> Generator[None, object, object]:
        used, since = processor_seconds(), clock()
        try:
            return (yield)
        finally:
            used, lasted = processor_seconds() - used, clock() - since
            # A browser or a server is not waited for: the clock alone sees it.
            self.cases[name].append(used if used > lasted / 10 else max(used, lasted / 4))

    def pytest_sessionfinish(self):
        MEASURED.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):  # another run has begun, and cleared it
            self.path.write_text(json.dumps(self.cases), "utf-8")


def processor_seconds() -> float:
    """Of this process and of those that it waited for."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def read_costs() -> Costs:
    """As they were taken over last."""
    costs: Costs = json.loads(KEPT.read_text("utf-8"))
    return costs


def is_dear(name: str, cases: list[float]) -> bool:
    return CASE in name and max(cases) >= DEAR and not name.startswith(NEVER_DEAR)


def costs_of(cases: dict[str, list[float]]) -> Costs:
    """By file without its dear tests, and by dear test with all its cases."""
    costs: Costs = defaultdict(float)
    for name, seconds in cases.items():
        kept_as = name if is_dear(name, seconds) else name.partition(CASE)[0]
        costs[kept_as] += sum(seconds)
    return {name: round(seconds, 1) for name, seconds in sorted(costs.items())}


def measured() -> dict[str, list[float]]:
    """What the processes of the last run measured, by test, and by file for what fixtures took."""
    cases: dict[str, list[float]] = defaultdict(list)
    for path in sorted(MEASURED.glob("*.json")):
        for name, seconds in json.loads(path.read_text("utf-8")).items():
            cases[name] += seconds
    return cases


def taken_over(before: Costs, cases: dict[str, list[float]]) -> Costs:
    """The costs of before, with those that were measured in their place; none of what is gone."""
    costs = {name: cost for name, cost in before.items() if name not in cases} | costs_of(cases)
    return {name: cost for name, cost in sorted(costs.items()) if _exists(name)}


def in_turn(costs: Costs, seed: str) -> list[str]:
    """Dear tests, those of a file as the file has them, files in an order that `seed` gives."""

    def place(name: str) -> tuple[bytes, int, str]:
        file = name.partition(CASE)[0]
        return hashlib.blake2b(f"{seed} {file}".encode()).digest(), _offset(name), name

    return sorted((name for name in costs if CASE in name), key=place)


def _exists(name: str) -> bool:
    return _offset(name) >= 0


def _offset(name: str) -> int:
    """Where its file has a test, 0 for a file, -1 where there is none."""
    path, _, test = name.partition(CASE)
    file = ROOT / path
    if not file.exists():
        return -1
    return file.read_text("utf-8").find(f"def {test}(") if test else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.costs", description=__doc__)
    parser.add_argument("--write", action="store_true", help="take them over")
    parser.add_argument("--dear", metavar="SEED", help="name the dear tests, in their turn")
    given = parser.parse_args()
    if given.dear is not None:
        print(*in_turn(read_costs(), given.dear))
        return 0
    cases = measured()
    if given.write:
        costs = taken_over(read_costs(), cases)
        lines = (f" {json.dumps(name)}: {seconds}" for name, seconds in costs.items())
        KEPT.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
        return 0
    costs = costs_of(cases)
    for name, seconds in sorted(costs.items(), key=lambda one: -one[1])[:30]:
        print(f"{seconds:8.1f}  {name}")
    print(f"{sum(costs.values()):8.1f}  in all")
    return 0


if __name__ == "__main__":
    sys.exit(main())
