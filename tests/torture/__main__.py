"""python -m tests.torture [--kills N] [--sizes N] [--states N] [--seed N] [--subscribers N]"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.torture.disks import fill
from tests.torture.kills import kill_at_random
from tests.torture.power import lose_power
from tests.torture.stages import Broken, prepare, room


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="kill -9 at random moments")
    parser.add_argument("--sizes", type=int, default=20, help="of a disk, for each command")
    parser.add_argument("--states", type=int, default=1_000, help="after power was lost")
    parser.add_argument("--seed", type=int, default=2021)
    parser.add_argument("--subscribers", type=int, default=20)
    given = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="torture-", dir=room()) as name:
        folder = Path(name)
        stages = prepare(folder, given.subscribers)
        print(
            f"{len(stages)} commands in {time.monotonic() - began:.0f} s, undisturbed: "
            + ", ".join(f"{stage.name} {stage.seconds:.1f} s" for stage in stages),
            flush=True,
        )
        trials: tuple[tuple[str, int, Callable[[], Counter[str]]], ...] = (
            ("kills", given.kills, lambda: kill_at_random(stages, folder, given.kills, given.seed)),
            ("sizes of a disk", given.sizes, lambda: fill(stages, folder, given.sizes)),
            ("states after power was lost", given.states,
             lambda: lose_power(stages, folder, given.states, given.seed)),
        )  # fmt: skip
        for title, count, trial in trials:
            if not count:
                continue
            since = time.monotonic()
            try:
                met = trial()
            except Broken as broken:
                print(f"{title}: BROKEN: {broken}")
                return 1
            print(f"{title}: {met.total()}, all as promised; {time.monotonic() - since:.0f} s")
            for told, number in sorted(met.items()):
                print(f"  {told} {number}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
