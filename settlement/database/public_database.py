"""The published files of a home: current.json, relief.duckdb, reports/ and their log entry.

It is built beside the home's own and swapped in piece by piece; the journal's line comes last.
"""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal

from doisoat import __version__
from doisoat.engine.intake.records import decisions
from doisoat.engine.store import commit
from doisoat.engine.store.home import PART_FLOORS, Home, Part, Unchanged, every_part, verify
from doisoat.messages.text import message
from doisoat.settlement.database import publish
from doisoat.settlement.database.duckdb_tables import interruptible
from doisoat.settlement.database.period_tables import Lives
from doisoat.settlement.database.suspense_states import decided_in
from doisoat.settlement.figures import run_id
from doisoat.settlement.log import journal
from doisoat.settlement.records import reconciliation_records as reconciled
from doisoat.settlement.records.claim_records import every_filing
from doisoat.settlement.records.envelope_posting import statements_kept
from doisoat.settlement.records.refund_records import payments_told
from doisoat.settlement.runs import period_state as life
from doisoat.settlement.runs.adjustment_records import adjustments
from doisoat.settlement.runs.run_inputs import Task
from doisoat.settlement.runs.runs import (
    RunFiles,
    current_runs,
    file_of,
    manifest_of,
    run_files,
    tariffs_of,
)
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import Package

FACE = "relief.duckdb"
DATABASE_DIGEST = "relief.duckdb.sha256"
PUBLISHES_RUN = ("settle", "repair")
NOTHING_MORE: Mapping[str, Any] = {}
EventsOf = Callable[[Sequence[RunFiles]], publish.EventFiles]  # of runs in force
# What is told where the disk takes no more between two steps that put a face in place.
HALF_SETTLED = message(
    "the new run is in force, and relief.duckdb and reports/ do not show all of it yet"
)
SAME_AGAIN = message("run the same command again, which ends it")
HALF_SHOWN = message(
    "the log tells of it, and relief.duckdb and reports/ do not show all of it yet"
)
SETTLE_AGAIN = message(
    "settle the month that was settled last again (doisoat settle), which puts the rest in place"
)


@contextmanager
def staged(home: Home) -> Iterator[Path]:
    """A folder beside the face to build it in; what is left in it goes when the block ends."""
    folder = commit.staging_path(home.path)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def settle_entry(
    task: Task,
    folder: Path,
    act_kind: Literal["settle", "repair"],
    key: str = "",
    more: Mapping[str, Any] = NOTHING_MORE,
) -> dict[str, Any]:
    """What the journal is to tell of a settle; `build` and `record` add the home's own words.

    Args: folder: where the run lies now; key: of who settles, as Signer.label; more: that the
    journal tells of the act.
    """
    return journal.entry(
        act_kind,
        folder / commit.MANIFEST,
        period=task.period.name,
        run=task.run,
        **({"key": key} if key else {}),
        **more,
        current=_wanted(task),
        suspense=decisions.head(task.home),
    )


def build(
    staging: Path,
    task: Task,
    entry: Mapping[str, Any],
    folder: Path,
    threads: int,
    ground: publish.Predecessor | publish.Begun | None,
    events_of: EventsOf | None = None,
) -> None:
    """relief.duckdb, its digest, reports/ and current.json of all runs in force, in `staging`.

    Args: entry: of `settle_entry`; folder: where this task's run lies now; the others lie in
        runs/; ground: of `predecessor`, or by `begin`; events_of: gives the rows of rated.event,
        None: the database has no such table.
    """
    _build(
        staging,
        task.home,
        task.every_usage,
        task.master,
        entry["current"],
        entry,
        task.catalogue,
        task.package,
        threads,
        {task.run: folder},
        ground=ground,
        events_of=events_of,
    )


def predecessor(task: Task) -> publish.Predecessor | None:
    """The published relief.duckdb, if one of this task can be made out of it.

    None where there is so little usage that it takes no longer to begin it beside the rating.
    """
    shown = _shown_parts(task.home, task.every_usage, task.master)
    if shown.is_small:
        return None
    return _predecessor(task.home, journal.entries(task.home), shown, __version__)


def begin(staging: Path, task: Task) -> AbstractContextManager[publish.Begun]:
    """Begin relief.duckdb in `staging` by a thread, while the run is worked out in the block."""
    shown = _shown_parts(task.home, task.every_usage, task.master)
    return publish.begin(staging / FACE, shown, task.catalogue, task.package)


def build_again(
    staging: Path,
    home: Home,
    usage: Sequence[Part],
    master: Sequence[Part],
    entry: Mapping[str, Any],
    catalogue: Catalogue,
    package: Package,
    threads: int = 2,
    finish: Callable[[dict[str, Any]], dict[str, Any]] = dict,
    *,
    anew: bool = True,
) -> None:
    """The same of a home whose runs in force stay; `entry` says what was done to it otherwise.

    Args: usage, master: the parts in force, verified if it is built anew; catalogue, package: that
        `ref` shows; finish: what to make of the entry once it has the face's digest, as to sign it;
        anew: False where nothing is to go: then relief.duckdb may be a copy of the published one,
        in which the entry is shown, with the parts that it shows. Where it cannot be, the parts in
        force are verified, and it is built.
    """
    current = current_runs(home)
    shown_entry = {
        **entry,
        "current": current,
        "suspense": decisions.head(home),
        "database_before": commit.sha256_of(home.path / FACE),
        "head_before": commit.sha256_of_head(home.path / FACE),
    }
    _build(
        staging, home, usage, master, current, shown_entry, catalogue, package, threads, {}, finish,
        anew=anew,
    )  # fmt: skip


@interruptible()  # Whoever builds it knows what Ctrl-C leaves undone, and says so.
def _build(
    staging: Path,
    home: Home,
    usage: Sequence[Part],
    master: Sequence[Part],
    current: Mapping[str, str],
    entry: Mapping[str, Any],
    catalogue: Catalogue,
    package: Package,
    threads: int,
    folders: Mapping[str, Path],
    finish: Callable[[dict[str, Any]], dict[str, Any]] = dict,
    ground: publish.Predecessor | publish.Begun | None = None,
    anew: bool = True,
    events_of: EventsOf | None = None,
) -> None:
    log = journal.entries(home)
    in_force, superseded = _runs(home, current, folders, log)
    last = journal.last_publication(log)
    log.append({**entry, "entry": log[-1]["entry"] + 1 if log else 1})
    database = staging / FACE
    runs_told = [*in_force, *superseded]
    lives = _lives(home, log, life.standings_told(home, log, current, folders=folders))
    of_home = _of_home(home, usage, master)
    shown = _shown_parts(home, usage, master)
    build_from = partial(
        _database, database, shown, runs_told, log, lives, catalogue, package, threads
    )
    if anew:
        build_from(ground)
    elif last is None or not _shows(home, last, entry, runs_told):
        verify([*usage, *master])
        with Unchanged([*usage, *master]) as parts:
            build_from(None if shown.is_small else _predecessor(home, log, shown, entry["version"]))
            parts.check()
    else:  # no part is read for it, and what came since the last settle waits for the next one
        of_home["parts"] = last["parts"]
        publish.build_on(
            home.path / FACE, database, publish.OF_ACTS,
            runs=runs_told, log=_logged(log), lives=lives,
        )  # fmt: skip
    if events_of is not None:
        publish.add_events(database, events_of(in_force))
    digest = commit.sha256_of(database)
    (staging / DATABASE_DIGEST).write_text(digest_text(digest), "utf-8")
    journal_entry = finish({**entry, **of_home, "database": digest})
    (staging / "entry.json").write_bytes(run_id.canonical_json(journal_entry))
    (staging / "current.json").write_text(current_text(current), "utf-8")
    reports = staging / "reports"
    reports.mkdir()
    reports.chmod(0o750)  # as relief.duckdb: for no other account
    for run in in_force:
        for file in _reports_of(run.manifest):
            commit.copy_file(file_of(run, file["name"]), reports / Path(file["name"]).name)
    _carry_over(home.path / "reports", reports, [*in_force, *superseded])


def _of_home(home: Home, usage: Sequence[Part], master: Sequence[Part]) -> dict[str, Any]:
    """What an entry of a publication tells of the home: its own words, and its parts."""
    parts = {
        floor: {part.id: commit.sha256_of(part.path / commit.MANIFEST) for part in shown}
        for floor, shown in zip(PART_FLOORS, (usage, master), strict=True)
    }
    return {"home": commit.sha256_of(home.path / "home.json"), "parts": parts}


def _predecessor(
    home: Home, log: Iterable[Mapping[str, Any]], shown: publish.Shown, version: str
) -> publish.Predecessor | None:
    """The published relief.duckdb, if the log tells of it byte for byte, and its events stay.

    One that has rated.event is no ground: what is built is as if nobody had asked for that.
    Args: version: of this doisoat: another may have other tables.
    """
    path = home.path / FACE
    if not path.is_file():
        return None
    digest = commit.sha256_of(path)
    # Entries since then may have none: of months that are in force, and not published yet.
    told = next((entry for entry in reversed(list(log)) if entry.get("database") == digest), None)
    if told is None or told.get("version") != version or "parts" not in told:
        return None
    if publish.has_events(path):
        return None
    before, now = told["parts"], _of_home(home, shown.usage, shown.master)["parts"]
    if not before["usage"].items() <= now["usage"].items():
        return None
    of_published = publish.Predecessor(
        path,
        frozenset(before["usage"]),
        before["usage"] == now["usage"],
        before["master"] == now["master"],
        told.get("suspense") == decisions.head(home),
        publish.suspended_by(
            run_files(home, run, False)
            for run in told["current"].values()
            if (home.floor("runs") / run / commit.MANIFEST).exists()
        ),
    )
    return of_published if publish.can_stay(of_published, shown) else None


def _shows(
    home: Home, last: Mapping[str, Any], entry: Mapping[str, Any], runs: Sequence[RunFiles]
) -> bool:
    """Is the published relief.duckdb whole, of the entry's runs, and of parts that are still here?

    Args: last: the entry that published it.
    """
    return (
        "parts" in last
        and last.get("database") == entry["database_before"]
        # Another version may have other tables.
        and all(last.get(name) == entry[name] for name in ("version", "current", "suspense"))
        and publish.runs_in(home.path / FACE) == {run.run for run in runs}
        and all(
            _is_here(home.floor(floor) / f"part={name}" / commit.MANIFEST, digest)
            for floor, parts in last["parts"].items()
            for name, digest in parts.items()
        )
    )


def _is_here(manifest: Path, digest: str) -> bool:
    return manifest.is_file() and commit.sha256_of(manifest) == digest


def _logged(log: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Of entries, what audit.event shows."""
    return [{name: line.get(name, "") for name in journal.LOGGED} for line in log]


def _runs(
    home: Home,
    current: Mapping[str, str],
    folders: Mapping[str, Path],
    log: Iterable[Mapping[str, Any]],
) -> tuple[list[RunFiles], list[RunFiles]]:
    """The runs in force by period, and the superseded; `folders`: not published yet.

    The superseded come in the order of the entries that they were last in force by: so that those
    that an act supersedes come after all that were superseded before.
    """
    in_force_by = {
        run: number for number, entry in enumerate(log) for run in entry.get("current", {}).values()
    }
    runs = home.floor("runs").glob(f"[!.]*/{commit.MANIFEST}")  # none that is being written
    superseded = {path.parent.name for path in runs} - set(current.values())
    in_force = [run_files(home, run, False, folders.get(run)) for _, run in sorted(current.items())]
    ordered = sorted(superseded, key=lambda run: (in_force_by.get(run, -1), run))
    return in_force, [run_files(home, run, True) for run in ordered]


def _lives(
    home: Home, log: Sequence[Mapping[str, Any]], standings: Mapping[str, life.Standing]
) -> Lives:
    """The standings, and the adjustments, refunds, claims and variances that the log tells of."""
    logged = {entry.get("adjustment") for entry in log}
    booked = [adjustment for adjustment in adjustments(home) if adjustment.id in logged]
    reconciliations = reconciled.in_force(home, log).values()
    return Lives(
        standings, booked, payments_told(home, log), every_filing(home, log),
        [variance for reconciliation in reconciliations for variance in reconciliation.variances],
        reconciled.standings(log), statements_kept(home),
    )  # fmt: skip


def _database(
    path: Path,
    shown: publish.Shown,
    runs: Sequence[RunFiles],
    log: Sequence[Mapping[str, Any]],
    lives: Lives,
    catalogue: Catalogue,
    package: Package,
    threads: int,
    ground: publish.Predecessor | publish.Begun | None,
) -> None:
    logged = _logged(log)
    if isinstance(ground, publish.Predecessor):
        publish.build_on(
            ground.path,
            path,
            publish.outdated(ground, runs),
            runs=runs,
            log=logged,
            lives=lives,
            sources=publish.Sources(shown, catalogue, package, ground.parts),
        )
        return
    publish.build(
        path,
        shown,
        runs=runs,
        log=logged,
        lives=lives,
        catalogue=catalogue,
        package=package,
        threads=threads,
        begun=ground,
    )


def _shown_parts(home: Home, usage: Sequence[Part], master: Sequence[Part]) -> publish.Shown:
    return publish.Shown(usage, master, cache(partial(decided_in, home, usage, master)))


@contextmanager
def unfilled(
    home: Home, path: Path, events_of: EventsOf | None = None
) -> Iterator[publish.Unfilled | None]:
    """relief.duckdb as the parts, runs and log make it, elsewhere, to compare the published with.

    Args: events_of: gives the rows of rated.event, if the published one has it.
    None where nothing was published, or what it was made of is not all there as it was: records
    were decided about, or parts removed since.
    """
    log = journal.entries(home)
    last, run = journal.last_publication(log), shown_run(home)
    if last is None or run is None or last.get("suspense") != decisions.head(home):
        yield None
        return
    parts = {floor: {part.id: part for part in every_part(home, floor)} for floor in PART_FLOORS}
    named = [[parts[floor].get(name) for name in last["parts"][floor]] for floor in PART_FLOORS]
    usage, master = ([part for part in parts if part is not None] for parts in named)
    if None in (*named[0], *named[1]):
        yield None
        return
    in_force, superseded = _runs(home, current_runs(home), {}, log)
    known = [entry for entry in log if entry["entry"] <= last["entry"]]
    runs = [*in_force, *superseded]
    lives = _lives(home, known, life.standings_told(home, known, current_runs(home)))
    catalogue, package = tariffs_of(run)
    events = None
    if events_of is not None and publish.has_events(home.path / FACE):
        events = events_of(in_force)
    with publish.unfilled(
        path,
        _shown_parts(home, usage, master),
        runs=runs,
        log=_logged(known),
        catalogue=catalogue,
        package=package,
        lives=lives,
        events=events,
    ) as database:
        yield database


def digest_text(digest: str) -> str:
    """What stands beside relief.duckdb, as sha256sum writes and checks it."""
    return f"{digest}  {FACE}\n"


def current_text(current: Mapping[str, str]) -> str:
    """How current.json is spelt."""
    return json.dumps(current, indent=1, sort_keys=True) + "\n"


def _carry_over(old: Path, new: Path, runs: Iterable[RunFiles]) -> None:
    """What lies in reports/ and no run wrote is its user's: it stays there, as it is."""
    written = {Path(file["name"]).name for run in runs for file in _reports_of(run.manifest)}
    for path in sorted(old.iterdir()) if old.is_dir() else ():
        if path.name in written:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.copytree(path, new / path.name, symlinks=True)
        else:
            shutil.copy2(path, new / path.name, follow_symlinks=False)


def _reports_of(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [file for file in manifest["files"] if file["name"].startswith("reports/")]


def shown_run(home: Home) -> RunFiles | None:
    """The run whose catalogue and package the face shows: the last settled one.

    None where nothing was published yet.
    """
    settled = [entry for entry in journal.entries(home) if entry["what"] in PUBLISHES_RUN]
    if not settled or not (home.path / FACE).exists():
        return None
    return run_files(home, str(settled[-1]["run"]), superseded=False)


def put_in_force(home: Home, current: Mapping[str, str]) -> None:
    """Write current.json alone: relief.duckdb and reports/ come later."""
    staging = commit.staging_path(home.path)
    try:
        staging.write_text(current_text(current), "utf-8")
        commit.swap_in(home.path / "current.json", staging)
    finally:
        staging.unlink(missing_ok=True)


def record(home: Home, entry: Mapping[str, Any], task: Task) -> None:
    """Write the entry of a run in force that relief.duckdb is to show, and does not yet.

    It has no digest of relief.duckdb: so the publication is not whole, until a later entry has one.
    """
    journal.append(home, {**entry, **_of_home(home, task.every_usage, task.master)})


def swap(home: Home, staging: Path) -> None:
    """Put the face in place, piece by piece, and say so in the journal last."""
    commit.swap_in(home.path / "current.json", staging / "current.json")
    with commit.half_done(HALF_SETTLED, SAME_AGAIN):
        for name in (FACE, DATABASE_DIGEST, "reports"):
            commit.swap_in(home.path / name, staging / name)
        journal.append(home, json.loads((staging / "entry.json").read_bytes()))


def swap_again(home: Home, staging: Path) -> None:
    """Put a face of the same runs in place: the journal first, which knows the face before it.

    Nothing else would tell one that was swapped in from one that somebody changed.
    """
    journal.append(home, json.loads((staging / "entry.json").read_bytes()))
    with commit.half_done(HALF_SHOWN, SETTLE_AGAIN):
        for name in ("reports", DATABASE_DIGEST, FACE):
            commit.swap_in(home.path / name, staging / name)


def is_of(task: Task) -> bool:
    """Is what was last published, whole, the runs in force with this one among them?

    With what was decided about suspended records since, it is not.
    """
    current = _wanted(task)
    last = journal.last_publication(journal.entries(task.home))
    return (
        current_runs(task.home) == current
        and last is not None
        and last["current"] == current
        and last.get("suspense") == decisions.head(task.home)
        and not _is_awaited(task.home, last)
    )


def is_recorded(task: Task) -> bool:
    """Is the run in force, and the last that the journal tells of its month?"""
    period = task.period.name
    settles = [
        entry["run"]
        for entry in journal.entries(task.home)
        if entry["what"] in PUBLISHES_RUN and entry["period"] == period
    ]
    return current_runs(task.home).get(period) == task.run and settles[-1:] == [task.run]


def is_whole(home: Home) -> bool:
    """Did the last publication, if there was one, come to its end?"""
    current, last = current_runs(home), journal.last_publication(journal.entries(home))
    if last is None:
        return not current
    return bool(last["current"] == current) and not _is_awaited(home, last)


def _is_awaited(home: Home, last: Mapping[str, Any]) -> bool:
    """Is the face still the one before the one that the journal tells of, or is to be made?"""
    if "database" not in last:
        return True
    before, path = last.get("database_before"), home.path / FACE
    return (
        before is not None
        and before != last["database"]
        and path.is_file()
        # The whole is read where it may be the one before: by its head it mostly cannot.
        and last.get("head_before") in (None, commit.sha256_of_head(path))
        and commit.sha256_of(path) == before
    )


def altered(home: Home) -> tuple[str, ...]:
    """Names of the published files that are not, byte for byte, what was published.

    None where a publication was cut short: then nobody changed them, they only never came.
    """
    current, last = current_runs(home), journal.last_publication(journal.entries(home))
    if last is None or not is_whole(home):
        return ()
    published = [(FACE, last.get("database"))]
    for run in current.values():
        folder = home.floor("runs") / run
        if (folder / commit.MANIFEST).exists():  # else nothing says what its reports were
            reports = _reports_of(manifest_of(folder))
            published += [(file["name"], file["sha256"]) for file in reports]
    return tuple(
        name
        for name, digest in published
        if not (home.path / name).is_file() or commit.sha256_of(home.path / name) != digest
    )


def _wanted(task: Task) -> dict[str, str]:
    return {**current_runs(task.home), task.period.name: task.run}
