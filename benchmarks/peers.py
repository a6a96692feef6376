"""`python -m doisoat.benchmarks.peers`: jobs by doisoat, DuckDB and polars, timed in turns.

Of each job equality comes first: one untimed run of each side, all totals and checksums compared;
it also warms the page cache. Then the sides take turns, each run a process of its own, so that
nobody inherits another's memory. The clock runs inside it: see docs/benchmarks.md.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from doisoat import __version__

if TYPE_CHECKING:
    from doisoat.benchmarks.job import Task, Totals

SIDES = ("doisoat", "duckdb", "polars")
THREADS = "2"
COMMAND = (sys.executable, "-m", "doisoat.benchmarks.peers")


def side(name: str) -> "Callable[[Task], Totals]":
    """The function of a side. Imported here, so that a side's process loads only its own."""
    if name == "doisoat":
        from doisoat.benchmarks.ours import run
    elif name == "duckdb":
        from doisoat.benchmarks.duckdb_job import run
    else:
        from doisoat.benchmarks.polars_job import run
    return run


def run_here(name: str, home: Path, job: str) -> None:
    """One run in this process: its seconds and its answer, as JSON on stdout."""
    from doisoat.benchmarks.job import JOBS, open_task

    run, task = side(name), open_task(home, JOBS[job])
    begun, used = time.perf_counter(), time.process_time()
    answer = run(task)
    print(
        json.dumps(
            {
                "seconds": time.perf_counter() - begun,
                "processor_seconds": time.process_time() - used,
                "digest": answer.digest,
                **answer.content,
                "stages": answer.stages,
            }
        )
    )


def run_apart(name: str, home: Path, job: str) -> dict[str, Any]:
    """The same in a process of its own, on two threads."""
    done = subprocess.run(
        [*COMMAND, "--home", str(home), "--job", job, "--side", name],
        env={**os.environ, "POLARS_MAX_THREADS": THREADS},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def compare(answers: dict[str, dict[str, Any]], keys: int) -> list[str]:
    """What differs from ours, in every integer; empty if nothing does."""
    from doisoat.benchmarks.job import differences

    ours = answers["doisoat"]
    found = []
    for name in SIDES[1:]:
        found += [f"{name}: {line}" for line in differences(ours, answers[name], keys)]
        if not found and answers[name]["digest"] != ours["digest"]:
            found.append(f"{name}: another digest of the same totals")
    return found


def say(line: str) -> None:
    print(line, flush=True)


def main(arguments: list[str] | None = None) -> int:
    from doisoat.benchmarks.job import JOBS

    parser = argparse.ArgumentParser(prog="python -m doisoat.benchmarks.peers", description=__doc__)
    parser.add_argument("--home", type=Path, default=Path(os.environ.get("DOISOAT_HOME", "out")))
    parser.add_argument(
        "--job", choices=JOBS, action="append", help="may be given several times [all of them]"
    )
    parser.add_argument("--repeat", type=int, default=3, help="timed runs of each side [3]")
    parser.add_argument("--out", type=Path, default=Path("out/bench/peers.json"))
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    jobs = options.job or list(JOBS)
    if options.side:
        run_here(options.side, options.home, jobs[0])
        return 0
    try:
        return measure(options.home, jobs, options.repeat, options.out)
    except subprocess.CalledProcessError as error:
        print(f"peers: {error.cmd[-1]} did not come to an end; see above", file=sys.stderr)
        return 2


def measure(home: Path, jobs: list[str], repeat: int, out: Path) -> int:
    """Job by job: equality, then times; what is said and written. The exit code."""
    from doisoat.benchmarks.job import JOBS, open_task
    from doisoat.errors import DoisoatError

    try:
        events = open_task(home, JOBS[jobs[0]]).events()
    except DoisoatError as error:
        print(f"peers: {error}", file=sys.stderr)
        return 2
    versions = {
        "doisoat": __version__,
        "duckdb": version("duckdb"),
        "polars": version("polars"),
        "python": sys.version.split()[0],
    }
    say(f"{events:,} events of {home}")
    told = ", ".join(f"{name} {number}" for name, number in versions.items())
    say(f"{told}; {THREADS} threads on {os.cpu_count()} cores")
    done: dict[str, Any] = {}
    for name in jobs:
        one = time_job(home, name, events, repeat)
        if one is None:
            return 1
        done[name] = one
    out.parent.mkdir(parents=True, exist_ok=True)
    content = {"events": events, "cpus": os.cpu_count(), "versions": versions, "jobs": done}
    out.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    say(f"written: {out}")
    return 0


def time_job(home: Path, job: str, events: int, repeat: int) -> dict[str, Any] | None:
    """Seconds and digest of each side; None where their answers differ."""
    from doisoat.benchmarks.job import JOBS

    keys, measures = JOBS[job].keys, JOBS[job].measures
    which = f"measures {', '.join(measures)}" if measures else "every measure"
    say(f"\n{job}: {which}, by {', '.join(keys)}")
    answers = {name: run_apart(name, home, job) for name in SIDES}
    unequal, first = compare(answers, len(keys)), answers["doisoat"]
    if unequal:
        say("The totals differ; nothing was timed.")
        for line in unequal:
            say(f"  {line}")
        return None
    say(
        f"equal: {len(first['totals'])} totals, {len(first['relief'])} of relief, both checksums;"
        f" digest {first['digest']}"
    )
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in SIDES}
    for _ in range(repeat):
        for name in SIDES:
            runs[name].append(run_apart(name, home, job))
            if runs[name][-1]["digest"] != answers[name]["digest"]:
                say(f"{name} gave another answer the second time")
                return None
    say(_table(runs))
    ours, best = (
        statistics.median(run["seconds"] for run in runs["doisoat"]),
        min(statistics.median(run["seconds"] for run in runs[name]) for name in SIDES[1:]),
    )
    say(
        f"doisoat is {best / ours:.1f} times as fast as the faster peer:"
        f" {events / ours / 1e6:.1f} M events a second"
    )
    return {
        name: {
            "seconds": [round(run["seconds"], 4) for run in runs[name]],
            "digest": answers[name]["digest"],
        }
        for name in SIDES
    }


def _table(runs: dict[str, list[dict[str, Any]]]) -> str:
    lines = [f"{'':10} {'median s':>9} {'least':>8} {'most':>8} {'cpu s':>8}  longest stages"]
    for name, done in runs.items():
        seconds = [run["seconds"] for run in done]
        cpu = statistics.median(run["processor_seconds"] for run in done)
        stages = sorted(done[-1]["stages"].items(), key=lambda stage: -stage[1])[:4]
        lines.append(
            f"{name:10} {statistics.median(seconds):9.3f} {min(seconds):8.3f}"
            f" {max(seconds):8.3f} {cpu:8.2f}"
            f"  {', '.join(f'{stage} {spent:.2f}' for stage, spent in stages)}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
