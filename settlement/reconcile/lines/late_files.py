"""Late files of a period: those that came after it was first settled, or after it had ended."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import polars as pl

from doisoat.civil_time import zone_in_use
from doisoat.engine.store.home import Home, every_part
from doisoat.settlement.figures.period import Period
from doisoat.settlement.log import journal
from doisoat.settlement.reconcile.lines.located_lines import Files
from doisoat.settlement.records import alternative_frame as delta
from doisoat.settlement.runs.runs import RunFiles, file_of, run_files
from doisoat.settlement.runs.usage_months import read

AFTER_CLOSE = "after_close"
SETTLED = "settled:"
SAME = ("catalogue", "package", "readings", "master", "opening_run", "carrier")


def late_files(home: Home, run: RunFiles, files: Files) -> dict[str, Sequence[int]]:
    """The places of the files of a run that were late, by what they were late for.

    `after:<run>`: files that an earlier run of the period did not have; `after_close`: files taken
    in once the period had ended. Sets that hold none, or all, are left out.
    """
    named = {
        f"after:{earlier.run}": [
            place for place, digest in enumerate(files.digests) if digest not in _sources(earlier)
        ]
        for earlier in _earlier(home, run)
    }
    taken, end = _taken_in(home), Period.of(run.period).end
    named[AFTER_CLOSE] = [
        place
        for place, digest in enumerate(files.digests)
        if digest in taken and taken[digest] >= end
    ]
    return {name: places for name, places in named.items() if 0 < len(places) < len(files.digests)}


def after_first(home: Home, run: RunFiles, files: Files) -> list[int]:
    """The places of the files of a run that the first run of its period did not have."""
    earlier = _earlier(home, run)
    known = _sources(earlier[0]) if earlier else set(files.digests)
    return [place for place, digest in enumerate(files.digests) if digest not in known]


def earlier_runs(home: Home, run: RunFiles) -> Mapping[str, pl.DataFrame]:
    """delta.CELL of earlier runs of the period that differ in nothing but files that they lacked.

    Named `settled:<run>`: relief as it was without the late files, balances and all.
    """
    return {
        f"{SETTLED}{earlier.run}": delta.cells(read(file_of(earlier, "relief_total.parquet")))
        for earlier in with_fewer_files(home, run)
    }


def with_fewer_files(home: Home, run: RunFiles) -> list[RunFiles]:
    """Earlier runs of the period that differ in nothing but files that they lacked."""
    inputs = run.manifest["inputs"]
    return [
        earlier
        for earlier in _earlier(home, run)
        if all(earlier.manifest["inputs"].get(name) == inputs.get(name) for name in SAME)
        and _sources(earlier) < _sources(run)
    ]


def _sources(run: RunFiles) -> set[str]:
    return {source["sha256"] for source in run.manifest["inputs"]["sources"]}


def _earlier(home: Home, run: RunFiles) -> list[RunFiles]:
    """Runs of the same period that were published before this one and are still kept, in order."""
    names = []
    for entry in journal.entries(home):
        name = entry.get("run")
        if not name or entry.get("period") != run.period:
            continue
        if name == run.run:
            break
        if name not in names and (home.floor("runs") / name).is_dir():
            names.append(name)
    return [run_files(home, name, superseded=True) for name in names]


def _taken_in(home: Home) -> dict[str, datetime]:
    """When each source file first came in, in civil time, by SHA-256; of parts that are kept."""
    logged: dict[str, datetime] = {}
    for entry in journal.entries(home):
        if entry.get("part") and entry["part"] not in logged:
            moment = datetime.fromisoformat(entry["logged_at"])
            logged[entry["part"]] = zone_in_use().civil(moment)
    first: dict[str, datetime] = {}
    for part in every_part(home, "usage"):
        for source in part.manifest["sources"] if part.id in logged else ():
            at, digest = logged[part.id], source["sha256"]
            first[digest] = min(at, first.get(digest, at))
    return first
