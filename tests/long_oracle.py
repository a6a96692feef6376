"""Kernel against oracle for as long as you like: python -m tests.long_oracle --events 1000000

Prints the world's seed and both answers at each difference; exit status 3 if there was one.
"""

import argparse
import sys
import time

from doisoat.errors import EXIT_DISAGREEMENTS
from tests.implementations import facts, outcomes
from tests.worlds import make_world

NAMES = ("event", "status", "list_value", "payable", "billed", "bundled", "past_stop",
         "throttled", "destination_class", "lines")  # fmt: skip


def differences(seed: int) -> tuple[int, list[str]]:
    """How many events the world of a seed has, and what kernel and oracle say apart."""
    world = make_world(seed)
    mine = [facts(outcome) for outcome in outcomes("oracle", *world.inputs)]
    try:
        theirs = [facts(outcome) for outcome in outcomes("kernel", *world.inputs)]
    except Exception as error:  # a finding too: the run goes on
        return len(mine), [f"world {seed}: kernel raised {type(error).__name__}: {error}"]
    out = []
    if len(mine) != len(theirs):
        out.append(f"world {seed}: oracle {len(mine)} events, kernel {len(theirs)}")
    for place, (one, other) in enumerate(zip(mine, theirs, strict=False)):
        said = [
            f"{name}: oracle {a}, kernel {b}"
            for name, a, b in zip(NAMES, one, other, strict=True)
            if a != b
        ]
        if said:
            out.append(f"world {seed}, event {place}: {'; '.join(said)}")
            break  # what follows may only follow from it
    return len(mine), out


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1, help="the first world's seed")
    parser.add_argument("--show", type=int, default=20, help="how many differences to print")
    chosen = parser.parse_args()
    begun, events, seed, found = time.monotonic(), 0, chosen.seed, 0
    while events < chosen.events:
        count, said = differences(seed)
        for text in said:
            found += 1
            if found <= chosen.show:
                print(text, flush=True)
        events, seed = events + count, seed + 1
        if seed % 2_000 == 0:
            print(f"{events:,} events of {seed - chosen.seed:,} worlds", file=sys.stderr)
    print(
        f"{events:,} events of {seed - chosen.seed:,} worlds in"
        f" {time.monotonic() - begun:.0f} s: {found:,} worlds with a difference"
    )
    return EXIT_DISAGREEMENTS if found else 0


if __name__ == "__main__":
    sys.exit(main())
