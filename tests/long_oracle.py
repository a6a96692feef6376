"""Kernel against oracle for as long as you like: python -m tests.long_oracle --events 1000000

Random worlds by seed, or with --home the events of a home, a few owners at a time, under the
bundled catalogue and the package of August 2021. Prints the world's seed (or the bucket and owner)
and both answers at each difference; exit status 3 if there was one.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from doisoat.errors import EXIT_DISAGREEMENTS
from tests.home_worlds import worlds_of
from tests.implementations import facts, outcomes
from tests.worlds import make_world

NAMES = ("event", "status", "list_value", "payable", "billed", "bundled", "past_stop",
         "throttled", "destination_class", "lines")  # fmt: skip


def differences(name: str, inputs: tuple[Any, ...]) -> tuple[int, list[str]]:
    """How many events a world has, and what kernel and oracle say apart."""
    mine = [facts(outcome) for outcome in outcomes("oracle", *inputs)]
    try:
        theirs = [facts(outcome) for outcome in outcomes("kernel", *inputs)]
    except Exception as error:  # a finding too: the run goes on
        return len(mine), [f"{name}: kernel raised {type(error).__name__}: {error}"]
    out = []
    if len(mine) != len(theirs):
        out.append(f"{name}: oracle {len(mine)} events, kernel {len(theirs)}")
    for place, (one, other) in enumerate(zip(mine, theirs, strict=False)):
        said = [
            f"{field}: oracle {a}, kernel {b}"
            for field, a, b in zip(NAMES, one, other, strict=True)
            if a != b
        ]
        if said:
            out.append(f"{name}, event {place}: {'; '.join(said)}")
            break  # what follows may only follow from it
    return len(mine), out


def random_worlds(seed: int) -> Iterator[tuple[str, tuple[Any, ...]]]:
    while True:
        yield f"world {seed}", make_world(seed).inputs
        seed += 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1, help="the first world's seed")
    parser.add_argument("--home", type=Path, help="take the events of this home")
    parser.add_argument("--first", type=int, default=0, help="the home's bucket to begin with")
    parser.add_argument("--show", type=int, default=20, help="how many differences to print")
    chosen = parser.parse_args()
    begun, events, count, found = time.monotonic(), 0, 0, 0
    given = worlds_of(chosen.home, chosen.first) if chosen.home else random_worlds(chosen.seed)
    for name, inputs in given:
        of_world, said = differences(name, inputs)
        for text in said:
            found += 1
            if found <= chosen.show:
                print(text, flush=True)
        events, count = events + of_world, count + 1
        if count % 2_000 == 0:
            print(f"{events:,} events of {count:,} worlds", file=sys.stderr)
        if events >= chosen.events:
            break
    print(
        f"{events:,} events of {count:,} worlds in"
        f" {time.monotonic() - begun:.0f} s: {found:,} worlds with a difference"
    )
    return EXIT_DISAGREEMENTS if found else 0


if __name__ == "__main__":
    sys.exit(main())
