"""Holds the claims of a period against its run, and books what differs, with its causes.

A reconciliation is a folder of its own, never changed: reconciliations/<id>/ with every variance,
and each line that a claim by line tells otherwise. Made again of the same claims, run and tolerance
it is the same one. Nothing settled is changed by it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from doisoat.currency import unit_text
from doisoat.engine.store import commit
from doisoat.engine.store.home import FORMAT_VERSION, Home, open_home
from doisoat.errors import PeriodError, StoreError
from doisoat.messages.text import message, message_in
from doisoat.settlement.database import acts
from doisoat.settlement.figures import run_id
from doisoat.settlement.figures.period import Period
from doisoat.settlement.figures.row_files import PARQUET
from doisoat.settlement.interconnect.month_calls import legs_of
from doisoat.settlement.log import journal
from doisoat.settlement.log.published_folder import changed_files
from doisoat.settlement.reconcile.causes import alternatives
from doisoat.settlement.reconcile.causes import run_figures as ours
from doisoat.settlement.reconcile.variances.carried_variances import succession
from doisoat.settlement.reconcile.variances.comparable_claims import (
    RESTORE,
    Damaged,
    claims_in_force,
)
from doisoat.settlement.reconcile.variances.comparison import ComparedClaim, Progress
from doisoat.settlement.reconcile.variances.new_variances import ClaimProgress, ReconciliationDraft
from doisoat.settlement.reconcile.variances.sums import (
    SUMMED_BY,
    sums_by_claim_and_nature,
    sums_object,
    total_difference,
)
from doisoat.settlement.reconcile.variances.tolerance import Tolerance
from doisoat.settlement.records import reconciliation_records as stored
from doisoat.settlement.records.claim_records import filings
from doisoat.settlement.records.variance import Variance

FILE_ONE = message_in("act", "file one first: doisoat claim file FILE")
STEPS = alternatives.STEPS  # of each carrier that has a difference


class Superseded(NamedTuple):
    """A variance that a new version of its claim (None: a new run) tells otherwise, or no more."""

    id: str
    carrier: str
    state: str
    version: int | None


class Reconciled(NamedTuple):
    """What came of it."""

    id: str
    period: str
    run: str
    claims: tuple[ComparedClaim, ...]
    variances: tuple[Variance, ...]
    silent: tuple[str, ...]  # carriers with a statement that claim nothing
    already: bool
    standings: dict[str, stored.Standing]
    damaged: tuple[Damaged, ...]  # claims in force that cannot be held
    superseded: tuple[Superseded, ...]  # variances of before that were asked, or decided
    legs_left_out: dict[str, int] | None  # stored.Reconciliation.legs_left_out

    @property
    def total_difference(self) -> int:
        """Đồng of relief, of each carrier once: sums.total_difference."""
        return total_difference(sums_by_claim_and_nature(self.variances))

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints: amounts as text."""
        variances = []
        for variance in self.variances:
            standing = self.standings.get(variance.id, stored.OPEN)
            variances.append(variance.as_object(standing.state, standing.deadline, unit_text))
        return {
            "reconciliation": self.id,
            "period": self.period,
            "run": self.run,
            "claims": [claim.as_object() for claim in self.claims],
            "silent": list(self.silent),
            "damaged": [claim.as_object() for claim in self.damaged],
            "superseded": [variance._asdict() for variance in self.superseded],
            "variances": variances,
            **sums_object(self.variances),
            "legs_left_out": self.legs_left_out,
            "already": self.already,
        }


def claimed_period(path: Path, period: str | None) -> str:
    """The month asked for, else the only one with claims. PeriodError if there is none, or more."""
    if period is not None:
        return Period.of(period).name
    home = open_home(path)
    months = sorted({str(filing["period"]) for filing in filings(journal.entries(home)).values()})
    if len(months) != 1:
        listed = ", ".join(months)
        if not months:
            raise PeriodError(message("no claim is filed"), str(path), FILE_ONE)
        raise PeriodError(
            message("claims are filed of {listed}", listed=listed),
            str(path),
            message("choose a month, as in --period {months}", months=months[0]),
        )
    return months[0]


def reconcile(
    path: Path,
    period: str,
    *,
    carrier: str | None = None,
    legs: Sequence[Path] = (),
    tolerance: Tolerance | None = None,
    threads: int = 2,
    progress: Progress = lambda steps: None,
    claim_progress: ClaimProgress = lambda claim, variances: None,
) -> Reconciled:
    """Hold the claims in force of a period against its run in force, and book what differs.

    Args: carrier: only its claims; legs: files of calls that came in, of carriers called
        (legs_file.COLUMNS); progress: advances by STEPS a carrier with a difference;
        claim_progress: is told of each claim before its causes are looked for, and after.
    Raises: PeriodError if nothing is settled or claimed; StoreError if a file is not what was
        published; IntakeError for a file of legs that is not of the form.
    """
    month = Period.of(period)
    open_home(path)
    with journal.writer(path, "reconcile") as home, commit.disk_errors(path):
        run = ours.run_of(home, month.name)
        log = journal.entries(home)
        claims, damaged = claims_in_force(home, log, month.name, carrier)
        if not claims and not damaged and not legs:
            raise PeriodError(
                message(
                    "no claim of {carrier} for {month} is filed",
                    month=month.name,
                    carrier=carrier or message("any carrier"),
                ),
                str(home.path),
                FILE_ONE,
            )
        for fault in changed_files(run.path, run.manifest["files"]):
            raise StoreError(
                fault.what,
                fault.where,
                message("restore it from a copy, or settle again"),
            )
        heard = legs_of(home, month.name, legs) if legs else None
        booked = stored.in_force(home, log).get(month.name)
        draft = ReconciliationDraft(run, month, tolerance or Tolerance(), carrier)
        draft.keep(booked, damaged, heard)
        if booked is not None and booked.id == draft.id_of(claim.sha256 for claim in claims):
            return _reconciled(home, booked, log, damaged, already=True)
        damaged += draft.hold(home, claims, threads, progress, claim_progress)
        if damaged and not draft.own and heard is None:
            raise StoreError(damaged[0].what, damaged[0].where, RESTORE)
        draft.keep(booked, damaged, heard)
        if booked is not None and booked.id == draft.id:
            return _reconciled(home, booked, log, damaged, already=True)
        reconciliation = _write(home, draft)
        standings = stored.standings(log)
        versions = {
            (claim.carrier, claim.grain): (claim.version, claim.claim)
            for claim in draft.compared_claims
        }
        follows = succession(booked, reconciliation.variances, versions, standings)
        more = {name: by_id for name, by_id in follows._asdict().items() if by_id}
        entry = journal.entry(
            stored.RECONCILE, reconciliation.path / commit.MANIFEST, period=month.name, run=run.run,
            reconciliation=reconciliation.id, **more,
        )  # fmt: skip
        acts.publish(home, entry)
        return _reconciled(home, reconciliation, [*log, entry], damaged, already=False)


def _reconciled(
    home: Home,
    reconciliation: stored.Reconciliation,
    log: Sequence[Any],
    damaged: Sequence[Damaged],
    *,
    already: bool,
) -> Reconciled:
    manifest, standings = reconciliation.manifest, stored.standings(log)
    (entry, *_) = [e for e in reversed(log) if e.get("reconciliation") == reconciliation.id]
    superseded = entry.get(stored.SUPERSEDED, {})
    ever = stored.variances_ever(home, log) if superseded else {}
    return Reconciled(
        reconciliation.id,
        reconciliation.period,
        manifest["run"],
        tuple(ComparedClaim(**claim) for claim in reconciliation.compared_claims),
        tuple(reconciliation.variances),
        tuple(manifest["silent"]),
        already,
        standings,
        tuple(damaged),
        tuple(
            Superseded(id, ever[id][0].carrier, standings[id].state, version)
            for id, version in sorted(superseded.items())
        ),
        reconciliation.legs_left_out,
    )


def _write(home: Home, draft: ReconciliationDraft) -> stored.Reconciliation:
    run, claims, variances = draft.run, draft.compared_claims, draft.variances
    name = draft.id
    target = home.path / stored.FLOOR / name
    statements = pl.read_parquet(run.path / "statement.parquet", glob=False)
    with commit.stage(target.parent) as staging:
        draft.lines.write_parquet(staging.path / stored.LINES_FILE, **PARQUET)
        content = {
            "format_version": FORMAT_VERSION,
            "reconciliation": name,
            "period": draft.month.name,
            "run": run.run,
            "tolerance": draft.tolerance.as_object(),
            "claims": [claim.as_object() for claim in claims],
            "legs": draft.legs,
            "legs_left_out": draft.left_out,
            "silent": sorted(set(statements["carrier"]) - {claim.carrier for claim in claims}),
            "variances": [variance.as_object() for variance in variances],
            "total_difference": str(total_difference(sums_by_claim_and_nature(variances))),
            "summed_by": SUMMED_BY,
            "files": commit.part_manifest(staging.path),
        }
        (staging.path / commit.MANIFEST).write_bytes(run_id.canonical_json(content))
        if target.exists():  # of a writer who was killed before the log knew of it
            return stored.Reconciliation(name, target, content)
        staging.publish(target)
    return stored.Reconciliation(name, target, content)
