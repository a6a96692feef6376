"""`python -m doisoat.benchmarks.whole_jobs`: what people wait for, as commands on a settled home.

Every job is one command of doisoat, or the few that somebody types in a row, in a process each, on
a copy of the home. Told are processor seconds with those of all processes that it waited for, bytes
asked of files by read(2), bytes handed to the disk, and the largest process. Mapped files are no
read(2). Beside each job stands its floor: dd reads as many bytes and writes as many. A job whose
answer is wrong stops all: see docs/benchmarks.md.
"""

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from doisoat.benchmarks.arguments import at_least_one, file_to_write
from doisoat.benchmarks.machine import versions

PERIOD, PACKAGE = "2021-08", "vn-2021-08"
DOISOAT = (sys.executable, "-c", "from doisoat.cli import main; main()")
FLOOR = "dd of as many bytes"
MEBI = 1 << 20
DIFFERING_CELLS, LATE_RECORDS = 50, 100
LATER = timedelta(milliseconds=1)  # that much after a record of before, a late one begins
SMALLEST, LARGEST = "sctv", "viettel"
DIFFERS = 3  # exit status: disagreements, which these claims and carriers have
PASSPHRASE = "benchmark"
ERROR_CHARACTERS = 500  # the last of what a process that failed said
STATEMENTS = f"reports/doi-soat-{PERIOD}-*.xlsx"


class WrongAnswer(Exception):
    """A job that failed, or whose answer is not the right one: no time of it is worth telling."""


class Spent(NamedTuple):
    """What processes took, added up; peak_bytes: of the largest."""

    seconds: float = 0.0
    processor_seconds: float = 0.0
    read_bytes: int = 0
    written_bytes: int = 0
    peak_bytes: int = 0

    def __add__(self, other: object) -> "Spent":
        if not isinstance(other, Spent):
            return NotImplemented
        return Spent(
            self.seconds + other.seconds,
            self.processor_seconds + other.processor_seconds,
            self.read_bytes + other.read_bytes,
            self.written_bytes + other.written_bytes,
            max(self.peak_bytes, other.peak_bytes),
        )


class Job(NamedTuple):
    """What is timed: commands in a row. `check` has the `--json` of the last; a problem or ""."""

    name: str
    commands: tuple[tuple[str, ...], ...]
    check: Callable[[Mapping[str, Any]], str]
    statuses: tuple[int, ...] = (0,)
    before: Callable[[], None] = lambda: None


class Work(NamedTuple):
    """The folders of a run: `home` is a copy of the settled home, which every job changes."""

    folder: Path
    home: Path

    @property
    def key(self) -> Path:
        """The key of the synthetic world's pseudonyms."""
        return self.folder / "synthetic.key"

    @property
    def claim(self) -> Path:
        """What the largest carrier claims, by day."""
        return self.folder / "claim.csv"

    @property
    def late(self) -> Path:
        """Records that come after the month was settled."""
        return self.folder / "late.csv"


def run(command: Sequence[str], statuses: Sequence[int] = (0,)) -> tuple[Spent, bytes]:
    """Run a process to its end: what it took, and its stdout.

    Raises: WrongAnswer if its exit status is none of these.
    """
    begun = time.perf_counter()
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors) as child,
    ):
        assert child.stdout is not None
        output = child.stdout.read()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # so that /proc still has it
        seconds = time.perf_counter() - begun
        lines = Path(f"/proc/{child.pid}/io").read_text("ascii").splitlines()
        counted = dict(line.split(": ") for line in lines)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in statuses:
            errors.seek(0)
            said = (output + errors.read()).decode(errors="replace")[-ERROR_CHARACTERS:]
            raise WrongAnswer(f"exit status {child.returncode}: {' '.join(command[3:])}\n{said}")
    return Spent(
        seconds,
        used.ru_utime + used.ru_stime,
        int(counted["rchar"]),
        int(counted["write_bytes"]),
        used.ru_maxrss * 1024,
    ), output


def floor(read_bytes: int, written_bytes: int, source: Path, scratch: Path) -> Spent:
    """dd reads so many bytes of `source`, again and again, and writes so many to the disk."""
    blocks, size = read_bytes // MEBI, max(1, source.stat().st_size // MEBI)
    spent = Spent()
    while blocks > 0:
        count = min(blocks, size)
        taken, _ = run(("dd", f"if={source}", "of=/dev/null", "bs=1M", f"count={count}"))
        spent, blocks = spent + taken, blocks - count
    if written_bytes >= MEBI:
        taken, _ = run(
            ("dd", "if=/dev/zero", f"of={scratch}", "bs=1M", f"count={written_bytes // MEBI}",
             "conv=fsync")
        )  # fmt: skip
        spent += taken
        scratch.unlink()
    return spent


def jobs(work: Work) -> Iterator[Job]:
    """All jobs, in the order in which each finds the home as the one before left it."""
    settled = _answer(work, "settle", PERIOD)
    homes = ("--home", str(work.home))

    def settle(*more: str) -> tuple[str, ...]:
        return ("settle", PERIOD, "--replace", *more, *homes)

    def same_run(answer: Mapping[str, Any]) -> str:
        return "" if answer["run"] == settled["run"] else f"the run is {answer['run']}"

    yield Job("status", (("status", *homes),), _any)
    yield Job(
        "settle, another reading",
        (settle("--reading", "m2.in_kind_value=zero"),),
        lambda answer: "the run is the same" if answer["run"] == settled["run"] else "",
    )
    yield Job("settle, back to a published reading", (settle(),), same_run)
    yield Job("verify", (("verify", *homes),), _any)
    yield Job("store check", (("store", "check", *homes),), _any)
    yield Job("interconnect", (("interconnect", PERIOD, *homes),), _any)
    yield Job(
        "an act: a claim is filed",
        (("claim", "file", str(work.claim), *homes),),
        _any,
        before=lambda: write_claim(work, DIFFERING_CELLS),
    )
    reconcile = ("reconcile", PERIOD, *homes)
    yield Job("reconcile, fifty cells differ", (reconcile,), _any, (DIFFERS,))
    yield Job(
        "reconcile, the claim corrected",
        (reconcile,),
        _any,
        (DIFFERS,),
        before=lambda: refile_claim(work, DIFFERING_CELLS // 2),
    )
    yield Job("sensitivity", (("sensitivity", PERIOD, *homes),), _any)
    yield Job("compare", (("compare", "none", PACKAGE, PERIOD, *homes),), _any)
    for title, carrier in (("smallest", SMALLEST), ("largest", LARGEST)):
        out = str(work.folder / f"pack-{title}")
        yield Job(
            f"pack, {title} carrier", (("pack", carrier, PERIOD, "--out", out, *homes),), _any
        )
    packs = work.folder / "packs"
    stems = (path.stem for path in work.home.glob(STATEMENTS))
    carriers = sorted(stem.rpartition("-")[2] for stem in stems if "." not in stem)
    ministry = ("--drafts", "--home", str(work.folder / "ministry"))
    yield Job(
        "consolidate, all carriers",
        (("consolidate", *(str(packs / carrier) for carrier in carriers), *ministry),),
        _any,
        before=lambda: write_packs(work, packs, carriers),
    )
    yield Job(
        "a hundred late records: intake, supersede, settle, adjust",
        (
            ("intake", str(work.late), "--mapping", "world", "--key", str(work.key), *homes),
            ("period", "supersede", PERIOD, "--why", "late", *homes),
            settle("--after-cut-off"),
            ("adjust", PERIOD, "--into", "2021-09", *homes),
        ),
        _any,
        before=lambda: sign(work),
    )
    year = work.folder / "year"
    yield Job(
        "twelve months, settle --all",
        (("settle", "--all", "--home", str(year)),),
        _any,
        before=lambda: _discarded(
            "simulate", "--from", "2021-08-01", "--until", "2022-08-01", "--subscribers", "28",
            "--home", str(year),
        ),
    )  # fmt: skip
    made = work.folder / "made"
    world = json.loads((work.home / "world" / "manifest.json").read_bytes())["parameters"]
    seed, subscribers = str(world["seed"]), str(world["subscribers"])
    simulated = ("simulate", "--seed", seed, "--subscribers", subscribers, "--home", str(made))
    yield Job("simulate: world and intake", (simulated,), _any)
    yield Job("settle, the first time", (("settle", PERIOD, "--home", str(made)),), same_run)


def _chosen(all_jobs: Iterator[Job], names: Sequence[str] | None) -> Iterator[Job]:
    """Those of these names, or all. Raises: WrongAnswer if one has a name that no job has."""
    unknown = set(names or ())
    for job in all_jobs:
        if names is None or job.name in names:
            unknown.discard(job.name)
            yield job
    if unknown:
        raise WrongAnswer(f"no job is called {', '.join(sorted(unknown))}")


def _any(answer: Mapping[str, Any]) -> str:
    return "" if answer else "no answer"


def _answer(work: Work, *command: str) -> dict[str, Any]:
    """The `--json` of a command on the copy."""
    _, output = run((*DOISOAT, *command, "--home", str(work.home), "--json"))
    content: dict[str, Any] = json.loads(output)
    return content


def _discarded(*command: str) -> None:
    run((*DOISOAT, *command, "--json"))


def write_claim(work: Work, cells: int) -> None:
    """The run's own figures by day, of which so many amounts are one line of 10,000 đồng more."""
    _answer(work, "claim", "template", PERIOD, "--carrier", LARGEST, "--grain", "day", "--filled",
            "--as", "csv", "--out", str(work.claim))  # fmt: skip
    with work.claim.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    amounts = [row for row in rows if len(row) > 2 and row[-1].isdigit()]
    if len(amounts) < cells:
        raise WrongAnswer(f"a claim of {len(amounts)} cells, {cells} are to differ")
    for row in amounts[:: len(amounts) // cells][:cells]:
        row[-1] = str(int(row[-1]) + 10_000)
    with work.claim.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)


def refile_claim(work: Work, cells: int) -> None:
    """The next version of the claim, in force."""
    work.claim.unlink()
    write_claim(work, cells)
    _answer(work, "claim", "file", str(work.claim))


def write_packs(work: Work, folder: Path, carriers: Sequence[str]) -> None:
    """The evidence pack of each carrier."""
    for carrier in carriers:
        _answer(work, "pack", carrier, PERIOD, "--out", str(folder / carrier))


def write_late_records(work: Work) -> None:
    """Records of the world that begin a moment later than ones that were taken in."""
    path = min((work.home / "world").glob("usage-viettel-*.parquet"))
    started = pl.col("started").str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="ms")
    rows = pl.read_parquet(path).head(LATE_RECORDS)
    rows.with_columns(
        (started + LATER).dt.strftime("%Y-%m-%d %H:%M:%S%.3f").alias("started"),
        record_key=pl.format("9{}", "record_key"),
    ).write_csv(work.late)


def sign(work: Work) -> None:
    """The month is signed, without packs; late records and the world's key lie ready."""
    from doisoat.engine.keys.pseudonym import make_key
    from doisoat.fixtures.synthetic_key import SYNTHETIC_KEY

    make_key(work.key, SYNTHETIC_KEY.secret, public=True)
    write_late_records(work)
    secret = work.folder / "passphrase"
    secret.touch(mode=0o600)
    secret.write_text(PASSPHRASE, "ascii")
    signer = ("--key", str(work.folder / "signing.key"))
    by_file = (*signer, "--passphrase-file", str(secret))
    _answer(work, "signer", "new", "benchmark", *by_file)
    _answer(work, "signer", "add", *signer)
    _answer(work, "sign", PERIOD, "--no-pack", *by_file)


def measured(job: Job) -> Spent:
    """What a job took. Raises: WrongAnswer."""
    job.before()
    spent, output = Spent(), b""
    for command in job.commands:
        taken, output = run((*DOISOAT, *command, "--json"), job.statuses)
        spent += taken
    problem = job.check(json.loads(output))
    if problem:
        raise WrongAnswer(f"{job.name}: {problem}")
    return spent


def as_side(runs: Sequence[Spent]) -> dict[str, Any]:
    """In the form that `doisoat.benchmarks.report` reads."""
    return {
        "seconds": [spent.seconds for spent in runs],
        "processor_seconds": [spent.processor_seconds for spent in runs],
        "read_bytes": max(spent.read_bytes for spent in runs),
        "written_bytes": max(spent.written_bytes for spent in runs),
        "peak_bytes": max(spent.peak_bytes for spent in runs),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Time all jobs, one after the other; 1 if one answers wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path, default=Path("out"), help="settled; only read")
    parser.add_argument("--repeat", type=at_least_one, default=1, help="of all jobs, on new copies")
    parser.add_argument("--job", action="append", help="only this one; may be given several times")
    parser.add_argument("--folder", type=Path, help="where to work; nothing is left there")
    parser.add_argument("--out", type=file_to_write, default=Path("out/bench/whole.json"))
    options = parser.parse_args(arguments)
    runs: dict[str, dict[str, list[Spent]]] = {}
    try:
        for _ in range(options.repeat):
            with tempfile.TemporaryDirectory(prefix="whole-jobs-", dir=options.folder) as name:
                work = Work(Path(name), Path(name) / "home")
                shutil.copytree(options.home, work.home, symlinks=True,
                                ignore=shutil.ignore_patterns("bench"))  # fmt: skip
                events = sum(_answer(work, "status")["months"].values())
                for job in _chosen(jobs(work), options.job):
                    ours = measured(job)
                    bare = floor(ours.read_bytes, ours.written_bytes,
                                 work.home / "relief.duckdb", work.folder / "scratch")  # fmt: skip
                    sides = runs.setdefault(job.name, {"doisoat": [], FLOOR: []})
                    sides["doisoat"].append(ours)
                    sides[FLOOR].append(bare)
                    print(
                        f"{job.name:58} {ours.processor_seconds:7.2f} s"
                        f" (floor {bare.processor_seconds:5.2f}),"
                        f" read {ours.read_bytes / 1e6:6,.0f} MB,"
                        f" written {ours.written_bytes / 1e6:6,.0f} MB,"
                        f" peak {ours.peak_bytes / 1e6:5,.0f} MB",
                        flush=True,
                    )
    except WrongAnswer as error:
        print(error, file=sys.stderr)
        return 1
    content = {
        "versions": versions(),
        "events": events,
        "jobs": {
            name: {side: as_side(spent) for side, spent in sides.items()}
            for name, sides in runs.items()
        },
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
