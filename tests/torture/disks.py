"""A home on a disk of each size from too small to enough: all or nothing, and said."""

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.torture.stages import Broken, Stage, copy

PAGE = 4096
STORE = 6  # the exit status of a home that cannot be written


@contextmanager
def disk(folder: Path, size: int) -> Iterator[Path]:
    """A file system of so many bytes, in memory."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, check=False)
    if done.returncode != 0:
        raise SystemExit(
            "no leave to mount a tmpfs: run as root, or under `unshare --map-root-user --mount`"
        )
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)
        folder.rmdir()


def bytes_of(home: Path) -> int:
    return sum(-(-path.stat().st_size // PAGE) * PAGE + PAGE for path in home.rglob("*"))


def fill(stages: Sequence[Stage], folder: Path, sizes: int) -> Counter[str]:
    """What came of it at each size: by stage, refused or done.

    Raises: Broken if a refusal is no exit 6 with an error that says so, or left anything changed.
    """
    met = Counter[str]()
    for stage in stages:
        least, most = bytes_of(stage.before) + PAGE, 2 * bytes_of(stage.after) + 64 * PAGE
        for number in range(sizes):
            size = least + (most - least) * number // max(1, sizes - 1)
            with disk(folder / "disk", size) as home:
                copy(stage.before, home)
                told = subprocess.run(stage.command(home), capture_output=True, check=False)
                met[f"{stage.name}: {'done' if told.returncode == 0 else 'refused'}"] += 1
                if told.returncode == 0:
                    stage.demand_done(home)
                elif told.returncode == STORE:
                    said = json.loads(told.stdout)["error"]["what"]
                    if "No space" not in said:
                        raise Broken(f"{stage.name} on {size} bytes: {said}")
                else:
                    raise Broken(
                        f"{stage.name} on {size} bytes ends {told.returncode}:"
                        f" {told.stderr[-600:]!r}"
                    )
                stage.demand_sound(home)
                rescued = folder / "rescued"
                copy(home, rescued)
            stage.finish(rescued)
            shutil.rmtree(rescued)
    return met
