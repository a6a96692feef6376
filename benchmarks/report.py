"""`python -m doisoat.benchmarks.report`: what the benchmarks found, as a page with charts.

Reads the JSON files of a folder (out/bench), writes report.md and a chart a file beside them, and
adds the run to the folder's history, which `doisoat.benchmarks.compare` reads.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from doisoat.benchmarks import history
from doisoat.benchmarks.dots import Dot, Group, drawn
from doisoat.benchmarks.machine import commit, load, machine, versions
from doisoat.benchmarks.measured import Figure, Results, ResultsError, read_results

# Files that the benchmarks write, by name: the heading, and which command writes each.
SOURCES = {
    "peers": ("Jobs, by us and by the peers", "make bench"),
    "intake": ("Intake of a file", "make bench"),
    "suite": ("The micro suite: one stage at a time", "make bench"),
    "roofline": ("Stages of the pass, beside the bare reading of their columns", "make bench"),
    "small": ("Small work, beside an empty DuckDB process", "make bench"),
    "whole": ("Whole jobs, beside the reading and writing of as many bytes", "make bench"),
    "growth": ("Tariffs that grow", "make bench-full"),
    "peers-20m": ("The jobs over 20 million events", "make bench-full"),
    "roofline-20m": ("The stages over 20 million events", "make bench-full"),
}
LEFT_OUT = (
    "Starting Python, imports, reading YAML, and checking the files' SHA-256 are outside every"
    " clock of the jobs; each run is a process of its own, after one untimed run that proves the"
    " answers equal and warms the page cache. So these are times over a warm cache: no disk is"
    " measured.",
    "The world is synthetic, and ordered as intake stores it. What it contains decides: another"
    " mix of calls, data and purchases costs otherwise.",
    "Spread is least to most of few runs, quartiles of eight or more. Times by the clock suffer"
    " from whatever else ran: the load is told above; processor time suffers less.",
)
NS = 1e9


def page(results: Results, about: Mapping[str, Any], charts: Mapping[str, str]) -> str:
    """The report as Markdown. charts: name of the drawing of a source, beside the page."""
    lines = [*_head(about)]
    for source in sorted(results.files, key=_place):
        heading, _ = SOURCES.get(source, (source, ""))
        rows = [figure for figure in results.figures if figure.source == source]
        lines += [f"## {heading}", ""]
        if source in charts:
            lines += [f"[![{heading}]({charts[source]})]({charts[source]})", ""]
        lines += [*_table(rows), "", f"Figures: [{source}.json]({source}.json).", ""]
    lines += ["## What is left out", ""]
    lines += [f"- {line}" for line in (*LEFT_OUT, *_missing(results))]
    return "\n".join(lines) + "\n"


def _place(source: str) -> tuple[int, str]:
    """In the order of SOURCES, then those that it does not name."""
    known = list(SOURCES)
    return known.index(source) if source in known else len(known), source


def _head(about: Mapping[str, Any]) -> Iterator[str]:
    box = about["machine"]
    parts = [box.get("cpu", "a processor that says no name"), f"{box['cores']} cores"]
    if "mhz" in box:
        parts.append(f"{box['mhz'] / 1000:.2f} GHz")
    if "memory_mib" in box:
        parts.append(f"{box['memory_mib'] / 1024:.1f} GiB of memory")
    numbers = ", ".join(f"{name} {number}" for name, number in about["versions"].items())
    yield from (
        "# Benchmarks", "",
        f"Written {about['at']} by `python -m doisoat.benchmarks.report`; how each figure is taken:"
        " docs/benchmarks.md.", "",
        "| | |", "|---|---|",
        f"| versions | {numbers} |",
        f"| commit | {about['commit'] or 'not known'} |",
        f"| machine | {', '.join(parts)} |",
        f"| load | {about['load']} when this was written |",
    )  # fmt: skip
    for name, when in about["measured"].items():
        yield f"| {name}.json | measured {when} |"
    yield ""


def _table(figures: Sequence[Figure]) -> Iterator[str]:
    yield (
        "| job | side | events | MB | MB written | MB at most | runs | median | spread"
        " | processor, median | ns an event | times ours |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|---|---|"
    for job, job_figures in groupby(figures, key=lambda figure: figure.job):
        sides = tuple(job_figures)
        for place, figure in enumerate(sides):
            cells = (
                job if place == 0 else "",
                f"**{figure.side}**" if figure.ours else figure.side,
                f"{figure.events:,}" if figure.events else "",
                *(
                    f"{size / 1e6:,.0f}" if size else ""
                    for size in (figure.read_bytes, figure.written_bytes, figure.peak_bytes)
                ),
                str(figure.clock.runs),
                duration(figure.clock.median),
                f"{duration(figure.clock.low)} to {duration(figure.clock.high)}",
                duration(figure.processor.median) if figure.processor else "",
                _rounded(figure.clock.median * NS / figure.events) if figure.events else "",
                _times_ours(figure, sides),
            )
            yield f"| {' | '.join(cells)} |"
    answers = [
        f"{job} `{digest}`"
        for job, job_figures in groupby(figures, key=lambda figure: figure.job)
        for digest in sorted({figure.digest for figure in job_figures if figure.digest})
    ]
    if answers:
        yield ""
        yield f"Digests of the answers, the same on every side of a job: {'; '.join(answers)}."


def _times_ours(figure: Figure, sides: Sequence[Figure]) -> str:
    """How many times our median a side takes; of no use where all are ours, or none."""
    our_medians = [side.clock.median for side in sides if side.ours]
    if figure.ours or len(our_medians) != 1:
        return ""
    return f"{figure.clock.median / our_medians[0]:.2f}"


def duration(seconds: float) -> str:
    """Three digits and a unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}" if seconds < 1_000 else f"{seconds:,.0f} s"
    return f"{seconds * 1e9:.3g} ns"


def _rounded(ns: float) -> str:
    """With a digit behind the point where that is more than noise."""
    return f"{ns:,.1f}" if ns < 100 else f"{ns:,.0f}"


def _missing(results: Results) -> Iterator[str]:
    for name, (_, command) in SOURCES.items():
        if name not in results.files:
            yield f"Not measured: {name} (`{command}`)."
    jobs: dict[tuple[str, str], set[str]] = {}
    for figure in results.figures:
        jobs.setdefault((figure.source, figure.job), set()).add(figure.side)
    all_sides = {side for (source, _), sides in jobs.items() if source == "peers" for side in sides}
    for (source, job), sides in jobs.items():
        if source == "peers" and all_sides - sides:
            yield f"{job} was not done by: {', '.join(sorted(all_sides - sides))}."
    for name in results.unread:
        yield f"{name} is beside these files, in a form that this report does not read."


def chart_of(figures: Sequence[Figure], about: Mapping[str, Any]) -> str | None:
    """A source's figures an event, as a drawing; None if they are of no events."""
    counted = [figure for figure in figures if figure.events]
    if not counted:
        return None
    groups = []
    for job, job_figures in groupby(counted, key=lambda figure: figure.job):
        sides = tuple(job_figures)
        groups.append(Group(job, tuple(_dot(figure, sides) for figure in sides)))
    heading, _ = SOURCES.get(counted[0].source, (counted[0].source, ""))
    events = sorted({figure.events for figure in counted})
    range_told = f"{events[0]:,}" if len(events) == 1 else f"{events[0]:,} to {events[-1]:,}"
    numbers = ", ".join(f"{name} {number}" for name, number in about["versions"].items())
    return drawn(
        heading,
        f"{range_told} events; {about['machine'].get('cpu', '')}, {about['machine']['cores']}"
        f" cores; {numbers}",
        "nanoseconds an event by the clock, medians with their spread, each line of the grid ten"
        " times the one before; orange is ours, blue what it is held to",
        groups,
    )


def _dot(figure: Figure, sides: Sequence[Figure]) -> Dot:
    ns = [
        second * NS / figure.events
        for second in (figure.clock.median, figure.clock.low, figure.clock.high)
    ]
    times = _times_ours(figure, sides)
    text = f"{_rounded(ns[0])} ns" + (f", {times} times ours" if times else "")
    return Dot(figure.side, ns[0], ns[1], ns[2], text, figure.ours)


def write(folder: Path, now: datetime, *, keeps_history: bool) -> list[Path]:
    """The page, the charts and the entry of the history: the paths of what was written.

    Raises: ResultsError if there is nothing to tell, or a file is no result.
    """
    results = read_results(folder)
    if not results.figures:
        raise ResultsError("no results of benchmarks", str(folder), "run make bench")
    numbers = versions()
    for content in results.files.values():  # Who measured knows, of peers that we do not list too.
        numbers |= content.get("versions", {})
    about = {
        "commit": commit(),
        "versions": numbers,
        "machine": machine(),
        "load": load(),
        "measured": {name: _utc_text(_measured(folder / f"{name}.json")) for name in results.files},
    }
    written, charts = [], {}
    for source, rows in groupby(results.figures, key=lambda figure: figure.source):
        drawing = chart_of(tuple(rows), about)
        if drawing is not None:
            charts[source] = f"{source}.svg"
            (folder / charts[source]).write_text(drawing, "utf-8")
            written.append(folder / charts[source])
    report = folder / "report.md"
    report.write_text(page(results, {"at": _utc_text(now), **about}, charts), "utf-8")
    written.append(report)
    if keeps_history:
        entry = history.add(folder / "history", about, results.figures, now)
        written += [entry] if entry else []
    return written


def _measured(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _utc_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m doisoat.benchmarks.report", description=__doc__
    )
    parser.add_argument("--folder", type=Path, default=Path("out/bench"), help="[out/bench]")
    parser.add_argument("--no-history", action="store_true", help="add no entry to the history")
    options = parser.parse_args(arguments)
    try:
        written = write(options.folder, datetime.now(UTC), keeps_history=not options.no_history)
    except ResultsError as error:
        print(f"report: {error}", file=sys.stderr)
        return 2
    for path in written:
        print(f"written: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
