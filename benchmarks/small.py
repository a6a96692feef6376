"""`python -m doisoat.benchmarks.small`: help, a quote, a settle of 10,000 records, beside others.

What a person or a scheduler waits for when there is little to do is the start of processes. Beside
ours stand `import click`, which help cannot be faster than, and an empty DuckDB process, as the
module and, where it is installed, as the shell. Each run is a process of its own, the sides take
turns, and each must answer right, or there are no times: see docs/benchmarks.md.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from doisoat.benchmarks.arguments import at_least_one, file_to_write
from doisoat.benchmarks.machine import versions

ROWS = 10_000
SUBSCRIBERS = 8  # of a world that has as many records
DOISOAT = (sys.executable, "-c", "from doisoat.cli import main; main()")
QUOTED = (
    "--plan", "vnpt.VinaCard", "--kind", "voice", "--units", "55.2s", "--destination", "on_net",
    "--start", "2021-08-17T10:17", "--home-locality", "79", "--package", "vn-2021-08", "--json",
)  # fmt: skip
QUOTE = {"list_value": "1101", "payable": "0"}  # docs/quote.md works it out


JOBS = (  # of a report: ours, and what stands beside it
    ("--help", "--help", "import click"),
    ("quote of one event", "quote"),
    ("settle of 10,000 records", "settle", "DuckDB module", "DuckDB shell"),
)


class Side(NamedTuple):
    """A process to time: what comes before it outside the clock, and what it must answer."""

    command: tuple[str, ...]
    check: Callable[[str], str]  # of stdout: what is to be the same in every run
    before: Callable[[], None] = lambda: None


class Run(NamedTuple):
    """One process: from its start to its end, and user and system time."""

    seconds: float
    processor_seconds: float
    answer: str


def make_home(home: Path, rows: int = ROWS) -> None:
    """Take the first `rows` usage records of a synthetic month, and all its master data, in."""
    from doisoat.benchmarks.records import first_records
    from doisoat.engine.intake.file_intake import take_in
    from doisoat.engine.intake.plan_in_use import bundled_plan
    from doisoat.engine.store.file_kinds import FILE_KINDS
    from doisoat.engine.store.home import writer
    from doisoat.fixtures.simulate import simulate
    from doisoat.fixtures.synthetic_key import SYNTHETIC_KEY

    with tempfile.TemporaryDirectory() as folder:
        world, usage = simulate(Path(folder) / "world", subscribers=SUBSCRIBERS), Path(folder)
        records = first_records(world, rows)
        records.sink_csv(usage / "usage.csv", quote_style="never")
        master = [kind for kind in FILE_KINDS if kind != "usage"]
        files = [(path, "world", kind) for kind in master for path in world.files(kind)]
        with writer(home, "intake", 16) as opened:
            take_in(opened, [*files, (usage / "usage.csv", "world", "usage")], SYNTHETIC_KEY,
                    plan=bundled_plan())  # fmt: skip


def sides(work: Path) -> dict[str, Side]:
    """What is timed, by name; `work` holds the home `kept`, of which each settle has a copy."""
    home = work / "home"

    def copied() -> None:
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(work / "kept", home)

    named_sides = {
        "import click": Side((sys.executable, "-c", "import click"), str),
        "--help": Side((*DOISOAT, "--lang", "en", "--help"), _help),
        "quote": Side((*DOISOAT, "quote", *QUOTED), _quote),
        "settle": Side((*DOISOAT, "settle", "--home", str(home), "--json"), _settle, copied),
        "DuckDB module": Side((sys.executable, "-c", "import duckdb; duckdb.connect()"), str),
    }
    shell = shutil.which("duckdb")
    return {**named_sides, "DuckDB shell": Side((shell, "-c", ""), str)} if shell else named_sides


def _help(output: str) -> str:
    if not output.startswith("Usage: doisoat"):
        raise ValueError(f"help says {output[:80]!r}")
    return output


def _quote(output: str) -> str:
    answer = json.loads(output)
    wrong = {name: answer.get(name) for name, amount in QUOTE.items() if answer.get(name) != amount}
    if wrong:
        raise ValueError(f"the quote says {wrong}, not {QUOTE}")
    return output


def _settle(output: str) -> str:
    answer = json.loads(output)
    if answer["same_run"] or answer["rated"] == 0:
        raise ValueError(f"nothing was settled: {answer}")
    return f"{answer['events']} events, {answer['digest']}"


def timed(side: Side) -> Run:
    """Run it once; its processor time is that of the process and of those it waited for."""
    side.before()
    begun = time.perf_counter()
    with subprocess.Popen(side.command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        assert child.stdout is not None
        output = child.stdout.read().decode()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - begun
    if child.returncode:
        raise ValueError(f"exit status {child.returncode}: {' '.join(side.command)}")
    return Run(seconds, used.ru_utime + used.ru_stime, side.check(output))


def summary(runs: Mapping[str, Sequence[Run]]) -> dict[str, dict[str, Any]]:
    """Medians and spread by side. ValueError if a side did not always answer the same."""
    figures = {}
    for name, side_runs in runs.items():
        if len({run.answer for run in side_runs}) > 1:
            raise ValueError(f"{name} does not answer the same in every run")
        seconds = [run.seconds for run in side_runs]
        figures[name] = {
            "seconds": statistics.median(seconds),
            "least": min(seconds),
            "most": max(seconds),
            "processor_seconds": statistics.median(run.processor_seconds for run in side_runs),
        }
    return figures


def as_jobs(runs: Mapping[str, Sequence[Run]]) -> dict[str, Any]:
    """The runs in the form that `doisoat.benchmarks.report` reads."""
    jobs: dict[str, Any] = {}
    for job, our_side, *peers in JOBS:
        for name, side in (("doisoat", our_side), *((peer, peer) for peer in peers)):
            if side in runs:
                jobs.setdefault(job, {})[name] = {
                    "seconds": [run.seconds for run in runs[side]],
                    "processor_seconds": [run.processor_seconds for run in runs[side]],
                }
    return {"versions": versions(), "jobs": jobs}


def main(arguments: Sequence[str] | None = None) -> int:
    """Time all sides in turns; 1 if one answers wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=at_least_one, default=9)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--out", type=file_to_write, help="write every run there, for the report")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        make_home(work / "kept")
        all_sides = sides(work)
        runs: dict[str, list[Run]] = {name: [] for name in all_sides}
        try:
            for _ in range(options.repeat):
                for name, side in all_sides.items():
                    runs[name].append(timed(side))
            figures = summary(runs)
        except ValueError as error:
            print(error, file=sys.stderr)
            return 1
    settled = runs["settle"][0].answer
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(as_jobs(runs), indent=1) + "\n", "utf-8")
    if options.json:
        print(json.dumps({"settled": settled, "repeat": options.repeat, "sides": figures}))
        return 0
    print(f"{options.repeat} runs a side, in turns; settled: {settled}")
    print(f"{'':14} {'median s':>9} {'least':>7} {'most':>7} {'processor s':>12}")
    for name, figure in figures.items():
        print(
            f"{name:14} {figure['seconds']:9.3f} {figure['least']:7.3f} {figure['most']:7.3f}"
            f" {figure['processor_seconds']:12.3f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
