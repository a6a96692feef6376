"""Figures of the benchmarks, read from their JSON files into one form."""

import json
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from doisoat.errors import DoisoatError

QUARTILES_FROM = 8  # runs: below them, least and most are all that a spread can be
OUR_SIDE = "doisoat"
BYTES = ("read_bytes", "written_bytes", "peak_bytes")  # of a figure; a side may tell each


class Spread(NamedTuple):
    """Seconds of some runs. low, high: quartiles of many runs, least and most of few."""

    median: float
    least: float
    most: float
    low: float
    high: float
    runs: int


class Figure(NamedTuple):
    """A side's work on a job. events, read_bytes: 0 where not told; processor: None."""

    source: str  # the file it was read from, without its ending
    job: str
    side: str
    ours: bool  # else a peer, a naive twin, a bare reading: no fault of ours if it is slow
    events: int
    clock: Spread
    processor: Spread | None = None
    digest: str = ""  # of the answer
    read_bytes: int = 0  # how much there is to read; of whole jobs: how much was asked for
    written_bytes: int = 0  # handed to the disk; 0 where not told
    peak_bytes: int = 0  # of the largest process; 0 where not told

    @property
    def name(self) -> tuple[str, str, str]:
        """What it is a figure of, over the runs of the benchmarks."""
        return self.source, self.job, self.side

    @property
    def counted(self) -> Spread:
        """Processor time where it is told, since a busy machine does not disturb it."""
        return self.processor or self.clock


class Results(NamedTuple):
    """A folder of results. unread: names of files whose form is none of the benchmarks'."""

    figures: tuple[Figure, ...]
    files: Mapping[str, Mapping[str, Any]]  # by name without ending, as written
    unread: tuple[str, ...]


class ResultsError(DoisoatError):
    """Results of benchmarks that cannot be read or compared."""


def spread_of(seconds: Sequence[float]) -> Spread:
    """Of the seconds of each run, of which there is at least one.

    Raises: ValueError if one is no number.
    """
    for second in seconds:
        if not isinstance(second, int | float):
            raise ValueError(f"{second!r} is no number of seconds")
    least, most = min(seconds), max(seconds)
    low, high = least, most
    if len(seconds) >= QUARTILES_FROM:
        low, _, high = statistics.quantiles(seconds, n=4, method="inclusive")
    return Spread(statistics.median(seconds), least, most, low, high, len(seconds))


def read_results(folder: Path) -> Results:
    """All figures of a folder. Raises: ResultsError if a file is no JSON or lacks what it must."""
    figures: list[Figure] = []
    files, unread = {}, []
    for path in sorted(folder.glob("*.json")):
        try:
            content = json.loads(path.read_text("utf-8"))
            read = _reader_of(content)
            if read is None:
                unread.append(path.name)
                continue
            read_figures = list(read(path.stem, content))
            if not read_figures:
                raise ValueError("it has no figure")
            figures += read_figures
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ResultsError(
                f"no results of a benchmark: {type(error).__name__}: {error}", str(path),
                "run that benchmark again, or remove the file",
            ) from error  # fmt: skip
        files[path.stem] = content
    return Results(tuple(figures), files, tuple(unread))


Read = Callable[[str, Mapping[str, Any]], Iterator[Figure]]


def _reader_of(content: Any) -> Read | None:
    """Who reads a file, told by what it has at its top."""
    if not isinstance(content, dict):
        return None
    return next((read for key, read in READERS.items() if key in content), None)


def _of_jobs(source: str, content: Mapping[str, Any]) -> Iterator[Figure]:
    """peers.json, whole.json: jobs -> name -> side -> seconds of each run; events beside jobs or
    sides."""
    for job, sides in content["jobs"].items():
        events = sides.get("events", content.get("events", 0))
        for side, runs in sides.items():
            if isinstance(runs, dict) and "seconds" in runs:
                yield _figure(source, job, side, _is_ours(side), events, runs)._replace(
                    **{name: runs[name] for name in BYTES if name in runs}
                )


def _of_forms(source: str, content: Mapping[str, Any]) -> Iterator[Figure]:
    """intake.json: forms of a file -> side."""
    for form, sides in content["forms"].items():
        for side, runs in sides.items():
            if isinstance(runs, dict):
                job = f"{content['rows']:,} rows of {form}"
                figure = _figure(source, job, side, _is_ours(side), content["rows"], runs)
                yield figure._replace(read_bytes=sides["bytes"])


def _of_stages(source: str, content: Mapping[str, Any]) -> Iterator[Figure]:
    """roofline.json: stages -> threads."""
    for stage, measured in content["stages"].items():
        for threads, spent in measured["threads"].items():
            side = f"{threads} thread{'s' * (threads != '1')}"
            figure = _figure(source, stage, side, measured["ours"], content["events"], spent)
            yield figure._replace(read_bytes=measured["bytes"])


def _of_suite(source: str, content: Mapping[str, Any]) -> Iterator[Figure]:
    """pytest-benchmark's: each with its quartiles. `twin` marks what ours is compared with."""
    for benchmark in content["benchmarks"]:
        stats, more = benchmark["stats"], benchmark["extra_info"]
        low, high = stats["min"], stats["max"]
        if stats["rounds"] >= QUARTILES_FROM:
            low, high = stats["q1"], stats["q3"]
        yield Figure(
            source,
            benchmark["group"] or benchmark["name"].partition("[")[0],
            benchmark["param"] or benchmark["name"].removeprefix("bench_").replace("_", " "),
            not more.get("twin", False),
            more.get("events", 0),
            Spread(stats["median"], stats["min"], stats["max"], low, high, stats["rounds"]),
        )


READERS: Mapping[str, Read] = {
    "jobs": _of_jobs, "forms": _of_forms, "stages": _of_stages, "benchmarks": _of_suite,
}  # fmt: skip


def _is_ours(side: str) -> bool:
    return side.partition(" ")[0] == OUR_SIDE


def _figure(
    source: str, job: str, side: str, is_ours: bool, events: int, runs: Mapping[str, Any]
) -> Figure:
    """Of a side that tells the seconds of each run; of processor time, each or their median."""
    used = runs.get("processor_seconds")
    if isinstance(used, int | float):
        used = [used]
    return Figure(
        source, job, side, is_ours, events, spread_of(runs["seconds"]),
        spread_of(used) if used else None, runs.get("digest", ""),
    )  # fmt: skip
