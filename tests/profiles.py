"""How much of the tests a run of them takes: DOISOAT_TESTS=check, test or whole.

`check` is what `make check` runs after a change, `test` what `make test` and CI run, and `whole`
what `make mutate` does. They differ in how many examples a property is tried with. Tests that are
dear by tests/costs.json, some four hundred that take more than half of the time, run in `whole`,
and in `test` where their file is named; CI takes them in turn (costs.py).
"""

import os

EXAMPLES = {"check": 10, "test": 40, "whole": 100}
PROFILE = os.environ.get("DOISOAT_TESTS", "test")
if PROFILE not in EXAMPLES:
    raise SystemExit(f"DOISOAT_TESTS={PROFILE}: one of {', '.join(EXAMPLES)}")


def examples(times: float = 1) -> int:
    """How many examples a property is tried with that needs so many times the usual."""
    return max(5, round(EXAMPLES[PROFILE] * times))
