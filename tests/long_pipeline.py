"""The pipeline of settle many times under random delays: the same digest, the same bytes.

python -m tests.long_pipeline [--times 1000] [--subscribers 40] [--microseconds 500]

Not for every run of the suite: a thousand times take some minutes.
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.integration.conftest import done
from tests.pipes import pipe_of, through


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=1_000)
    parser.add_argument("--subscribers", type=int, default=40)
    parser.add_argument("--microseconds", type=int, default=500, help="the longest delay")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="doisoat-pipeline-") as name:
        home, folder = Path(name) / "home", Path(name) / "rows"
        folder.mkdir()
        done("simulate", "--subscribers", asked.subscribers, "--seed", 7, "--home", home)
        events = done("settle", "--home", home)["events"]
        pipe = pipe_of(home)
        print(f"{events} events in {pipe.task.home.buckets} buckets", flush=True)
        began, odd, delays = time.monotonic(), 0, 0
        for seed in range(asked.times):
            drawn = random.Random(seed)

            def at_border(stage: str, place: int, drawn: random.Random = drawn) -> None:
                nonlocal delays
                delays += 1
                time.sleep(drawn.randrange(asked.microseconds + 1) / 1e6)

            if through(pipe, folder, at_border, 1 + seed % 4) != (pipe.digest, pipe.files):
                odd += 1
                print(f"seed {seed}: another result", flush=True)
            if (seed + 1) % 100 == 0:
                print(f"{seed + 1} times, {odd} otherwise", flush=True)
        seconds = time.monotonic() - began
        print(f"{asked.times} times, {delays} delays, {odd} otherwise; {seconds:.0f} s")
        sys.exit(bool(odd))


if __name__ == "__main__":
    main()
