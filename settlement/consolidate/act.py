"""Consolidates packs into a ministry's home: refuses or takes in, settles by month, compares."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
from pydantic import ValidationError

from doisoat.engine.store import commit
from doisoat.engine.store.home import BUCKETS_DEFAULT, Home, list_parts, open_home, verify
from doisoat.errors import IntakeError
from doisoat.messages.text import message
from doisoat.settlement.consolidate.compare import Compared, compare, has_shared_envelope
from doisoat.settlement.consolidate.moved_figures import Moved, moved_by
from doisoat.settlement.consolidate.pack_contents import SEND_AGAIN, Pack
from doisoat.settlement.consolidate.part_intake import take
from doisoat.settlement.consolidate.refusals import check_packs, taken_before
from doisoat.settlement.consolidate.signed_tables import has_all_files
from doisoat.settlement.consolidate.verified_pack import read_packs
from doisoat.settlement.log import journal, signers
from doisoat.settlement.log.checkpoint import short_form
from doisoat.settlement.log.intake_log import log_arrivals
from doisoat.settlement.log.merkle import Tree
from doisoat.settlement.log.note import Signer
from doisoat.settlement.packs.build import inputs_of
from doisoat.settlement.packs.tables import opened
from doisoat.settlement.runs.run_inputs import Stock, stock_of
from doisoat.settlement.runs.runs import current_runs, run_files, tariffs_of
from doisoat.settlement.settle.settle import RunSummary, SettleRequest, settle_locked
from doisoat.tariffs.load.tariffs import catalogue_digest, package_digest
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import Package

Progress = Callable[[int], None]
Tariffs = tuple[Catalogue, Package]
EVENTS = ("rows", "taken", "duplicates", "suspended")


class Line(NamedTuple):
    """A pack, what became of its events, and whether the home comes to the same."""

    pack: Pack
    already: bool  # it was here before this call
    events: Mapping[str, int]  # EVENTS
    compared: Compared


class Consolidated(NamedTuple):
    """What a call came to."""

    lines: tuple[Line, ...]  # by month and carrier
    part: str | None  # of usage; None: all packs were here
    runs: tuple[RunSummary, ...]  # by month
    moved: tuple[Moved, ...]  # by month and carrier: whose packs are not in the call
    notes: tuple[str, ...]
    log_size: int
    checkpoint: str  # of the home's own log

    @property
    def ok(self) -> bool:
        """Is every pack the same as the home, and is every other carrier as it was?

        A run that was let go of is no difference: that is a note.
        """
        is_same = all(line.compared.is_same for line in self.lines)
        return is_same and not any(moved.differences for moved in self.moved)

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints: amounts as text."""
        return {
            "ok": self.ok,
            "packs": [_as_object(line) for line in self.lines],
            "part": self.part,
            "runs": [
                {"period": run.period, "run": run.run, "digest": run.digest,
                 "same_run": run.same_run}
                for run in self.runs
            ],
            "moved": [
                {
                    "carrier": moved.carrier, "period": moved.period, "run_before": moved.run,
                    "differences": [
                        {"table": at.table, "key": at.key, "column": at.column,
                         "before": at.told, "here": at.here}
                        for at in moved.differences
                    ],
                }
                for moved in self.moved
            ],
            "notes": list(self.notes),
            "log": {"size": self.log_size, "checkpoint": self.checkpoint},
        }  # fmt: skip


def consolidate(
    path: Path,
    packs: Sequence[Path],
    *,
    drafts: bool = False,
    trusted: Mapping[str, Signer] | None = None,
    by: str | None = None,
    threads: int = 2,
    progress: Progress = lambda steps: None,
) -> Consolidated:
    """Take packs into the home at `path`, settle their months, compare; made if it is not there.

    Args: drafts: packs of months that nobody signed, too; trusted: by key id, the only keys that
        may have signed; by: name or key id of the signer of the home who settles; progress: told of
        events that were read, and of buckets that were rated.
    Raises: IntakeError, PeriodError, CatalogueError, KeyFileError, StoreError for packs that are
        not right, do not go together or not into this home, which is then as it was.
    """
    held_packs = read_packs(packs, drafts=drafts, trusted=trusted)
    tariffs = {pack.period.name: _tariffs(pack) for pack in held_packs}
    is_there = (path / "home.json").exists()
    seen = open_home(path) if is_there else Home(path, BUCKETS_DEFAULT)
    check_packs(seen, held_packs, list_parts(seen, "usage"))  # before a home is made
    if by is not None:
        signers.named(signers.registry_of(journal.entries(seen)), by)
    with journal.writer(path, "consolidate") as home, commit.hashed_once():
        usage, master = list_parts(home, "usage"), list_parts(home, "master")
        new, known = check_packs(home, held_packs, usage)
        part = None
        if new:
            verify([*usage, *master])
            part = take(home, new, usage, master, progress, _currency(tariffs))
        else:
            log_arrivals(home)
        stock = stock_of(home)
        first = min(pack.period.name for pack in new or held_packs)
        runs = tuple(_settled(home, tariffs, first, stock, by, threads, progress))
        lines = tuple(_lines(home, held_packs, known, stock, threads))
        moved = tuple(moved_by(home, held_packs))
        tree = Tree(journal.lines(home))
    notes = (*_notes(held_packs, tariffs, runs), *map(_of_moved, moved))
    return Consolidated(
        lines, part, runs, moved, notes, len(tree), short_form(len(tree), tree.root())
    )


def _currency(tariffs: Mapping[str, Tariffs]) -> str:
    """The one currency of all packs' amounts, as records name it."""
    currencies = {catalogue.currency.id: period for period, (catalogue, _) in tariffs.items()}
    if len(currencies) != 1:
        raise IntakeError(
            message("the packs are in several currencies: {listed}", listed=", ".join(currencies)),
            ", ".join(currencies.values()),
            message("consolidate the packs of each currency apart"),
        )
    return next(iter(currencies))


def _tariffs(pack: Pack) -> Tariffs:
    """The catalogue and package of a pack, which are those that its run names."""
    try:
        catalogue, package = tariffs_of(pack.run_files)
    except ValidationError as error:
        raise IntakeError(
            message(
                "its catalogue or package is not usable ({error_count} errors)",
                error_count=error.error_count(),
            ),
            str(pack.path / "run"),
            SEND_AGAIN,
        ) from error
    digests = catalogue_digest(catalogue), package_digest(package)
    if digests != (pack.inputs["catalogue"], pack.inputs["package"]):
        raise IntakeError(
            message("its catalogue or package is not the one that its run names"),
            str(pack.path / "run"),
            message("consolidate with the doisoat that packed it, or a later one"),
        )
    return catalogue, package


def _settled(
    home: Home,
    tariffs: Mapping[str, Tariffs],
    first: str,
    stock: Stock,
    by: str | None,
    threads: int,
    progress: Progress,
) -> Iterator[RunSummary]:
    """Every month of the packs, and those in force from the first of them on, in order."""
    current = current_runs(home)
    for period in sorted({*tariffs, *(name for name in current if name >= first)}):
        catalogue, package = tariffs.get(period) or tariffs_of(
            run_files(home, current[period], superseded=False)
        )
        request = SettleRequest(catalogue, package, period, by=by, threads=threads)
        yield settle_locked(home, request, progress, stock=stock)


def _lines(
    home: Home, packs: Sequence[Pack], known: Sequence[Pack], stock: Stock, threads: int
) -> Iterator[Line]:
    taken = taken_before(home)
    spill = commit.staging_path(home.path)
    spill.mkdir()
    try:
        for period in sorted({pack.period.name for pack in packs}):
            run = run_files(home, current_runs(home)[period], superseded=False)
            inputs = inputs_of(home, run, stock.usage, stock.master)
            is_shared = has_shared_envelope(inputs.package)
            with opened(inputs, spill, threads) as con:
                for pack in packs:
                    if pack.period.name == period:
                        events = taken[pack.carrier, period]
                        yield Line(
                            pack, pack in known, {name: events[name] for name in EVENTS},
                            compare(con, pack, inputs, is_shared=is_shared),
                        )  # fmt: skip
    finally:
        shutil.rmtree(spill, ignore_errors=True)


def _notes(
    packs: Sequence[Pack], tariffs: Mapping[str, Tariffs], runs: Sequence[RunSummary]
) -> Iterator[str]:
    for pack in packs:
        if not pack.about["signed"]:
            yield f"{pack.name}: " + message("unsigned: a draft")
        booked = pack.rows("adjustment")
        if booked:
            yield (
                f"{pack.name}: "
                + message(
                    "{booked} adjustments booked into it are the carrier's word, and not"
                    " computed here",
                    booked=booked,
                )
            )
    with duckdb.connect() as con:
        of_several = [pack.name for pack in packs if not has_all_files(con, pack)]
    if of_several:
        yield (
            f"{', '.join(of_several)}: "
            + message(
                "of a home of several carriers: their figures are not above the totals"
                " that were signed, and cannot be held to be equal"
            )
        )
    keys = {frozenset(pack.key_ids) for pack in packs}
    if len(keys) > 1:
        yield message(
            "{count} pseudonym keys: a number that two carriers know is two persons",
            count=len(keys),
        )
    for period, (_, package) in sorted(tariffs.items()):
        if has_shared_envelope(package):
            yield (
                f"{period}: "
                + message(
                    "what a common envelope recognises is worked out here alone, and not compared"
                )
            )
    for run in runs:
        for finding in run.findings:
            yield f"{run.period}: {finding}"


def _of_moved(moved: Moved) -> str:
    name = f"{moved.carrier} {moved.period}"
    if not moved.differences:
        return f"{name}: " + message(
            "the run before ({run}) was let go of; give its pack again, to have it compared",
            run=moved.run,
        )
    return f"{name}: " + message(
        "packs that came in later changed its figures: give its pack again, which compares it"
    )


def _as_object(line: Line) -> dict[str, Any]:
    pack, compared = line.pack, line.compared
    return {
        **{name: pack.about[name] for name in (
            "carrier", "period", "run", "signed", "signer", "number", "checkpoint",
        )},
        "manifest_sha256": pack.manifest_sha256,
        "already": line.already,
        "events": dict(line.events),
        "same": compared.is_same,
        "told": {name: str(value) for name, value in compared.pack_counts.items()},
        "here": {name: str(value) for name, value in compared.home_counts.items()},
        "tables": {
            table.name: {
                "rows": table.rows, "only_in_pack": table.only_told, "only_here": table.only_here,
                "of_other_carriers": table.of_others,
            }
            for table in compared.tables
        },
        "differences": [difference._asdict() for difference in compared.differences],
    }  # fmt: skip
