"""A home as one object: commands parse, call a method of it, and print."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from doisoat.api.tariffs import Catalogue, Name, Package, catalogue_of, package_of
from doisoat.engine.store import home as stored
from doisoat.engine.store.file_kinds import FileKind
from doisoat.errors import PeriodError, StoreError
from doisoat.messages.text import message
from doisoat.state import STATE
from doisoat.tariffs.load.bundled import DEFAULT_CATALOGUE, DEFAULT_PACKAGE

if TYPE_CHECKING:
    import polars as pl

    from doisoat.api.home_frames import Master
    from doisoat.engine.intake.records.accounting import Accounting
    from doisoat.settlement.explain.explain import Explanation
    from doisoat.settlement.figures.period import Period
    from doisoat.settlement.log.published_folder import Verified
    from doisoat.settlement.runs.runs import RunFiles
    from doisoat.settlement.settle.settle import RunSummary
    from doisoat.settlement.upkeep.status import Status

Progress = Callable[[int], None]


def silent(steps: int) -> None:
    """Progress that nobody is shown."""


def usable(path: Name) -> Path:
    """A home's path, which Python, polars and DuckDB take for the same.

    Raises: StoreError for one that they don't: what DuckDB reads as a pattern, or is no UTF-8.
    """
    folder = Path(path).absolute()
    told = str(folder)
    is_text = told.encode("utf-8", "replace") == os.fsencode(told)
    if not is_text or "\\" in told or "?" in os.path.realpath(told) + told:
        raise StoreError(
            message("the path has a question mark or a backslash, or is not UTF-8"),
            ascii(told),
            message("rename the folder, or choose another"),
        )
    return folder


@dataclass(frozen=True)
class Home:
    """A folder with usage, master data, runs and the log. `Home.open` one, or `Home.init` it.

    What a method answers is printed by the command of its name; `as_object()` of an answer is the
    object that the command prints with `--json`. Frames have the names and types of the tables of
    relief.duckdb (docs/auditor.md): ids are UUIDs in text, amounts Int64 đồng, moments
    Datetime("ms") of civil time.

    Each method raises StoreError where the home cannot be read or written, or somebody else holds
    it; errors have `what`, `where` and `mend`.
    """

    path: Path

    def __init__(self, path: Name) -> None:
        object.__setattr__(self, "path", Path(path))

    @classmethod
    def open(cls, path: Name) -> Self:
        """The home at a path. Raises: StoreError if there is none, or a later doisoat made it."""
        from doisoat.settlement.runs.runs import state_of_home

        home = stored.open_home(usable(path)).path
        STATE.use_of(lambda: state_of_home(home))
        return cls(home)

    @classmethod
    def init(
        cls,
        path: Name,
        *,
        carrier: str | None = None,
        lang: str | None = None,
        package: str | None = None,
        buckets: int = stored.BUCKETS_DEFAULT,
    ) -> Self:
        """Make an empty home, and say whose it is.

        Args: carrier: whose it is, None: of several, as a ministry's; lang: vi, en or both, of what
            people read; package: by which months are settled; buckets: a power of two from 1 to
            64. More may be written into the home's doisoat.toml (docs/batch.md).
        Raises: StoreError if a home is there, or the number is none of these; CatalogueError for a
            setting that is not usable.
        """
        from doisoat.settlement.upkeep.init import init

        folder = usable(path)
        if (folder / "home.json").exists():
            raise StoreError(
                message("a home is here already"),
                str(folder),
                message("open it: Home.open; or choose another folder"),
            )
        stated = {"carrier": carrier, "lang": lang, "package": package}
        return cls(init(folder, stated, buckets).path)

    @property
    def settings(self) -> dict[str, Any]:
        """What the home's doisoat.toml says: carrier, lang, package, readings and others.

        Raises: CatalogueError where that file is not usable.
        """
        from doisoat.engine.store.settings_file import read_home_settings

        return read_home_settings(self.path).values

    # --- take in, settle ---------------------------------------------------------------------

    def intake(
        self,
        files: Name | Iterable[Name],
        mapping: str,
        *,
        kind: FileKind = "usage",
        key: Name | None = None,
        subscriber: str | None = None,
        each: bool = False,
        progress: Progress = silent,
    ) -> "Accounting":
        """Take carriers' files in, all together or not at all.

        Args: files: one path, or several; mapping: how to read them, a name or a .yaml file
            (docs/intake.md); kind: usage, subscriptions, ports, packs, balances, allow-list or
            orders; key: the file of the pseudonym key, None: DOISOAT_KEY, else the user's own,
            made if there is none; subscriber: whose records they are, where the mapping asks for
            it; each: publish each file for itself, as soon as it is whole; progress: called with
            numbers of rows.
        Returns: rows, taken, duplicates, suspended, filtered, events: rows = taken + duplicates +
            suspended + filtered.
        Raises: IntakeError for a file or mapping that is not usable; KeyFileError.
        """
        from doisoat.engine.intake.file_intake import check_files, take_in, take_in_each
        from doisoat.engine.keys.pseudonym import find_key, read_key
        from doisoat.settlement.log import journal
        from doisoat.settlement.log.intake_log import logged
        from doisoat.settlement.runs.runs import state_of_home

        several = [files] if isinstance(files, str | PathLike) else files
        work = [(Path(file), mapping, kind) for file in several]
        state = state_of_home(self.path)
        check_files(work, 0 if state is None else state.amounts.decimals)
        _, path, _ = find_key(None if key is None else Path(key), self.path)
        take = take_in_each if each else take_in
        with journal.writer(self.path, "intake") as held, logged(held):
            # Again, under the lock: it may have been rotated meanwhile.
            return take(held, work, read_key(path), progress, subscriber=subscriber)

    def settle(
        self,
        period: str | None = None,
        *,
        catalogue: Catalogue | Name | None = None,
        package: Package | Name | None = None,
        carrier: str | None = None,
        by: str | None = None,
        after_cut_off: bool = False,
        replace: bool = False,
        whole: bool = False,
        events: bool = False,
        threads: int = 2,
        progress: Progress = silent,
    ) -> "RunSummary":
        """Rate a month, relieve it, check every sum, publish all of it or nothing.

        Args: period: YYYY-MM, None: the only month with usage; catalogue, package: opened, or named
            (readings: `Package.open`); carrier: settle only this one; by: name or key id of the
            signer who settles; of these None: what the home's settings say, else vn-2021,
            vn-2021-08, all, nobody; after_cut_off: take in what came after the cut-off; replace:
            what was left out may be another than the run in force was settled by; whole: rate
            every shard, not only those that may differ; events: keep each event's amounts in
            rated.event of relief.duckdb; progress: called with numbers of buckets.
        Returns: run, period, digest, counts and amounts (by name: events, rated, suspended;
            list_value, discount, payable, in_kind, contribution in minor units),
            same_run, findings.
        Raises: PeriodError, CatalogueError, IntakeError, ConservationError: nothing is published.
        """
        from doisoat.engine.store.settings_file import carrier_of_home
        from doisoat.engine.tables.overlay_files import open_prices
        from doisoat.settlement.settle.replaced_run import Unstated
        from doisoat.settlement.settle.settle import SettleRequest, settle
        from doisoat.tariffs.change.overlay import Prices
        from doisoat.tariffs.load.tariffs import check_package

        known = self.settings
        unstated = Unstated(
            carrier is None, catalogue is None, catalogue is None, package is None,
            frozenset(package.readings) if isinstance(package, Package) else frozenset(),
        )  # fmt: skip
        prices, holes, _ = (
            open_prices(
                known.get("catalogue", DEFAULT_CATALOGUE), [*map(Path, known.get("overlay", ()))],
                carrier_of_home(self.path),
            )
            if catalogue is None
            else Prices(catalogue_of(catalogue))
        )  # fmt: skip
        if package is None:
            name = known.get("package", DEFAULT_PACKAGE)
            package = Package.open(name, known.get("readings"))
        relief = package_of(package)
        check_package(relief, prices)
        request = SettleRequest(
            prices, relief, period, carrier, by or known.get("by"), after_cut_off, whole, threads,
            unstated=unstated, replace=replace, holes=holes, events=events,
        )  # fmt: skip
        return settle(self.path, request, progress)

    # --- look and ask ------------------------------------------------------------------------

    def status(self) -> "Status":
        """What the home holds at a glance; no check, takes no lock."""
        from doisoat.settlement.upkeep.status import status_of

        return status_of(stored.open_home(self.path))

    def verify(
        self,
        *,
        papers: Iterable[str] = (),
        trusted: Iterable[str] = (),
        progress: Progress = silent,
    ) -> "Verified":
        """Read all of the home: is it what was published and signed? Writes nothing.

        Args: papers: checkpoints off papers, DS1-…; trusted: public keys that may have signed, then
            no other may.
        Returns: ok, findings, notes; size and root of the log, signed entries.
        Raises: KeyFileError for a key, StoreError for a checkpoint, that is none.
        """
        from doisoat.settlement.log.checkpoint import read_short
        from doisoat.settlement.log.note import Signer
        from doisoat.settlement.verify.verify import verify_home

        shorts = [read_short(text, "papers") for text in papers]
        keys = [Signer.parse(text, "trusted") for text in trusted]
        trust = {key.key_id: key for key in keys} if keys else None
        return verify_home(
            stored.open_home(self.path), papers=shorts, trusted=trust, progress=progress
        )

    def explain(self, event_id: str, *, progress: Progress = silent) -> "Explanation":
        """How one event came to its amounts: its owner rated again by the oracle, and compared.

        Args: event_id: a UUID, or 32 hex digits; progress: called with numbers of readings.
        Raises: PeriodError if there is no such event; ConservationError if what was published
            differs.
        """
        from doisoat.messages.text import text_of_error
        from doisoat.settlement.database.duckdb_tables import interruptible
        from doisoat.settlement.explain.explain import explain, parse_event_id

        try:
            number = parse_event_id(event_id)
        except ValueError as error:
            raise PeriodError(
                text_of_error(error),
                "event_id",
                message("write the event's id as relief.duckdb has it"),
            ) from None
        with interruptible():
            return explain(self.path, number, progress=progress)

    # --- what was settled, as frames ---------------------------------------------------------

    def periods(self) -> Mapping[str, str]:
        """The run in force of each settled month: YYYY-MM -> run id."""
        from doisoat.settlement.runs.runs import current_runs

        return current_runs(stored.open_home(self.path))

    def statement(self, period: str | None = None) -> "pl.DataFrame":
        """What each carrier gave in a month: settlement.statement, a row a carrier.

        Args (as of all frames of a run): period: YYYY-MM, None: the only settled month.
        Raises: PeriodError for a month that is not settled; StoreError if a file of its run is not
            what was published.
        """
        return self._table("statement", period)

    def statement_lines(self, period: str | None = None) -> "pl.DataFrame":
        """The same by measure and nature: settlement.statement_line."""
        return self._table("statement_line", period)

    def totals(self, period: str | None = None) -> "pl.DataFrame":
        """Sums by carrier, day, provinces, kind and destination: rated.total."""
        return self._table("total", period)

    def lines(self, period: str | None = None) -> "pl.DataFrame":
        """Relief of each event by each measure: event_id, owner_id, carrier, measure, nature,
        units, amount, start_at."""
        return self._table("line", period)

    def suspended(self, period: str | None = None) -> "pl.DataFrame":
        """Events that were read and not rated: event_id, owner_id, carrier, reason, start_at."""
        return self._table("suspense", period)

    def catalogue(self, period: str | None = None) -> Catalogue:
        """The catalogue by which a month was settled, with the orders that documents added."""
        from doisoat.settlement.runs.runs import tariffs_of

        return Catalogue(tariffs_of(self._run(period))[0])

    def package(self, period: str | None = None) -> Package:
        """The package by which a month was settled, with its readings."""
        from doisoat.settlement.runs.runs import tariffs_of

        return Package(tariffs_of(self._run(period))[1])

    # --- what is rated, as frames ------------------------------------------------------------

    def events(self, period: str) -> "pl.DataFrame":
        """The events of a month as `doisoat.rate` takes them, in the order that they are rated in.

        An event that records contradict is its chosen copy; while nobody has chosen, it is left
        out (a run tells of it as `conflicting`). The events of a month are in memory at once.
        Raises: PeriodError if that is no month.
        """
        from doisoat.api.home_frames import events_of
        from doisoat.settlement.figures.period import Period

        return events_of(stored.open_home(self.path), Period.of(period))

    def master(self, period: str) -> "Master":
        """The frames beside them: `subscriptions`, `ports` and `packs`, as `doisoat.rate` takes.

        Raises: PeriodError for a month that opens with the balances of one before, which `rate`
            does not take.
        """
        from doisoat.api.home_frames import master_of
        from doisoat.settlement.figures.period import Period

        return master_of(stored.open_home(self.path), Period.of(period))

    # --- within ------------------------------------------------------------------------------

    def _table(self, name: str, period: str | None) -> "pl.DataFrame":
        from doisoat.api.home_frames import table_of

        return table_of(self._run(period), name)

    def _run(self, period: str | None) -> "RunFiles":
        from doisoat.settlement.runs.runs import run_in_force

        month = self._period(period)
        found = run_in_force(stored.open_home(self.path), month.name)
        if found is None:
            settled = ", ".join(sorted(self.periods()))
            raise PeriodError(
                message("{month} is not settled", month=month.name),
                str(self.path),
                message(
                    "settle it first: Home.settle; settled are: {settled}", settled=settled or "–"
                ),
            )
        return found

    def _period(self, period: str | None) -> "Period":
        from doisoat.settlement.figures.period import Period

        if period is not None:
            return Period.of(period)
        settled = sorted(self.periods())
        if len(settled) == 1:
            return Period.of(settled[0])
        listed = ", ".join(settled) or "–"
        raise PeriodError(
            message("settled months: {count} ({listed})", count=len(settled), listed=listed),
            str(self.path),
            message('name one of them, as in "2021-08"'),
        )
