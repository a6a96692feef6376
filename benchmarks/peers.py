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
from collections.abc import Sequence
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from doisoat import __version__
from doisoat.benchmarks.arguments import at_least_one, file_to_write
from doisoat.benchmarks.installed import (
    OUR_SIDE,
    PEERS,
    jobs_left_out,
    taking_part,
)

THREADS = "2"
COMMAND = (sys.executable, "-m", "doisoat.benchmarks.peers")


class Measurement(NamedTuple):
    """What is measured: a job over a home. folder: what was prepared for it."""

    job: str
    home: Path
    folder: Path


def run_here(measured: Measurement, side: str) -> None:
    """One run in this process: its seconds and its answer, as JSON on stdout."""
    from doisoat.benchmarks.jobs import EVERY_JOB

    run = EVERY_JOB[measured.job].ready(side, measured.home, measured.folder)
    begun, used = time.perf_counter(), processor_seconds()
    answer = run()
    print(
        json.dumps(
            {
                "seconds": time.perf_counter() - begun,
                "processor_seconds": processor_seconds() - used,
                "digest": answer.digest,
                "content": answer.content,
                "stages": answer.stages,
            }
        )
    )


def processor_seconds() -> float:
    """Of this process, and of its children that ended: a Java machine is one."""
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


def run_apart(measured: Measurement, side: str) -> dict[str, Any]:
    """The same in a process of its own, on two threads."""
    home, folder = str(measured.home), str(measured.folder)
    process = subprocess.run(
        [*COMMAND, "--home", home, "--job", measured.job, "--folder", folder, "--side", side],
        env={**os.environ, "POLARS_MAX_THREADS": THREADS},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    answer: dict[str, Any] = json.loads(process.stdout)
    return answer


def compare(job: str, answers: dict[str, dict[str, Any]]) -> list[str]:
    """What differs from ours, in every integer; empty if nothing does."""
    from doisoat.benchmarks.jobs import EVERY_JOB

    our_answer = answers[OUR_SIDE]
    all_differences = []
    for name, peer_answer in answers.items():
        differences = EVERY_JOB[job].differences(our_answer["content"], peer_answer["content"])
        all_differences += [f"{name}: {line}" for line in differences]
        if not all_differences and peer_answer["digest"] != our_answer["digest"]:
            all_differences.append(f"{name}: another digest of the same totals")
    return all_differences


def say(line: str) -> None:
    print(line, flush=True)


def say_aside(line: str) -> None:
    print(f"peers: {line}", file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> int:
    from doisoat.benchmarks.jobs import EVERY_JOB

    parser = argparse.ArgumentParser(prog="python -m doisoat.benchmarks.peers", description=__doc__)
    parser.add_argument("--home", type=Path, default=Path(os.environ.get("DOISOAT_HOME", "out")))
    parser.add_argument(
        "--job", choices=EVERY_JOB, action="append", help="may be given several times [all of them]"
    )
    parser.add_argument(
        "--peer",
        choices=PEERS,
        action="append",
        help="may be given several times [all of them]",
    )
    parser.add_argument(
        "--carrier", help="whose evidence pack rate-pack reads [who has the most events]"
    )
    parser.add_argument(
        "--repeat", type=at_least_one, default=3, help="timed runs of each side [3]"
    )
    parser.add_argument("--out", type=file_to_write, default=Path("out/bench/peers.json"))
    parser.add_argument(
        "--explain", action="store_true", help="print the plans of SQL peers, and time nothing"
    )
    parser.add_argument("--side", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    jobs = options.job or list(EVERY_JOB)
    if options.side:
        run_here(Measurement(jobs[0], options.home, options.folder), options.side)
        return 0
    named = tuple(options.peer or ())
    lacking = jobs_left_out(jobs)
    for name, why in lacking.items():
        say_aside(f"{name} is left out: {why}")
        if options.job:
            return 2
    jobs = [name for name in jobs if name not in lacking]
    if options.explain:
        return explained(options.home, jobs, named)
    try:
        return measure(options.home, jobs, options.repeat, options.out, options.carrier, named)
    except subprocess.CalledProcessError as error:
        say_aside(f"{error.cmd[-1]} did not come to an end; see above")
        return 2


def explained(home: Path, jobs: list[str], named: Sequence[str]) -> int:
    """The plans of SQL peers, said. The exit code."""
    from doisoat.benchmarks.explain import explain
    from doisoat.errors import DoisoatError

    try:
        explain(home, jobs, named, say)
    except DoisoatError as error:
        say_aside(str(error))
        return 2
    return 0


def measure(
    home: Path,
    jobs: list[str],
    repeat: int,
    out: Path,
    carrier: str | None = None,
    named: Sequence[str] = (),
) -> int:
    """Job by job: equality, then times; what is said and written. The exit code."""
    from doisoat.benchmarks.jobs import EVERY_JOB
    from doisoat.engine.store.commit import make_folder
    from doisoat.engine.store.home import list_parts, open_home
    from doisoat.errors import DoisoatError

    versions = {
        OUR_SIDE: __version__,
        "duckdb": version("duckdb"),
        "polars": version("polars"),
        "python": sys.version.split()[0],
    }
    folders: list[Path] = []  # that were made for it
    results: dict[str, Any] = {}
    streamed: dict[str, Any] = {}
    with ExitStack() as stack:
        try:
            parts = list_parts(open_home(home), "usage")
            events = sum(part.manifest["counts"]["events"] for part in parts)
            say(f"{events:,} events of {home}")
            versions_text = ", ".join(f"{name} {number}" for name, number in versions.items())
            say(f"{versions_text}; {THREADS} threads on {os.cpu_count()} cores")
            folders = make_folder(out.parent)
            work_folder = stack.enter_context(TemporaryDirectory(dir=out.parent, prefix=".peers-"))
            prepared = {}
            for name in jobs:  # All before any is timed: what is refused is refused at once.
                measured = Measurement(name, home, Path(work_folder) / name)
                measured.folder.mkdir()
                prepared[measured] = EVERY_JOB[name].prepare(home, measured.folder, carrier)
        except DoisoatError as error:
            say_aside(str(error))
            stack.close()
            for folder in folders:
                folder.rmdir()
            return 2
        for measured, (title, own_events) in prepared.items():
            sides = taking_part(EVERY_JOB[measured.job].sides, named)
            say(f"\n{measured.job}: {title}")
            if len(sides) == 1:
                say("none of its peers takes part: it is left out")
                continue
            timed = time_job(measured, own_events, repeat, sides)
            if timed is None:
                return 1
            sides_of_job, streams = timed
            if streams:
                streamed[measured.job] = streams
            results[measured.job] = (
                sides_of_job if own_events == events else {"events": own_events, **sides_of_job}
            )
        say_of_two_jobs(results)
    if not results:
        say_aside(f"no job was measured, and {out} stays as it is: name peers of the jobs")
        return 2
    content: dict[str, Any] = {
        "events": events,
        "cpus": os.cpu_count(),
        "versions": versions,
        "jobs": results,
        "streams": streamed,
    }
    out.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    say(f"written: {out}")
    return 0


def say_of_two_jobs(results: dict[str, Any]) -> None:
    """Our run with the result digest beside the peers' runs without: the stricter ratio."""
    if not {"rate-checksum", "rate-digest"} <= results.keys():
        return
    our_median = statistics.median(results["rate-digest"][OUR_SIDE]["seconds"])
    peers = {
        name: statistics.median(side["seconds"])
        for name, side in results["rate-checksum"].items()
        if name != OUR_SIDE
    }
    best = min(peers, key=lambda name: peers[name])
    say(
        f"\nrate-digest by {OUR_SIDE} is {peers[best] / our_median:.1f} times as fast as"
        f" rate-checksum by the faster peer ({best})"
    )


Timed = dict[str, dict[str, Any]]  # by side: seconds, digest


def time_job(
    measured: Measurement, events: int, repeat: int, sides: tuple[str, ...]
) -> tuple[Timed, Timed] | None:
    """Each side, and each bare stream by its engine; None where answers differ."""
    from doisoat.benchmarks.jobs import EVERY_JOB

    job = EVERY_JOB[measured.job]
    answers = {name: run_apart(measured, name) for name in sides}
    unequal, first = compare(measured.job, answers), answers[OUR_SIDE]
    if unequal:
        say("The totals differ; nothing was timed.")
        for line in unequal:
            say(f"  {line}")
        return None
    say(f"equal: {job.summary(first['content'])}; digest {first['digest']}")
    streams = {name: run_apart(measured, name) for name in job.streams}
    if len({stream["digest"] for stream in streams.values()}) > 1:
        say(f"The streams differ: {[stream['content'] for stream in streams.values()]}")
        return None
    answers |= streams
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in answers}
    for _ in range(repeat):
        for name in answers:
            runs[name].append(run_apart(measured, name))
            if runs[name][-1]["digest"] != answers[name]["digest"]:
                say(f"{name} gave another answer the second time")
                return None
    say(_table(runs))
    medians = {name: statistics.median(run["seconds"] for run in runs[name]) for name in runs}
    our_median = medians.pop(OUR_SIDE)
    bare = {name: medians.pop(name) for name in streams}
    best = min(medians, key=lambda name: medians[name])
    say(
        f"doisoat is {medians[best] / our_median:.1f} times as fast as the faster peer ({best}):"
        f" {events / our_median / 1e6:.1f} M events a second"
    )
    if bare:
        least = min(bare, key=lambda name: bare[name])
        say(
            f"and takes {our_median / bare[least]:.1f} times as long as the faster bare"
            f" stream ({least})"
        )
    figures = {
        name: {
            **{
                clock: [round(run[clock], 4) for run in runs[name]]
                for clock in ("seconds", "processor_seconds")
            },
            "digest": answers[name]["digest"],
        }
        for name in answers
    }
    return {name: figures[name] for name in sides}, {
        name.partition("-")[2]: figures[name] for name in streams
    }


def _table(runs: dict[str, list[dict[str, Any]]]) -> str:
    lines = [f"{'':14} {'median s':>9} {'least':>8} {'most':>8} {'cpu s':>8}  longest stages"]
    for name, side_runs in runs.items():
        seconds = [run["seconds"] for run in side_runs]
        cpu = statistics.median(run["processor_seconds"] for run in side_runs)
        stages = sorted(side_runs[-1]["stages"].items(), key=lambda stage: -stage[1])[:4]
        lines.append(
            f"{name:14} {statistics.median(seconds):9.3f} {min(seconds):8.3f}"
            f" {max(seconds):8.3f} {cpu:8.2f}"
            f"  {', '.join(f'{stage} {spent:.2f}' for stage, spent in stages)}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
