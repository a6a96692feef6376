"""A small world taken in and settled, stage by stage, with a copy of the home before each."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from doisoat.engine.intake.suspense.suspense_register import RECYCLED, read_register
from doisoat.engine.store.commit import MANIFEST
from doisoat.engine.store.home import open_home
from doisoat.errors import StoreError
from doisoat.fixtures.simulate import small_world
from doisoat.fixtures.synthetic_key import SYNTHETIC_KEY
from doisoat.settlement.records.claim_records import filings
from doisoat.settlement.verify.store_check import check_store
from doisoat.settlement.verify.verify import verify_home
from tests.months.story import charge_in_full
from tests.torture import months

MAIN = "import sys; from doisoat.cli import main; main(sys.argv[1:])"
WHO = ("--who", "Lan", "--why", "a trial", "--apply")
KINDS = ("subscriptions", "ports", "packs", "usage")
MOMENTS = ("when", "before", "digest")
DONE_BEFORE = (6, 7)  # exit statuses: there is something already; the period is as it is to be
NOT_OF_THE_CONTENT = ("lock", "log", "index", "relief.duckdb", "relief.duckdb.sha256")


class Broken(Exception):
    """A promise that did not hold."""


@dataclass(frozen=True)
class Stage:
    """A command, and the home before and after it."""

    name: str
    arguments: tuple[str, ...]  # without --home; {home} stands for where it lies
    before: Path
    after: Path
    seconds: float

    def command(self, home: Path) -> list[str]:
        given = (word.replace("{home}", str(home)) for word in self.arguments)
        return [sys.executable, "-c", MAIN, *given, "--home", str(home), "--json"]

    def finish(self, home: Path) -> None:
        """Run the command to its end, and demand the undisturbed result.

        What is done once, and was done, may say so (exit statuses 6 and 7).
        """
        was_done = self.is_done(home)
        done = subprocess.run(self.command(home), capture_output=True, check=False)
        if done.returncode != 0 and not (was_done and done.returncode in DONE_BEFORE):
            raise Broken(
                f"{self.name}: run again, it ends {done.returncode}: {done.stderr[-800:]!r}"
            )
        self.demand_done(home)

    def is_done(self, home: Path) -> bool:
        """Does the home hold what it holds undisturbed, and does its log tell of all that?"""
        return content_of(home) == content_of(self.after) and acts_of(home) >= acts_of(self.after)

    def demand_done(self, home: Path) -> None:
        if not self.is_done(home):
            raise Broken(f"{self.name}: run again, the home is not what it is undisturbed")

    def demand_sound(self, home: Path, *, verifies: bool = False) -> None:
        """The home is sound, and holds what it held before the stage or what it holds after.

        Args: verifies: does `doisoat verify` find nothing either? It rebuilds relief.duckdb.
        """
        if not (home / "home.json").exists():
            if content_of(self.before):
                raise Broken(f"{self.name}: the home is gone")
            return
        try:
            checked = check_store(open_home(home))
        except StoreError as error:
            raise Broken(f"{self.name}: {error.what}") from None
        if not checked.ok:
            raise Broken(f"{self.name}: {checked.findings[:3]}")
        if verifies:
            self._demand_verified(home)
        now, old, new = held_by(home), held_by(self.before), held_by(self.after)
        for floor, names in now.items():
            if names not in (old[floor], new[floor]):
                raise Broken(f"{self.name}: {floor} is neither as before nor as after: {names}")

    def _demand_verified(self, home: Path) -> None:
        found = verify_home(open_home(home)).findings
        # A settle says what is in force before the log does, and verify names that very moment.
        odd = [one for one in found if "a settle was killed just then" not in one.what]
        if odd:
            raise Broken(f"{self.name}: verify finds {odd[:3]}")


def held_by(home: Path) -> dict[str, object]:
    """The parts, the runs and what is in force."""
    floors: dict[str, object] = {
        floor: sorted(path.name for path in (home / floor).glob("[!.]*"))
        for floor in ("usage", "master", "runs", "adjustments", "refunds", "samples")
    }
    # A folder that nobody was told of is no claim yet, and is made again.
    floors["claims"] = list(filings(entries_of(home)))
    current = home / "current.json"
    floors["current"] = json.loads(current.read_text()) if current.exists() else {}
    return floors


def acts_of(home: Path) -> set[tuple[str, ...]]:
    """What the log tells of, without who and when."""
    named = ("what", "period", "run", "into", "adjustment", "refunds", "claim", "sample", "party",
             "signer", "cut_off")  # fmt: skip
    return {tuple(str(entry.get(name, "")) for name in named) for entry in entries_of(home)}


def entries_of(home: Path) -> list[dict[str, object]]:
    """What the log tells of, but for a last line that death cut short."""
    return [json.loads(line) for line in whole_lines(home / "log" / "journal.jsonl")]


def whole_lines(log: Path) -> list[bytes]:
    """The lines of a log but for a last one that death cut short."""
    return log.read_bytes().split(b"\n")[:-1] if log.exists() else []


def content_of(home: Path) -> dict[str, str]:
    """Digests of all files but those that name a moment or a machine."""
    return {
        str(path.relative_to(home)): hashlib.sha256(_without_moments(path)).hexdigest()
        for path in sorted(home.rglob("*"))
        if path.is_file()
        and path.relative_to(home).parts[0] not in NOT_OF_THE_CONTENT
        and not any(part.startswith(".") for part in path.relative_to(home).parts)
    }


def _without_moments(path: Path) -> bytes:
    """A file, but for when something was decided, and for the digests of what says so."""
    raw = path.read_bytes()
    if path.name == RECYCLED:
        return pl.read_parquet(path).drop("at").write_csv().encode()
    if path.parent.name == "suspense":
        content = json.loads(raw)
        return json.dumps({k: content[k] for k in sorted(content) if k not in MOMENTS}).encode()
    if path.name == MANIFEST:
        content = json.loads(raw)
        for entry in content["files"]:
            if entry["name"] == RECYCLED:
                entry.pop("sha256")
                content.pop("seal")  # of all that the manifest says, this digest too
        return json.dumps(content).encode()
    return raw


def prepare(folder: Path, subscribers: int, *, verifies: bool = True) -> list[Stage]:
    """Each kind taken in, usage in two parts, suspended records dealt with, then August settled,
    settled again by another reading, signed and adjusted, and the parts made one.

    Args: verifies: does each home verify, undisturbed?
    """
    world = small_world(folder / "world", subscribers=subscribers)
    charge_in_full(path for path in world.path.iterdir() if path.name.startswith("usage"))
    key = folder / "synthetic.key"
    content = {"version": 1, "created": SYNTHETIC_KEY.created, "public": True}
    key.write_text(json.dumps({**content, "key": SYNTHETIC_KEY.secret.hex()}))
    key.chmod(0o600)
    commands: list[tuple[str, tuple[str, ...]]] = []
    for kind in KINDS:
        files = [
            str(path)
            for path in sorted(world.path.iterdir())
            if path.name.partition("-")[0].partition(".")[0] == kind
        ]
        cut = len(files) // 2 if kind == "usage" else 0
        for name, some in ((f"intake {kind}", files[cut:]), ("intake late", files[:cut])):
            if some:
                line = ("intake", *some, "--mapping", "world", "--kind", kind, "--key", str(key))
                commands.append((name, line))
    commands += [
        ("suspense edit", ("suspense", "edit", "FIRST", "--set", "duration_s=61",
                           "--set", "units=1", *WHO,
                           "--key", str(key))),
        ("suspense recycle", ("suspense", "recycle", *WHO, "--key", str(key))),
        ("suspense write-off", ("suspense", "write-off", "--reason", "malformed", *WHO)),
        ("suspense choose", ("suspense", "choose", "COPY", *WHO)),
    ]  # fmt: skip
    commands += [
        ("settle 2021-07", ("settle", "--period", "2021-07")),
        ("settle 2021-08", ("settle", "--period", "2021-08")),
        ("settle again", ("settle", "--period", "2021-08", "--reading", "m4.viettel=does_not")),
        *months.commands(folder),
        ("compact", ("store", "compact")),
    ]
    stages, before = [], folder / "0"
    before.mkdir()
    for number, (name, given) in enumerate(commands, start=1):
        found = {"FIRST": first_mendable, "COPY": first_copy, **months.WORDS}
        arguments = tuple(found[word](before) if word in found else word for word in given)
        after = folder / str(number)
        copy(before, after)
        stage = Stage(name, arguments, before, after, 0.0)
        began = time.monotonic()
        done = subprocess.run(stage.command(after), capture_output=True, check=False)
        if done.returncode != 0:
            raise Broken(f"{name}: {done.stderr.decode()[-800:]}")
        stages.append(Stage(name, arguments, before, after, time.monotonic() - began))
        if verifies and not verify_home(open_home(after)).ok:
            raise Broken(f"{name}: undisturbed, the home does not verify")
        before = after
    return stages


def first_mendable(home: Path) -> str:
    """The address of a call of which nothing but the duration cannot be read."""
    register = read_register(open_home(home))
    found = register.records.filter(
        register.records["sub_reason"].str.starts_with("negative_units:")
    )
    return register.address_of(found.row(0, named=True))


def first_copy(home: Path) -> str:
    """The address of a record that was suspended because it contradicts another."""
    register = read_register(open_home(home))
    found = register.records.filter(register.records["reason"] == "conflicting")
    return register.address_of(found.row(0, named=True))


def copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, dirs_exist_ok=True)


def room() -> Path | None:
    """Where many small homes are written fastest, if it is there."""
    shared = Path("/dev/shm")
    return shared if os.access(shared, os.W_OK) else None
