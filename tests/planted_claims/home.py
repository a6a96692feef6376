"""The home in which claims are planted: a synthetic world taken in by carrier, late files after.

Every step is a command of doisoat, as a ministry would give it. What lies there already is not made
again.
"""

import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import polars as pl

from doisoat import cli
from doisoat.engine.store.home import BUCKETS_DEFAULT, writer
from doisoat.fixtures.synthetic_key import SYNTHETIC_KEY
from tests.planted_claims import tariff_edits

PERIOD = "2021-08"
MAIN = "import sys; from doisoat.cli import main; main(sys.argv[1:])"
MASTER = ("subscriptions", "ports", "packs")
MOBILE = ("viettel", "vnpt", "mobifone", "vietnamobile")
FIBRE = ("fpt", "cmc", "sctv")
CARRIERS = (*MOBILE, *FIBRE)
LATER = ("-late.csv", "-resent.csv")


class Done(NamedTuple):
    """What a process said, and what it took."""

    told: dict[str, Any]
    status: int
    seconds: float  # of processor time
    peak_mib: int  # resident


class Planted(NamedTuple):
    """Where all of it lies."""

    folder: Path
    home: Path
    world: Path
    catalogue: Path
    first_run: str  # before the late files were taken in
    run: str  # in force


def command(*arguments: object) -> dict[str, Any]:
    """What a command of doisoat says with --json; RuntimeError if it does not end well."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = cli.run([*map(str, arguments), "--json"])
    if status:
        raise RuntimeError(f"{arguments}, {status}: {out.getvalue()} {err.getvalue()}")
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def process(*arguments: object, allowed: tuple[int, ...]) -> Done:
    """The same in a process of its own; RuntimeError if it ends otherwise than allowed."""
    line = [sys.executable, "-c", MAIN, *map(str, arguments), "--json"]
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as errors:
        with subprocess.Popen(line, stdout=said, stderr=errors) as started:
            _, ended, usage = os.wait4(started.pid, 0)
            status = started.returncode = os.waitstatus_to_exitcode(ended)
        said.seek(0)
        errors.seek(0)
        out, wrong = said.read(), errors.read()
    if status not in allowed:
        raise RuntimeError(f"{line[3:]}, {status}: {out[-2000:]!r} {wrong[-800:]!r}")
    seconds = usage.ru_utime + usage.ru_stime
    return Done(json.loads(out), status, seconds, usage.ru_maxrss // 1_024)


def face(home: Path) -> duckdb.DuckDBPyConnection:
    """relief.duckdb of a home, read only."""
    return duckdb.connect(str(home / "relief.duckdb"), read_only=True)


def carrier_of(path: Path) -> str:
    """Whose usage a file of the world holds, by its name."""
    return path.stem.split("-")[1]


def make(
    folder: Path, simulate: Callable[[Path], object], buckets: int = BUCKETS_DEFAULT
) -> Planted:
    """Simulate, take in by carrier, settle, take in what came late, settle again.

    Args: simulate: writes the world's files into a folder, unless they are there; buckets: of the
        home.
    """
    folder.mkdir(parents=True, exist_ok=True)
    catalogue = tariff_edits.honest(folder / "tariffs" / "honest")
    world, home, made = folder / "made" / "world", folder / "home", folder / "made.json"
    simulate(world)
    if made.exists():
        first, run = json.loads(made.read_text("utf-8"))
        return Planted(folder, home, world, catalogue, first, run)
    with writer(home, "simulate", buckets):
        pass  # it is made, with so many buckets
    key = key_in(folder)
    files = sorted(path for path in world.iterdir() if path.is_file())
    for kind in MASTER:
        take(home, kind, [path for path in files if path.name.startswith(kind)], key)
    usage = [path for path in files if path.name.startswith("usage-")]
    for is_late in (False, True):
        for carrier in CARRIERS:
            some = [path for path in usage if carrier_of(path) == carrier]
            take(home, "usage", [p for p in some if p.name.endswith(LATER) == is_late], key)
        run = settle(home, catalogue)
        if not is_late:
            first = run
    made.write_text(json.dumps([first, run]), "utf-8")
    return Planted(folder, home, world, catalogue, first, run)


def copied_to(planted: Planted, folder: Path) -> Planted:
    """What was made, as it lies in a copy of its folder."""
    home, world, catalogue = (
        folder / path.relative_to(planted.folder)
        for path in (planted.home, planted.world, planted.catalogue)
    )
    return planted._replace(folder=folder, home=home, world=world, catalogue=catalogue)


def settle(home: Path, catalogue: Path, *more: object) -> str:
    """Settle the month; the run's id."""
    asked = ("settle", "--period", PERIOD, "--catalogue", catalogue, "--home", home, *more)
    run: str = command(*asked)["run"]
    return run


def take(home: Path, kind: str, files: list[Path], key: Path) -> None:
    """Take files of the world in, in one intake; none is none.

    Parts stay apart, so that `copy_of` can take those of one carrier.
    """
    if files:
        command("intake", *files, "--mapping", "world", "--kind", kind, "--key", key,
                "--no-merge", "--home", home)  # fmt: skip


def key_in(folder: Path) -> Path:
    """The public key of synthetic worlds, as a file."""
    path = folder / "synthetic.key"
    content = {"version": 1, "created": SYNTHETIC_KEY.created, "public": True}
    path.write_text(json.dumps({**content, "key": SYNTHETIC_KEY.secret.hex()}))
    path.chmod(0o600)
    return path


def copy_of(planted: Planted, carrier: str, target: Path) -> Path:
    """A home of hard links with all master data and the usage of one carrier, and no run or log."""
    target.mkdir(parents=True)
    (target / "home.json").write_bytes((planted.home / "home.json").read_bytes())
    for floor in ("master", "usage"):
        for part in sorted((planted.home / floor).iterdir()):
            if floor == "usage" and carrier not in carriers_in(part):
                continue
            (target / floor / part.name).mkdir(parents=True)
            for path in part.iterdir():
                os.link(path, target / floor / part.name / path.name)
    return target


def carriers_in(part: Path) -> set[str]:
    """Whose files a part of usage was made of."""
    names = pl.read_parquet(part / "source.parquet", columns=["name"])["name"]
    return {carrier_of(Path(name)) for name in names}
