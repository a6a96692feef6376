"""What each file of tests costs, in seconds: tests/costs.json, by which `make check` chooses.

Each run of the tests leaves what it measured under build/test-costs; `python -m tests.costs` says
which files are dearest there, and with --write makes tests/costs.json of it (after a whole
`make test` on a machine that does nothing else).
"""

import argparse
import json
import resource
import sys
import time
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MEASURED = ROOT / "build" / "test-costs"
KEPT = ROOT / "tests" / "costs.json"


class Meter:
    """A plugin of a process that runs tests: notes what each took in all its phases."""

    def __init__(self, name: str) -> None:
        self.path = MEASURED / f"{name}.json"
        self.seconds: dict[str, float] = defaultdict(float)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):
        used, since = processor_seconds(), time.monotonic()
        try:
            return (yield)
        finally:
            used, lasted = processor_seconds() - used, time.monotonic() - since
            # What is not waited for, a browser or a server, is seen by the clock alone.
            self.seconds[item.nodeid.partition("::")[0]] += max(
                used, min(lasted, used + lasted / 4)
            )

    def pytest_sessionfinish(self):
        MEASURED.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps(self.seconds), "utf-8")


def processor_seconds() -> float:
    """Of this process and of those that it waited for."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def read_costs() -> dict[str, float]:
    """By file, as they were measured last."""
    costs: dict[str, float] = json.loads(KEPT.read_text("utf-8"))
    return costs


def measured() -> dict[str, float]:
    """By file, what the processes of the last run measured."""
    costs: dict[str, float] = defaultdict(float)
    for path in sorted(MEASURED.glob("*.json")):
        for name, seconds in json.loads(path.read_text("utf-8")).items():
            costs[name] += seconds
    return costs


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.costs", description=__doc__)
    parser.add_argument("--write", action="store_true", help="make tests/costs.json of it")
    costs = {
        name: round(seconds, 1)
        for name, seconds in sorted(measured().items())
        if (ROOT / name).exists()
    }
    if parser.parse_args().write:
        lines = (f" {json.dumps(name)}: {seconds}" for name, seconds in costs.items())
        KEPT.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
        return 0
    for name, seconds in sorted(costs.items(), key=lambda one: -one[1])[:30]:
        print(f"{seconds:8.1f}  {name}")
    print(f"{sum(costs.values()):8.1f}  in all")
    return 0


if __name__ == "__main__":
    sys.exit(main())
