"""Papers and runs are the same bytes on 48 ways: threads, time zone, language, hash seed, order.

python -m tests.long_papers

24 processes, each of which makes all papers of two folders, the same rows in two orders; and 48
more, each of which takes a world in, its files in one of two orders, and settles two months of it:
every byte of the runs' folders counts, workbooks and manifests too, and of the papers.
"""

import itertools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from doisoat.fixtures.simulate import small_world
from doisoat.fixtures.synthetic_key import SYNTHETIC_KEY
from tests.papers.adjusted import write_adjustments
from tests.papers.reproduce import BESIDE, KEY
from tests.papers.world import write_run

WAYS = list(
    itertools.product(
        ("1", "2", "4"), ("UTC", "America/St_Johns"), ("C", "vi_VN.UTF-8"), ("0", "4242")
    )
)
ROOT = Path(__file__).resolve().parents[1]


def digests(
    way: tuple[str, str, str, str], folders: Sequence[Path], what: str = "papers"
) -> list[str]:
    """The digests of each folder, in a process of this way. what: as tests.papers.reproduce."""
    threads, zone, language, seed = way
    env = {
        **os.environ, "POLARS_MAX_THREADS": threads, "RAYON_NUM_THREADS": threads, "TZ": zone,
        "LANG": language, "LC_ALL": language, "PYTHONHASHSEED": seed,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "tests.papers.reproduce", what, *map(str, folders)],
        cwd=ROOT, env=env, capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    return done.stdout.split()


def write_world(folder: Path, subscribers: int = 24) -> Path:
    """The files of a small world, and the key that their pseudonyms are made with."""
    path = small_world(folder, subscribers=subscribers).path
    content = {"version": 1, "created": SYNTHETIC_KEY.created, "public": True}
    key = path / KEY
    key.write_text(json.dumps({**content, "key": SYNTHETIC_KEY.secret.hex()}), "utf-8")
    key.chmod(0o600)
    return path


def write_folders(folder: Path, scale: int = 1_000_003) -> list[Path]:
    """Two folders of the same run, with what was booked into its month, rows in two orders."""
    runs = []
    for name, shuffled in (("a", None), ("b", 7)):
        runs.append(write_run(folder / name, scale=scale, shuffled=shuffled))
        list(write_adjustments(folder / name / BESIDE, scale=scale, shuffled=shuffled))
    return runs


def main() -> int:
    same = True
    with tempfile.TemporaryDirectory() as name:
        told = {
            "papers": (write_folders(Path(name)), ("papers",)),
            "runs": ([write_world(Path(name) / "world")], ("forwards", "backwards")),
        }
        for which, (folders, orders) in told.items():
            found = [
                digest for way in WAYS for what in orders for digest in digests(way, folders, what)
            ]
            same &= len(found) == 48 and len(set(found)) == 1
            distinct = sorted(set(found))
            print(f"{which}: {len(found)} ways, {len(distinct)} digest(s): {', '.join(distinct)}")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
