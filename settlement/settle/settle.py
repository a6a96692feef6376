"""Settles a period of a home: rates, relieves, checks, and publishes all of it or nothing.

What is written, in the order of commitment: the run's folder (renamed into runs/ whole), then
what points at it (current.json, relief.duckdb, reports/), then the journal. Everything is built
before the first rename, so a full disk or an interruption leaves the previous state; a death
between two renames is mended by the next settle, which finds the run and a face of another.
Its rooms: task what is settled, run_folder and face what is written, runs what was.
"""

from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from doisoat.currency import number_text, unit_text
from doisoat.engine.executors.executor import Basis, Executor, Threads
from doisoat.engine.intake.records.conflict import chosen_digest, conflict_digest
from doisoat.engine.store import commit
from doisoat.engine.store.home import Home, Unchanged, open_home
from doisoat.engine.store.settings_file import carrier_of_home, refuse_other_carrier
from doisoat.errors import ConservationError
from doisoat.messages.text import message
from doisoat.settlement.database import public_database as face
from doisoat.settlement.database.duckdb_tables import interruptible
from doisoat.settlement.database.publish import has_events
from doisoat.settlement.figures import merge
from doisoat.settlement.figures.period import Period
from doisoat.settlement.figures.rated_share import NO_RUN_YET, Rating
from doisoat.settlement.figures.row_files import RowFiles
from doisoat.settlement.figures.rows import row_schemas
from doisoat.settlement.figures.run_id import SEMANTICS_VERSION, SHARDS
from doisoat.settlement.log import journal, signers
from doisoat.settlement.log.intake_log import log_arrivals
from doisoat.settlement.runs import conflicts
from doisoat.settlement.runs import period_state as life
from doisoat.settlement.runs.run_inputs import (
    NO_RUNS,
    Stock,
    Task,
    check_carrier,
    gather,
    master,
    opening_of,
    people,
)
from doisoat.settlement.runs.runs import RunFiles, check_files, current_runs, manifest_of, told_run
from doisoat.settlement.runs.usage_months import carriers_of_events
from doisoat.settlement.settle import run_folder
from doisoat.settlement.settle.price_holes import refuse_price_holes
from doisoat.settlement.settle.publication import AtOnce
from doisoat.settlement.settle.replaced_run import STATED, Unstated, check_replaces
from doisoat.settlement.settle.run_folder import AMOUNTS, COUNTS, LISTS
from doisoat.tariffs.change.price_holes import PriceHole
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import Package

Progress = Callable[[int], None]
Started = Callable[[Task], None]
THREADS = Threads()


def silent(steps: int) -> None:
    """Progress that nobody looks at."""


def unwatched(task: Task) -> None:
    """A settle whose beginning nobody waits for."""


class SettleRequest(NamedTuple):
    """What a period is settled with.

    Attributes: period: YYYY-MM, None for the only month with usage; carrier: settle only this one;
        by: name or key id of the signer of the home who settles; after_cut_off: take in what came
        after the period's cut-off; whole: rate every shard, also where only some may differ from
        the run in force; executor: where every shard is rated; where only some are, threads of
        this process rate them; unstated: what of this nobody said, so that it changes nothing of
        the run in force; replace: it may all the same; holes: days on which overlays leave a plan
        without a price; events: publish rated.event, of all runs in force.
    """

    catalogue: Catalogue
    package: Package
    period: str | None = None
    carrier: str | None = None
    by: str | None = None
    after_cut_off: bool = False
    whole: bool = False
    threads: int = 2
    executor: Executor = THREADS
    unstated: Unstated | None = STATED
    replace: bool = False
    holes: tuple[PriceHole, ...] = ()
    events: bool = False


class Ready(NamedTuple):
    """A settle up to its rating: what it is to do. Nothing was written for it."""

    task: Task
    key: str  # of who settles, as Signer.label; "" without
    known: bool  # the run was published before: nothing is to be rated
    changed: tuple[str, ...]  # published files that somebody altered: they are made again
    is_published: bool  # the face shows it already: nothing is to be done


class RunSummary(NamedTuple):
    """What a settle has to say."""

    run: str
    period: str
    carrier: str | None
    digest: str
    counts: Mapping[str, int]  # COUNTS
    amounts: Mapping[str, int]  # AMOUNTS
    statements: int
    same_run: bool  # was published before: nothing was rated
    home: Path
    reports: tuple[str, ...]  # names of the statements in reports/
    findings: tuple[str, ...]  # what the reader ought to know besides
    stale: tuple[str, ...] = ()  # those of them that say to settle a month again
    repaired: bool = False  # published files had been altered, and were made again
    rating: Rating = Rating(0)

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints: amounts as text, since JSON readers lose digits past 2**53."""
        return {
            "run": self.run,
            "digest": self.digest,
            **self.counts,
            **{name: unit_text(amount) for name, amount in self.amounts.items()},
            "statements": self.statements,
            "period": self.period,
            "same_run": self.same_run,
            "rated_shards": self.rating.shards,
            "since": self.rating.since,
            "why_whole": self.rating.why or None,
        }


def settle(
    home: Path, request: SettleRequest, progress: Progress = silent, started: Started = unwatched
) -> RunSummary:
    """Settle a period of a home and publish it, unless the same inputs were settled before.

    Args: progress: called with numbers of buckets that were rated; started: called with what is
        settled, before it is rated.
    Raises: PeriodError, StoreError, CatalogueError; IntakeError if an owner has more packs than the
        kernel has room for; ConservationError if a sum disagrees. Then nothing is published.
    """
    check_carrier(request.catalogue, request.carrier)
    open_home(home)  # A home that is not there is not made by settling it.
    with journal.writer(home, "settle") as locked:
        return settle_locked(locked, request, progress, started)


def settle_locked(
    locked: Home,
    request: SettleRequest,
    progress: Progress = silent,
    started: Started = unwatched,
    *,
    renames: bool = False,
    stock: Stock | None = None,
    publisher: AtOnce | None = None,
) -> RunSummary:
    """The same in a home whose lock the caller holds (`home.writer`).

    Args: renames: the run is to have the figures of the one in force, under other identities: so
        a signed period may be settled; stock: of the home, if it was read since the lock is held;
        publisher: of a batch, which publishes at its end.
    """
    if publisher is None:
        publisher = AtOnce(request.threads, with_events=request.events)
    with interruptible(), commit.disk_errors(locked.path), commit.hashed_once():
        task, key, known, changed, is_published = made_ready(
            locked, request, renames=renames, stock=stock, planned=publisher.planned,
            is_due=publisher.is_due,
        )  # fmt: skip
        started(task)
        if is_published:
            return _summary(task, Rating(0), same_run=True, notes=_not_recorded(task, key))
        target, rating = locked.floor("runs") / task.run, Rating(0)
        with (
            Unchanged([*task.usage, *task.master]) as parts,
            publisher.publication(task) as publication,
        ):
            if known:
                log_arrivals(locked)
                publication.build(
                    target, "repair" if changed and face.is_of(task) else "settle", key
                )
                parts.check()
                with commit.uninterrupted():
                    publication.swap()
            else:
                program = program_of(task)
                with commit.stage(target.parent) as staging:
                    settled, rating = _settled(task, program, request, progress, staging.path)
                    _same_count(task, settled)
                    findings = conflicts.find(task, settled, program)
                    run_folder.write(staging.path, task, settled, findings)
                    del settled, findings  # The face is built from what was written.
                    log_arrivals(locked)
                    publication.build(staging.path, "settle", key, rating.as_told())
                    request.executor.keep(task.run, staging.path)
                    parts.check()
                    with commit.uninterrupted():
                        staging.publish(target)
                        publication.swap()
        return _summary(task, rating, same_run=known, changed=changed)


def made_ready(
    home: Home,
    request: SettleRequest,
    *,
    renames: bool = False,
    stock: Stock | None = None,
    planned: Mapping[str, RunFiles] = NO_RUNS,
    is_due: bool = False,
) -> Ready:
    """All of a settle that comes before its rating. Reads only, so a dry run is this and no more.

    Args: is_due: relief.duckdb and reports/ are made anew later, whatever they are now.
    Raises: as `settle`.
    """
    key, carrier = _told_key(home, request.by), request.carrier
    if not renames:
        refuse_other_carrier(home.path, carrier, "--carrier")
        carrier = carrier or carrier_of_home(home.path)
        for overlay in request.catalogue.overlays:
            refuse_other_carrier(home.path, overlay.carrier, overlay.id)
    task = gather(
        home, request.catalogue, request.package, request.period, carrier,
        stock=stock, planned=planned,
    )  # fmt: skip
    if not renames:
        life.check_may_settle(home, task.period.name, task.run, after_cut_off=request.after_cut_off)
        check_replaces(task, STATED if request.replace else request.unstated)
    refuse_price_holes(task, request.holes)
    known = (home.floor("runs") / task.run / commit.MANIFEST).exists()
    if known:
        check_files(told_run(home, task.run))
    if is_due:
        return Ready(task, key, known, (), known and face.is_recorded(task))
    changed = face.altered(home)
    is_published = known and not changed and face.is_of(task)
    if is_published and request.events:
        is_published = has_events(home.path / face.FACE)
    return Ready(task, key, known, changed, is_published)


def _told_key(home: Home, by: str | None) -> str:
    """Who settles, as the log tells it; KeyFileError if no signer in force is called so."""
    if by is None:
        return ""
    return signers.named(signers.registry_of(journal.entries(home)), by).label


def basis_of(task: Task) -> Basis:
    """What an executor is told of a task, beside what it rates."""
    return Basis(task.catalogue, task.package, SEMANTICS_VERSION, task.run)


def program_of(task: Task) -> Any:
    """The program by which a task is rated."""
    from doisoat.engine.rating.allow_lists import with_segments
    from doisoat.tariffs.compile.compile import compile_program

    return with_segments(compile_program(task.catalogue, task.package), people(task))


def _settled(
    task: Task, program: Any, request: SettleRequest, progress: Progress, folder: Path
) -> tuple[merge.Settled, Rating]:
    """The month's result: gone on from the run in force where that can be, unless `whole`.

    Args: folder: where its rows are written while they come.
    """
    threads, why = request.threads, "" if request.whole else NO_RUN_YET
    with RowFiles(folder, row_schemas(program.vocabulary)) as rows:
        if not request.whole and task.period.name in current_runs(task.home):
            from doisoat.settlement.settle.incremental import settled_since  # replays a run: heavy

            since = settled_since(task, program, threads, progress, rows)
            if not isinstance(since, str):
                return since
            why = since
        # Closed, whatever comes: then no bucket is rated any more.
        results = results_of(task, program, threads, progress, request.executor)
        with closing(results):
            settled = merge.merge(results, program.vocabulary, rows)
        return settled, Rating(SHARDS, why=why)


def results_of(
    task: Task,
    program: Any,
    threads: int,
    progress: Progress = silent,
    executor: Executor = THREADS,
) -> Generator[Any, None, None]:
    """The results of all buckets (engine.rating.rater.BucketResult), in the order of owners.

    Args: as of `settle`; program: of the task; executor: where the buckets are rated.
    """
    subscriptions = people(task)
    results = executor.rate_by(basis_of(task))(
        task.home,
        program,
        (task.period.begin_ms, task.period.end_ms),
        task.usage,
        subscriptions,
        master(task, "port"),
        opening_of(task, program, subscriptions),
        threads=threads,
        carrier=task.carrier,
        copies=task.copies,
    )
    rated_buckets = 0
    for result in results:
        steps, rated_buckets = result.bucket + 1 - rated_buckets, result.bucket + 1
        yield result
        del result  # No bucket is held while the next is waited for.
        if steps:
            progress(steps)


def _same_count(task: Task, settled: merge.Settled) -> None:
    """Every event of the parts was rated, suspended, or left out as a copy and counted as one."""
    left_out = settled.counters.get("duplicates", 0)
    if task.carrier is None and settled.events + left_out != task.events:
        raise ConservationError(
            f"the parts hold {task.events} events of {task.period.name}, but {settled.events} were"
            f" rated or suspended and {left_out} were copies",
            "settle",
            merge.MEND,
        )


def _made_again(name: str) -> str:
    return message("{name} did not match its digest of publication, and was made again", name=name)


def _not_recorded(task: Task, key: str) -> tuple[str, ...]:
    """That a signer is not told of as who settled, since the run was published before."""
    settles = [
        entry
        for entry in journal.entries(task.home)
        if entry["what"] == "settle" and entry.get("run") == task.run
    ]
    settlers = {str(entry.get("key", "")) for entry in settles} - {""}
    if not key or key in settlers:
        return ()
    return (
        message(
            "nothing was recorded of {key}: this run was settled before, by {settlers}, and"
            " settling it again changes nothing",
            key=key,
            settlers=", ".join(sorted(settlers)) or message("nobody who was named"),
        ),
    )


def _of_others(task: Task) -> tuple[str, ...]:
    """How many records of the month a home of one carrier holds that are not that carrier's."""
    if task.carrier is None or carrier_of_home(task.home.path) is None:
        return ()
    records = carriers_of_events(task.usage, task.period)
    others = {name: count for name, count in records.items() if count and name != task.carrier}
    if not others:
        return ()
    return (
        message(
            "{count} records of {period} are other carriers' ({others}): this run settles"
            " {carrier} alone, and leaves them out",
            count=number_text(sum(others.values())),
            period=task.period.name,
            others=", ".join(sorted(others)),
            carrier=task.carrier,
        ),
    )


def _stale(task: Task) -> list[str]:
    """Months that rest on a run of the month before which is no longer in force, or whose records
    were contradicted, or decided about, since they were settled."""
    current = current_runs(task.home)
    stale: list[str] = []
    for period, run in sorted(current.items()):
        inputs = manifest_of(task.home.floor("runs") / run)["inputs"]
        opening, month = inputs["opening_run"], Period.of(period)
        copies = task.copies, month.begin_ms, month.end_ms
        known = conflict_digest(*copies), chosen_digest(*copies)
        if known != (inputs["conflicts"], inputs.get("chosen")):
            stale.append(
                message(
                    "{period} has copies that contradict each other, or a decision about"
                    " them, of after its run: settle {period} again",
                    period=period,
                )
            )
        elif opening is not None and opening != current.get(Period.of(period).before):
            stale.append(
                message(
                    "{period} rests on a run that was superseded: settle {period} again",
                    period=period,
                )
            )
    return stale


def _summary(
    task: Task,
    rating: Rating,
    *,
    same_run: bool,
    changed: tuple[str, ...] = (),
    notes: tuple[str, ...] = (),
) -> RunSummary:
    manifest = manifest_of(task.home.floor("runs") / task.run)
    totals, stale = manifest["totals"], tuple(_stale(task))
    return RunSummary(
        run=task.run,
        period=task.period.name,
        carrier=task.carrier,
        digest=manifest["result"]["digest"],
        counts={name: int(totals[name]) for name in COUNTS},
        amounts={name: int(totals[name]) for name in AMOUNTS},
        statements=int(manifest["statements"]),
        same_run=same_run,
        home=task.home.path,
        reports=tuple(
            Path(file["name"]).name
            for file in manifest["files"]
            if file["name"].startswith("reports/") and not file["name"].endswith(LISTS)
        ),
        findings=(
            *manifest["findings"],
            *map(_made_again, changed),
            *notes,
            *_of_others(task),
            *stale,
        ),
        stale=stale,
        repaired=bool(changed),
        rating=rating,
    )
