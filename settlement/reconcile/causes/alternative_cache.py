"""What alternatives came to, kept in a home by a digest of all that it hangs on.

Whoever files a corrected claim is answered from it. It is no evidence and enters no digest. Only
sums of cells are kept, which say of nobody who it is. It may be removed at any time: what is not
there, is damaged, or was made by other code or of other inputs is made anew.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import polars as pl

from doisoat.engine.intake.records import decisions
from doisoat.engine.intake.records.conflict import CONFLICT
from doisoat.engine.store import commit
from doisoat.engine.store.home import ID_HEX_DIGITS, Home, Part, list_parts
from doisoat.settlement.figures.row_files import PARQUET
from doisoat.settlement.reconcile.causes.world_inputs import Grounds, chain_of
from doisoat.settlement.runs.runs import AS_WRITTEN, RunFiles

ALTERNATIVES = "alternatives"  # of a home
CODE = Path(__file__).parents[3]
FLOORS_OF_CODE = ("tariffs", "engine", "settlement")
CODE_HEX_DIGITS = 16
TARIFFS = ("catalogue.json", "package.json", AS_WRITTEN)  # of a run, from which worlds are made

Frames = Mapping[str, pl.DataFrame]


class AlternativeCache:
    """The frames that are kept of a run: alternatives/<run>-<code>-<inputs>/.

    grounds: over which its worlds are evaluated, where they are not kept.

    A file is named <what it is of>-<SHA-256 of its bytes>.parquet, so that a damaged one is known.
    """

    def __init__(self, home: Home, run: RunFiles) -> None:
        self.home, self.run, self.grounds = home, run, Grounds(home, run)

    @cached_property
    def folder(self) -> Path:
        """Where they lie, if there are any."""
        inputs = commit.digest_of(_inputs(self.home, self.run))[:ID_HEX_DIGITS]
        name = f"{self.run.run}-{code_digest()[:CODE_HEX_DIGITS]}-{inputs}"
        return self.home.path / ALTERNATIVES / name

    def has(self, what: object, *names: str) -> bool:
        """Are frames of these names kept? Whether they are damaged is not looked at."""
        return all(self._files(what, name) for name in names)

    def frame(self, what: object, name: str) -> pl.DataFrame | None:
        """The frame as it was kept; None where it is not, or is damaged."""
        for path in self._files(what, name):
            content = path.read_bytes()
            if path.stem.partition("-")[2] == hashlib.sha256(content).hexdigest():
                return pl.read_parquet(content)
            path.unlink()
        return None

    def frames(self, what: object, names: tuple[str, ...], make: Callable[[], Frames]) -> Frames:
        """Frames by name as they were kept; where one is not, all are made anew, and kept."""
        kept = {name: self.frame(what, name) for name in names}
        known = {name: frame for name, frame in kept.items() if frame is not None}
        if len(known) == len(names):
            return known
        made = make()
        for name in names:
            self.keep(what, name, made[name])
        return made

    def keep(self, what: object, name: str, frame: pl.DataFrame) -> None:
        """Raises: StoreError if the disk takes it not."""
        with commit.disk_errors(self.folder):
            if not self.folder.is_dir():
                self._remove_stale()
                commit.make_folder(self.folder)
            staging = commit.staging_path(self.home.path)
            try:
                frame.write_parquet(staging, **PARQUET)
                target = f"{_key(what, name)}-{commit.sha256_of(staging)}.parquet"
                # Not synced: what a lost power leaves of it has not the digest of its name.
                os.replace(staging, self.folder / target)
            finally:
                staging.unlink(missing_ok=True)

    def _files(self, what: object, name: str) -> list[Path]:
        return sorted(self.folder.glob(f"{_key(what, name)}-*.parquet"))

    def _remove_stale(self) -> None:
        """Remove what was made of other inputs of this run, by other code, or of a run that is no
        more."""
        for folder in self.folder.parent.glob("*-*-*"):
            run, code, _ = folder.name.split("-", 2)
            is_kept = (self.home.floor("runs") / run).is_dir()
            if run == self.run.run or code != code_digest()[:CODE_HEX_DIGITS] or not is_kept:
                shutil.rmtree(folder)


def remove_alternatives(home: Home) -> None:
    """Remove all that is kept: parts or runs that it was made of went from the home on purpose.

    Raises: StoreError if the disk does not let it go.
    """
    folder = home.path / ALTERNATIVES
    if folder.is_dir():
        with commit.disk_errors(folder):
            shutil.rmtree(folder)


@cache
def code_digest() -> str:
    """SHA-256 of the code that could move a figure, so that none made by other code is taken."""
    paths = [*CODE.glob("*.py")]
    for floor in FLOORS_OF_CODE:
        paths += [path for end in ("py", "so") for path in (CODE / floor).rglob(f"*.{end}")]
    whole = hashlib.sha256()
    for path in sorted(paths):
        content = path.read_bytes()
        whole.update(f"{path.relative_to(CODE)} {len(content)}\n".encode())
        whole.update(content)
    return whole.hexdigest()


def _key(what: object, name: str) -> str:
    return commit.digest_of([what, name])[:ID_HEX_DIGITS]


def _inputs(home: Home, run: RunFiles) -> dict[str, Any]:
    """All that an alternative of a run is made from, but what a frame itself is named by.

    Of these a world follows from its name, so that one that is kept need not even be made.
    """
    return {
        "code": code_digest(),
        "tariffs": {
            file["name"]: file["sha256"]
            for file in run.manifest["files"]
            if file["name"] in TARIFFS
        },
        "runs": [earlier.run for earlier in chain_of(home, run)],
        "usage": [part.id for part in list_parts(home, "usage") if _concerns(part, run.period)],
        "master": [part.id for part in list_parts(home, "master")],
        "decisions": [commit.sha256_of(path) for path in decisions.files(home)],
    }


def _concerns(part: Part, period: str) -> bool:
    """May a part of usage move a period? One of later months that contradicts nothing does not."""
    months = {month for source in part.manifest["sources"] for month in source["months"]}
    return part.file(CONFLICT) is not None or any(month <= period for month in months)
