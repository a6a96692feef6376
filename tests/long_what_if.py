"""What-ifs, settle and the oracle for as long as you like: python -m tests.long_what_if --events N

Homes of random worlds by seed (tests.what_ifs): each is settled for two months, compared, turned by
a reading, asked what it forgoes and held to worlds of a claim's causes; the oracle says what each
comes to. Prints the seed and both answers at each difference; exit status 3 if there was one.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from doisoat.errors import EXIT_DISAGREEMENTS
from tests.what_ifs import differences


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1, help="the first world's seed")
    parser.add_argument("--of-a-home", type=int, default=2_000, help="events of a home, at least")
    parser.add_argument("--show", type=int, default=20, help="how many differences end it")
    chosen = parser.parse_args()
    begun, events, seed, found = time.monotonic(), 0, chosen.seed, 0
    while events < chosen.events and found < chosen.show:
        with tempfile.TemporaryDirectory(prefix="doisoat-what-if-") as folder:
            print(f"world {seed}", file=sys.stderr, flush=True)  # what raises ends the run under it
            of_home, apart = differences(seed, Path(folder), chosen.of_a_home)
        for text in apart:
            found += 1
            print(text, flush=True)
        events, seed = events + of_home, seed + 1
        if (seed - chosen.seed) % 10 == 0:
            print(f"{events:,} events of {seed - chosen.seed:,} homes", file=sys.stderr)
    print(
        f"{events:,} events of {seed - chosen.seed:,} homes in {time.monotonic() - begun:.0f} s:"
        f" {found:,} different"
    )
    return EXIT_DISAGREEMENTS if found else 0


if __name__ == "__main__":
    sys.exit(main())
