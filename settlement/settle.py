"""Settles a period of a home: rates, relieves, checks, and publishes all of it or nothing.

What is written, in the order of commitment: the run's folder (renamed into runs/ whole), then
what points at it (current.json, relief.duckdb, reports/), then the journal. Everything is built
before the first rename, so a full disk or an interruption leaves the previous state; a death
between two renames is mended by the next settle, which finds the run and a face of another.
"""

import getpass
import json
import os
import shutil
import socket
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import polars as pl

from doisoat import __version__
from doisoat.engine import commit
from doisoat.engine.home import Home, Part, open_home, read_parts, writer
from doisoat.engine.intake.conflict import conflict_digest, conflicting_copies, standing
from doisoat.engine.intake.master import table_digests
from doisoat.errors import CatalogueError, ConservationError, PeriodError, StoreError
from doisoat.settlement import merge, publish, run_id, statement
from doisoat.settlement.period import MS_PER_DAY, Period, choose, month_of_day
from doisoat.settlement.publish import RunFiles, interruptible, scan
from doisoat.tariffs.load import catalogue_digest, package_digest
from doisoat.tariffs.models import Catalogue, Package

FORMAT_VERSION = 1
JOURNAL = Path("log") / "journal.jsonl"
SYNTHETIC_MAPPING = "world"  # by which the files of `doisoat simulate` are read
FACE = "relief.duckdb"
DATABASE_DIGEST = "relief.duckdb.sha256"
# Pinned, so that the same rows are the same bytes.
PARQUET: Mapping[str, Any] = {
    "compression": "zstd",
    "compression_level": 3,
    "statistics": True,
    "row_group_size": 131_072,
}
LOGGED = ("entry", "logged_at", "who", "what", "period", "run", "manifest_sha256", "version")
AMOUNTS = ("list_value", "discount", "payable", "in_kind", "contribution")
COUNTS = ("events", "rated", "suspended")

Progress = Callable[[int], None]
Rate = Callable[..., Iterable[Any]]  # as engine.bucket.rate_home


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
    reports: tuple[str, ...]  # names in reports/
    findings: tuple[str, ...]  # what the reader ought to know besides

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints: amounts as text, since JSON readers lose digits past 2**53."""
        return {
            "run": self.run,
            "digest": self.digest,
            **self.counts,
            **{name: str(amount) for name, amount in self.amounts.items()},
            "statements": self.statements,
            "period": self.period,
            "same_run": self.same_run,
        }


class _Task(NamedTuple):
    """All that a run is a function of, and where it goes."""

    home: Home
    usage: tuple[Part, ...]  # the parts with records of the period
    every_usage: tuple[Part, ...]  # all parts of the home, which the face shows
    master: tuple[Part, ...]
    catalogue: Catalogue
    package: Package
    period: Period
    carrier: str | None
    opening: RunFiles | None
    events: int  # of the period, counted in the parts themselves
    inputs: dict[str, Any]
    run: str


def settle(
    home: Path,
    catalogue: Catalogue,
    package: Package,
    period: str | None = None,
    carrier: str | None = None,
    threads: int = 2,
    progress: Progress = lambda steps: None,
    *,
    compiled: Any = None,
    rate: Rate | None = None,
) -> RunSummary:
    """Settle a period of a home and publish it, unless the same inputs were settled before.

    Args: period: YYYY-MM, None for the only month with usage; carrier: settle only this one;
        compiled, rate: the program and who rates it, where a test brings its own.
    Raises: PeriodError, StoreError, CatalogueError; ConservationError if a sum disagrees: then
        nothing is published.
    """
    _known_carrier(catalogue, carrier)
    open_home(home)  # A home that is not there is not made by settling it.
    with interruptible(), writer(home, "settle") as held, commit.disk_errors(home):
        task = _task(held, catalogue, package, period, carrier)
        target = held.floor("runs") / task.run
        known = (target / commit.MANIFEST).exists()
        if known and _face_is_whole(task):
            return _summary(task, same_run=True)
        with _staged_face(held) as face:
            if known:
                _build_face(face, task, target, threads)
            else:
                program = compiled if compiled is not None else _compile(catalogue, package)
                settled = merge.merge(
                    _rated(task, program, threads, progress, rate), program.vocabulary
                )
                _same_count(task, settled)
                with commit.staged(target) as staging:
                    _write_run(staging, task, settled)
                    _build_face(face, task, staging, threads)
            _swap(task, face)
        return _summary(task, same_run=known)


# --- what is settled ---------------------------------------------------------------------------


def _known_carrier(catalogue: Catalogue, carrier: str | None) -> None:
    known = [entry.id for entry in catalogue.carriers]
    if carrier is not None and carrier not in known:
        raise CatalogueError(
            f"no carrier {carrier!r} is in the catalogue {catalogue.id}",
            "--carrier",
            f"choose one of {', '.join(known)}",
        )


def _task(
    home: Home, catalogue: Catalogue, package: Package, asked: str | None, carrier: str | None
) -> _Task:
    usage, master = read_parts(home, "usage"), read_parts(home, "master")
    copies = conflicting_copies(usage)
    months = _events_by_month(usage, copies)
    period = choose(asked, months, str(home.path))
    read = tuple(part for part in usage if any(True for _ in _sources(part, period)))
    opening = _opening(home, period, carrier)
    inputs = run_id.run_inputs(
        period=period.name,
        carrier=carrier,
        sources=[source for part in read for source in _sources(part, period)],
        conflicts=conflict_digest(copies, period.begin_ms, period.end_ms),
        master=table_digests(master),
        catalogue=catalogue_digest(catalogue),
        package=package_digest(package),
        readings={
            reading.name: package.chosen.get(reading.name, reading.default)
            for reading in package.readings
        },
        opening_run=opening.run if opening else None,
    )
    return _Task(
        home=home,
        usage=read,
        every_usage=tuple(usage),
        master=tuple(master),
        catalogue=catalogue,
        package=package,
        period=period,
        carrier=carrier,
        opening=opening,
        events=months[period.name],
        inputs=inputs,
        run=run_id.run_id(inputs),
    )


def _rows(query: str) -> list[tuple[Any, ...]]:
    """The rows of one query over Parquet, in a database of its own."""
    connection = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    try:
        connection.execute("SET enable_progress_bar = false")
        rows: list[tuple[Any, ...]] = connection.execute(query).fetchall()
        return rows
    finally:
        connection.close()


def _events_by_month(parts: Iterable[Part], copies: pl.DataFrame) -> dict[str, int]:
    """How many events each month has; of contradicting copies only the standing one counts."""
    months: Counter[str] = Counter()
    for part in parts:
        buckets = sorted(part.path.glob("bucket=*.parquet"))
        if buckets:
            for day, count in _rows(
                f"SELECT start_ms // {MS_PER_DAY}, count(*) FROM {scan(*buckets)} GROUP BY 1"
            ):
                months[month_of_day(day)] += count
    for start_ms in copies.filter("is_stored")["start_ms"]:
        months[month_of_day(start_ms // MS_PER_DAY)] -= 1
    for start_ms in standing(copies)["start_ms"]:
        months[month_of_day(start_ms // MS_PER_DAY)] += 1
    return {month: count for month, count in months.items() if count}


def _sources(part: Part, period: Period) -> Iterator[dict[str, Any]]:
    """The source files of a part with usage of the period."""
    for source in part.manifest["sources"]:
        if period.name in source["months"]:
            yield {name: source[name] for name in ("sha256", "rows", "content_digest")}


def _opening(home: Home, period: Period, carrier: str | None) -> RunFiles | None:
    """The run in force of the month before, whose closing state this period starts from."""
    run = current_runs(home).get(period.before)
    if run is None:
        return None
    opening = run_files(home, run, superseded=False)
    only = opening.manifest["inputs"]["carrier"]
    if only not in (None, carrier):
        raise PeriodError(
            f"the run in force of {period.before} settles only {only}, so the balances of the"
            f" others are not known when {period.name} begins",
            str(home.path),
            f"settle that month whole first: doisoat settle --period {period.before}",
        )
    return opening


def _compile(catalogue: Catalogue, package: Package) -> Any:
    from doisoat.tariffs.compile import compile_program

    return compile_program(catalogue, package)


def _rated(
    task: _Task, program: Any, threads: int, progress: Progress, rate: Rate | None
) -> Iterator[Any]:
    """Every bucket's result, in the order of the buckets."""
    from doisoat.engine import bucket

    results = (rate or bucket.rate_home)(
        task.home,
        program,
        (task.period.begin_ms, task.period.end_ms),
        task.usage,
        _master(task, "subscription", bucket.NO_SUBSCRIPTIONS),
        _master(task, "port", bucket.NO_PORTS),
        _opening_state(task, program),
        threads=threads,
        carrier=task.carrier,
    )
    for result in results:
        yield result
        progress(1)


def _master(task: _Task, name: str, nothing: pl.DataFrame) -> pl.DataFrame:
    """All rows of one kind of master data over the parts."""
    paths = [part.file(f"{name}.parquet") for part in task.master]
    found = [
        _parquet(path).drop("source", "row", strict=False) for path in paths if path is not None
    ]
    return pl.concat(found).sort(pl.all()) if found else nothing  # whatever parts it came in


def _opening_state(task: _Task, program: Any) -> pl.DataFrame:
    """The closing state of the month before; without one, what carriers say was open then."""
    from doisoat.engine import bucket

    if task.opening is not None:
        return _parquet(task.opening.path / "closing.parquet")
    packs = _master(task, "pack", pl.DataFrame())
    if packs.is_empty():
        return pl.DataFrame(schema=bucket.CLOSING)
    return bucket.open_packs_as_state(program, packs)


def _same_count(task: _Task, settled: merge.Settled) -> None:
    """Every event of the parts was rated, suspended, or left out as a copy and counted as one."""
    left_out = settled.counters.get("duplicates", 0)
    if task.carrier is None and settled.events + left_out != task.events:
        raise ConservationError(
            f"the parts hold {task.events} events of {task.period.name}, but {settled.events} were"
            f" rated or suspended and {left_out} were copies",
            "settle",
            merge.MEND,
        )


# --- the run's folder --------------------------------------------------------------------------


def _write_run(folder: Path, task: _Task, settled: merge.Settled) -> None:
    before = statement.NOTHING_YET
    if task.opening is not None:
        before = statement.to_date_of(_parquet(task.opening.path / "statement.parquet"))
    statements = statement.build(
        settled,
        task.package,
        task.period.name,
        carrier=task.carrier,
        before=before,
        assumed=statement.assumed_in_use(
            task.catalogue, _plans_and_packs(task), task.period.begin, task.period.end
        ),
    )
    for name, frame in {
        "line": settled.lines,
        "total": settled.totals.with_columns(_as_date("day")),
        "relief_total": settled.relief_totals.with_columns(_as_date("day")),
        "suspense": settled.suspense,
        "closing": settled.closing,
        "refund": settled.refunds,
        "statement": statements.statements,
        "statement_line": statements.lines,
    }.items():
        frame.write_parquet(folder / f"{name}.parquet", **PARQUET)
    for name, model in (("catalogue", task.catalogue), ("package", task.package)):
        content = run_id.canonical_json(model.model_dump(mode="json"))
        (folder / f"{name}.json").write_bytes(content)
    _write_reports(folder / "reports", task, settled, statements)
    manifest = _manifest_of(folder, task, settled, statements)
    (folder / commit.MANIFEST).write_bytes(run_id.canonical_json(manifest))


def _as_date(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Int32).cast(pl.Date)


def _parquet(path: Path) -> pl.DataFrame:
    return pl.read_parquet(path, glob=False, hive_partitioning=False)


def _plans_and_packs(task: _Task) -> list[tuple[str, str]]:
    """(carrier, plan or pack) that subscriptions of the period and events of its parts name."""
    queries = [
        f"SELECT DISTINCT carrier, plan FROM {scan(path)}"
        f" WHERE from_ms < {task.period.end_ms}"
        f" AND (until_ms IS NULL OR until_ms > {task.period.begin_ms})"
        for part in task.master
        if (path := part.file("subscription.parquet")) is not None
    ] + [
        f"SELECT DISTINCT carrier, pack FROM {scan(path)} WHERE pack <> ''"
        for part in task.usage
        if (path := part.file("trait.parquet")) is not None
    ]
    found = {(carrier, item) for query in queries for carrier, item in _rows(query)}
    return sorted(found)


def _write_reports(
    folder: Path, task: _Task, settled: merge.Settled, statements: statement.Statements
) -> None:
    from doisoat.settlement.report.content import contents
    from doisoat.settlement.report.workbook import write_workbook

    folder.mkdir()
    for content in contents(
        settled,
        statements,
        task.catalogue,
        task.package,
        task.period,
        run=task.run,
        digest=run_id.result_digest(settled.shard_digests),
        catalogue_digest=task.inputs["catalogue"],
        package_digest=task.inputs["package"],
        is_synthetic=_is_synthetic(task),
    ):
        write_workbook(folder / f"doi-soat-{task.period.name}-{content.carrier_id}.xlsx", content)


def _is_synthetic(task: _Task) -> bool:
    """Was any of the usage invented by `doisoat simulate`? Then every report says so."""
    sources = (source for part in task.usage for source in part.manifest["sources"])
    return any(source["mapping"] == SYNTHETIC_MAPPING for source in sources)


def _manifest_of(
    folder: Path, task: _Task, settled: merge.Settled, statements: statement.Statements
) -> dict[str, Any]:
    whole = statements.statements
    shards = [
        settled.shard_digests.get(shard, run_id.EMPTY_SHARD).hex() for shard in range(run_id.SHARDS)
    ]
    return {
        "format_version": FORMAT_VERSION,
        "run": task.run,
        "inputs": task.inputs,
        "catalogue": task.catalogue.id,
        "package": task.package.id,
        "result": {
            "digest": run_id.result_digest(settled.shard_digests),
            "shards": shards,
        },
        "totals": {
            **{name: getattr(settled, name) for name in COUNTS},
            **{name: str(merge.total_of(whole, name)) for name in AMOUNTS},
        },
        "statements": whole.height,
        "counters": settled.counters,
        "findings": _findings(task, whole),
        "built_by": {
            "doisoat": __version__,
            "polars": pl.__version__,
            "duckdb": duckdb.__version__,
        },
        "files": commit.part_manifest(folder),
    }


def _findings(task: _Task, statements: pl.DataFrame) -> list[str]:
    found = ["the usage is synthetic: of no carrier"] if _is_synthetic(task) else []
    envelope = task.package.envelope
    to_date = max(statements["programme_relief_to_date"].to_list(), default=0)
    if envelope is not None and to_date > envelope.amount:
        found.append(
            f"relief to date {to_date} is above the envelope of {envelope.amount}:"
            " rule `track` recognises all of it"
        )
    for carrier, assumed in statements.select("carrier", "assumed").iter_rows():
        if assumed:
            found.append(f"{carrier}: assumed plans or packs in use: {assumed}")
    return found


# --- the public face ---------------------------------------------------------------------------


@contextmanager
def _staged_face(home: Home) -> Iterator[Path]:
    """A folder beside the face to build it in; what is left in it goes when the block ends."""
    folder = commit.staging_path(home.path)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def current_runs(home: Home) -> dict[str, str]:
    """The run in force of each period, by period."""
    path = home.path / "current.json"
    try:
        current: dict[str, str] = json.loads(path.read_text("utf-8"))
        return current
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise StoreError(
            "not readable as JSON", str(path), "delete it, then settle each period again"
        ) from error


def _wanted(task: _Task) -> dict[str, str]:
    return {**current_runs(task.home), task.period.name: task.run}


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / commit.MANIFEST).read_text("utf-8"))
        return manifest
    except (OSError, ValueError) as error:
        raise StoreError(
            "the manifest cannot be read", str(folder), "restore this run from a copy, or delete it"
        ) from error


def run_files(home: Home, run: str, superseded: bool, at: Path | None = None) -> RunFiles:
    """A run's folder with its manifest; `at` is where it lies before it is published."""
    folder = at or home.floor("runs") / run
    manifest = _manifest(folder)
    return RunFiles(run, manifest["inputs"]["period"], folder, superseded, manifest)


def _build_face(face: Path, task: _Task, folder: Path, threads: int) -> None:
    """relief.duckdb, its digest, reports/ and current.json of all runs in force, in `face`.

    Args: folder: where this task's run lies now; the others lie in runs/.
    """
    current = _wanted(task)
    runs = task.home.floor("runs").glob(f"[!.]*/{commit.MANIFEST}")  # none that is being written
    others = {path.parent.name for path in runs}
    in_force = [
        run_files(task.home, run, False, folder if run == task.run else None)
        for _, run in sorted(current.items())
    ]
    superseded = [run_files(task.home, run, True) for run in sorted(others - set(current.values()))]
    entry = _entry(task, folder, current)
    log = _journal(task.home)
    log.append({**entry, "entry": log[-1]["entry"] + 1 if log else 1})
    database = face / FACE
    publish.build(
        database,
        usage=task.every_usage,
        master=task.master,
        runs=[*in_force, *superseded],
        log=[{name: line[name] for name in LOGGED} for line in log],
        catalogue=task.catalogue,
        package=task.package,
        threads=threads,
    )
    digest = commit.sha256_of(database)
    (face / DATABASE_DIGEST).write_text(f"{digest}  {FACE}\n", "utf-8")
    (face / "entry.json").write_bytes(run_id.canonical_json({**entry, "database": digest}))
    (face / "current.json").write_text(json.dumps(current, indent=1, sort_keys=True) + "\n")
    reports = face / "reports"
    reports.mkdir()
    for run in in_force:
        for path in sorted((run.path / "reports").iterdir()):
            shutil.copyfile(path, reports / path.name)


def _swap(task: _Task, face: Path) -> None:
    """Put the face in place, piece by piece, and say so in the journal last."""
    home = task.home.path
    entry = (face / "entry.json").read_bytes()
    for name in ("current.json", FACE, DATABASE_DIGEST, "reports"):
        commit.swap_in(home / name, face / name)
    journal = home / JOURNAL
    journal.parent.mkdir(exist_ok=True)
    with open(journal, "ab") as file:
        file.write(entry + b"\n")
        file.flush()
        os.fsync(file.fileno())
    commit.sync(journal.parent)
    commit.sync(home)


def _entry(task: _Task, folder: Path, current: Mapping[str, str]) -> dict[str, Any]:
    return {
        "logged_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        "who": f"{getpass.getuser()}@{socket.gethostname()}",
        "what": "settle",
        "period": task.period.name,
        "run": task.run,
        "manifest_sha256": commit.sha256_of(folder / commit.MANIFEST),
        "version": __version__,
        "current": dict(current),
    }


def _journal(home: Home) -> list[dict[str, Any]]:
    """The entries so far. A line that death cut short is passed over: its act is done again."""
    path = home.path / JOURNAL
    entries = []
    for number, line in enumerate(path.read_bytes().splitlines() if path.exists() else [], start=1):
        try:
            entries.append({**json.loads(line), "entry": number})
        except ValueError:
            continue
    return entries


def _face_is_whole(task: _Task) -> bool:
    """Does what people see lie there whole, and belong to the runs in force and to this one?"""
    home, current = task.home.path, _wanted(task)
    entries = _journal(task.home)
    if current_runs(task.home) != current or not entries or entries[-1].get("current") != current:
        return False
    database = home / FACE
    if not database.is_file() or commit.sha256_of(database) != entries[-1].get("database"):
        return False
    for run in current.values():
        for file in _manifest(task.home.floor("runs") / run)["files"]:
            path = home / file["name"]
            if file["name"].startswith("reports/") and not (
                path.is_file() and commit.sha256_of(path) == file["sha256"]
            ):
                return False
    return True


def _summary(task: _Task, *, same_run: bool) -> RunSummary:
    manifest = _manifest(task.home.floor("runs") / task.run)
    totals = manifest["totals"]
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
            if file["name"].startswith("reports/")
        ),
        findings=tuple(manifest["findings"]),
    )
