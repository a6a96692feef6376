"""Papers are the same bytes on 48 ways to run: threads, time zone, language, hash seed, row order.

python -m tests.long_papers

24 processes, each of which makes all papers of two folders: the same rows in two orders.
"""

import itertools
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.papers.world import write_run

WAYS = list(
    itertools.product(
        ("1", "2", "4"), ("UTC", "America/St_Johns"), ("C", "vi_VN.UTF-8"), ("0", "4242")
    )
)
ROOT = Path(__file__).resolve().parents[1]


def digests(way: tuple[str, str, str, str], folders: list[Path]) -> list[str]:
    """The papers' digest of each folder, in a process of this way."""
    threads, zone, language, seed = way
    env = {
        **os.environ, "POLARS_MAX_THREADS": threads, "RAYON_NUM_THREADS": threads, "TZ": zone,
        "LANG": language, "LC_ALL": language, "PYTHONHASHSEED": seed,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "tests.papers.reproduce", *map(str, folders)],
        cwd=ROOT, env=env, capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    return done.stdout.split()


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folders = [
            write_run(Path(name) / "a"),
            write_run(Path(name) / "b", shuffled=7),
        ]
        found = [digest for way in WAYS for digest in digests(way, folders)]
    print(f"{len(found)} ways, {len(set(found))} digest(s): {', '.join(sorted(set(found)))}")
    return 0 if len(found) == 48 and len(set(found)) == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
