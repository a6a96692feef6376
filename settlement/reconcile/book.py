"""Holds the claims of a period against its run, and books what differs, with its causes.

A reconciliation is a folder of its own, never changed: reconciliations/<id>/ with every variance,
and each line that a claim by line tells otherwise. Made again of the same claims, run and tolerance
it is the same one. Nothing settled is changed by it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from doisoat.engine import commit
from doisoat.engine.home import FORMAT_VERSION, ID_HEX_DIGITS, Home, open_home
from doisoat.errors import PeriodError, StoreError
from doisoat.settlement import acts, journal, run_id
from doisoat.settlement.claims.stored import StoredClaim, claims_told
from doisoat.settlement.claims.stored import in_force as claims_in_force
from doisoat.settlement.claims.vocabulary import vocabulary_of
from doisoat.settlement.legs_month import Month, legs_of
from doisoat.settlement.period import Period
from doisoat.settlement.published import changed_files
from doisoat.settlement.reconcile import (
    alternatives,
    claimed_lines,
    composed,
    leg_variances,
    ours,
    own_totals,
    stored,
)
from doisoat.settlement.reconcile.cells import KEYS, Key, Pair, moved_by_cell, pairs, to_grain
from doisoat.settlement.reconcile.chance import Worths
from doisoat.settlement.reconcile.fit import Fitted, Part, Tried, vector_of
from doisoat.settlement.reconcile.judged import judged
from doisoat.settlement.reconcile.kinds import Units, quantities, units_of
from doisoat.settlement.reconcile.line_causes import OfCell, by_cell
from doisoat.settlement.reconcile.line_verdicts import by_lines
from doisoat.settlement.reconcile.sums import (
    SUMMED_BY,
    Sum,
    by_nature,
    sums_by_claim_and_nature,
    total_difference,
)
from doisoat.settlement.reconcile.tolerance import TO_THE_DONG, Tolerance
from doisoat.settlement.reconcile.variance import TOTAL, Variance
from doisoat.settlement.reconcile.worths import worths_of
from doisoat.settlement.row_files import PARQUET
from doisoat.settlement.runs import RunFiles, tariffs_of

Progress = Callable[[int], None]
STEPS = alternatives.STEPS  # of each carrier that has a difference
NOTHING = pl.DataFrame(schema={"variance": pl.String(), **claimed_lines.DIFFERENCE})


class Held(NamedTuple):
    """A claim that was held against the run."""

    carrier: str
    grain: str
    version: int
    claim: str
    cells: int
    differing: int
    within_tolerance: int
    bytes_read: int | None  # of a claim by line, of its trees and the run's
    bytes_in_all: int | None
    roots: Mapping[str, str | int] | None = None  # of these trees: claimed_lines.Found

    def as_object(self) -> dict[str, Any]:
        return self._asdict()


class Reconciled(NamedTuple):
    """What came of it."""

    id: str
    period: str
    run: str
    held: tuple[Held, ...]
    variances: tuple[Variance, ...]
    silent: tuple[str, ...]  # carriers with a statement that claim nothing
    already: bool
    standings: dict[str, stored.Standing]

    @property
    def total_difference(self) -> int:
        """Đồng of relief, of each carrier once: sums.total_difference."""
        return total_difference(self.sums)

    @property
    def sums(self) -> tuple[Sum, ...]:
        return sums_by_claim_and_nature(self.variances)

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints: amounts as text."""
        told = []
        for one in self.variances:
            standing = self.standings.get(one.id, stored.OPEN)
            told.append(one.as_object(standing.state, standing.deadline))
        return {
            "reconciliation": self.id,
            "period": self.period,
            "run": self.run,
            "claims": [one.as_object() for one in self.held],
            "silent": list(self.silent),
            "variances": told,
            "sums": [one.as_object() for one in self.sums],
            "by_nature": [one.as_object() for one in by_nature(self.sums)],
            "total_difference": str(self.total_difference),
            "already": self.already,
        }


def claimed_period(path: Path, asked: str | None) -> str:
    """The month asked for, else the only one with claims. PeriodError if there is none, or more."""
    if asked is not None:
        return Period.of(asked).name
    home = open_home(path)
    months = sorted({one.period for one in claims_told(home, journal.entries(home))})
    if len(months) != 1:
        listed = ", ".join(months)
        raise PeriodError(
            f"claims are filed of {listed}" if months else "no claim is filed", str(path),
            f"choose a month, as in --period {months[0]}" if months
            else "file one first: doisoat claim file FILE",
        )  # fmt: skip
    return months[0]


def reconcile(
    path: Path,
    period: str,
    *,
    carrier: str | None = None,
    legs: Sequence[Path] = (),
    tolerance: Tolerance = TO_THE_DONG,
    threads: int = 2,
    progress: Progress = lambda steps: None,
) -> Reconciled:
    """Hold the claims in force of a period against its run in force, and book what differs.

    Args: carrier: only its claims; legs: files of calls that came in, of carriers called
        (legs_file.COLUMNS); progress: advances by STEPS a carrier with a difference.
    Raises: PeriodError if nothing is settled or claimed; StoreError if a file is not what was
        published; IntakeError for a file of legs that is not of the form.
    """
    month = Period.of(period)
    open_home(path)
    with journal.writer(path, "reconcile") as home, commit.disk_errors(path):
        run = ours.run_of(home, month.name)
        claims = [
            one for one in claims_in_force(home, month.name) if carrier in (None, one.carrier)
        ]
        if not claims and not legs:
            raise PeriodError(
                f"no claim of {carrier or 'any carrier'} for {month.name} is filed", str(home.path),
                "file one first: doisoat claim file FILE",
            )  # fmt: skip
        for fault in changed_files(run.path, run.manifest["files"]):
            raise StoreError(fault.what, fault.where, "restore it from a copy, or settle again")
        heard = legs_of(home, month.name, legs) if legs else None
        name = _id(run, claims, heard, tolerance)
        log = journal.entries(home)
        booked = stored.in_force(home, log).get(month.name)
        if booked is not None and booked.id == name:
            return _reconciled(booked, log, already=True)
        found = _differences(home, run, month, claims, tolerance, threads, progress)
        if heard is not None:
            found[1].extend(
                one for one in leg_variances.variances(heard) if carrier in (None, one.carrier)
            )
        made = _write(home, name, run, month, tolerance, *found)
        entry = journal.entry(
            stored.RECONCILE, made.path / commit.MANIFEST, period=month.name, run=run.run,
            reconciliation=name,
        )  # fmt: skip
        acts.publish(home, entry)
        return _reconciled(made, log, already=False)


def _id(
    run: RunFiles, claims: Sequence[StoredClaim], heard: Month | None, tolerance: Tolerance
) -> str:
    said = {
        "run": run.run,
        "claims": [one.sha256 for one in claims],
        "legs": [] if heard is None else sorted(one.sha256 for one in heard.files),
        "tolerance": tolerance.as_object(),
    }
    return commit.digest_of(said)[:ID_HEX_DIGITS]


def _reconciled(one: stored.Reconciliation, log: Sequence[Any], *, already: bool) -> Reconciled:
    told = one.manifest
    return Reconciled(
        one.id, one.period, told["run"], tuple(Held(**held) for held in told["claims"]),
        tuple(one.variances), tuple(told["silent"]), already, stored.standings(log),
    )  # fmt: skip


Found = tuple[list[Held], list[Variance], list[pl.DataFrame]]


def _differences(
    home: Home,
    run: RunFiles,
    month: Period,
    claims: Sequence[StoredClaim],
    tolerance: Tolerance,
    threads: int,
    progress: Progress,
) -> Found:
    held: list[Held] = []
    variances: list[Variance] = []
    lines: list[pl.DataFrame] = []
    for claim in claims:
        one = _Claimed(home, run, month, claim, tolerance, threads, progress)
        found = one.differing()
        held.append(found)
        own = one.variances()
        variances += own
        lines += one.lines(own)
    return held, variances, lines


class _Claimed:
    """A claim on its way to its variances."""

    def __init__(
        self,
        home: Home,
        run: RunFiles,
        month: Period,
        claim: StoredClaim,
        tolerance: Tolerance,
        threads: int,
        progress: Progress,
    ) -> None:
        self.home, self.run, self.month, self.claim = home, run, month, claim
        self.tolerance, self.threads, self.progress = tolerance, threads, progress
        self.every: list[Pair] = []
        self.pairs: list[Pair] = []
        self.counts: dict[tuple[Any, ...], int] = {}
        self.of_lines: dict[tuple[Any, ...], OfCell] = {}
        self.rows: pl.DataFrame | None = None
        reliefs = vocabulary_of(*tariffs_of(run)).reliefs_of(claim.carrier)
        self.units = {key: one.unit for key, one in reliefs.items()}

    def differing(self) -> Held:
        claim = self.claim
        read: tuple[Any, ...] = (None, None, None)
        if claim.grain == "lines":
            found = claimed_lines.differing(
                self.home, self.run, claim.path / "claim.parquet", claim.carrier, self.threads
            )
            self.rows, read = found.rows, (found.bytes_read, found.bytes_in_all, found.roots)
            every = self.every = self._pairs_of_lines(found.rows)
        else:
            every = self.every = list(pairs(claim.cells(), self._recomputed(), claim.grain))
        # Lines may differ of which the sums do not.
        odd = [one for one in every if any(one.differences) or self.counts.get(one.key)]
        day, units = self.month.begin.date(), self._units()
        self.pairs = [
            one
            for one in odd
            if not any(one.differences)
            or not self.tolerance.within(
                one.differences, one.recomputed, quantities(claim.grain, one.key, units), day
            )
        ]
        return Held(
            claim.carrier, claim.grain, claim.version, claim.sha256, len(every), len(self.pairs),
            len(odd) - len(self.pairs), *read,
        )  # fmt: skip

    def _units(self) -> Units:
        if not self.tolerance.allowed:
            return {}
        return units_of(*tariffs_of(self.run), self.claim.carrier)

    def _recomputed(self) -> pl.DataFrame:
        if self.claim.grain == "statement":
            return to_grain(ours.statement(self.run, self.claim.carrier), "statement")
        return to_grain(ours.cells(self.run, self.claim.carrier), self.claim.grain)

    def _pairs_of_lines(self, rows: pl.DataFrame) -> list[Pair]:
        """Every cell of the recomputation, and of what differs, by measure, nature and day."""
        found = {tuple(row[:3]): tuple(row[3:]) for row in self._recomputed().iter_rows()}
        moved = {tuple(row[:3]): row[3:] for row in claimed_lines.cells(rows).iter_rows()}
        self.counts = {key: values[3] for key, values in moved.items()}
        self.of_lines = by_cell(rows)
        every = []
        for key in sorted({*found, *moved}):
            own = found.get(key, (0, 0, 0))
            said = tuple(one + by for one, by in zip(own, moved.get(key, (0, 0, 0)), strict=False))
            every.append(Pair(key, said, own, True))
        return every

    def variances(self) -> list[Variance]:
        claim = self.claim
        rows = claim.cells() if claim.grain != "lines" else claimed_lines.sums(claim.lines())
        totals = [one for one in own_totals.pairs(rows, claim.totals()) if any(one.differences)]
        found = [self._total(one) for one in totals]
        if not self.pairs:
            return found
        deltas = alternatives.of(
            self.home, self.run, claim.carrier, self.month, claim.grain, self.threads, self.progress
        )
        moved = moved_by_cell(deltas, claim.grain)

        def together(cells: Sequence[Pair]) -> Mapping[Key, Tried]:
            return composed.tried(
                self.home, self.run, claim.carrier, claim.grain, cells, deltas, moved, self.threads
            )

        if claim.grain == "lines":
            assert self.rows is not None
            every = by_lines(
                self.home, self.run, claim.carrier, self.rows, self.pairs, self.of_lines, moved
            )
        else:
            every = judged(claim.grain, self.every, self.pairs, moved, self._worths, together)
        return [*(self._cell(*one) for one in zip(self.pairs, every, strict=True)), *found]

    def _worths(self, cells: Collection[Key]) -> Mapping[Key, Worths]:
        return worths_of(self.run, self.claim.carrier, self.claim.grain, cells)

    def _cell(self, pair: Pair, fitted: Fitted) -> Variance:
        keys = KEYS[self.claim.grain]
        named = {name: str(value) for name, value in zip(keys, pair.key, strict=True)}
        lines = self.counts.get(pair.key, pair.recomputed[0])
        return self._variance(named.pop("measure", ""), named, pair, fitted, lines)

    def _total(self, pair: Pair) -> Variance:
        measure, nature = (str(value) for value in pair.key)
        moved = vector_of([difference or 0 for difference in pair.differences])
        detail = f"total:{measure or '*'},{nature or '*'}"
        part = Part("claim_arithmetic", detail, moved)
        key = {"nature": nature, TOTAL: "true"}
        return self._variance(measure, key, pair, Fitted("explained", ((part,),)), 0)

    def _variance(
        self, measure: str, key: dict[str, str], pair: Pair, fitted: Fitted, lines: int
    ) -> Variance:
        claim = self.claim
        return Variance(
            claim.carrier, claim.period, claim.grain, claim.sha256, self.run.run, measure, key,
            pair.claimed, pair.recomputed, pair.is_listed, fitted.verdict, fitted.explanations,
            lines, self.units.get((measure, key.get("nature", "")), ""),
        )  # fmt: skip

    def lines(self, variances: Sequence[Variance]) -> list[pl.DataFrame]:
        """The lines that differ, each under the variance of its cell, or of both its cells."""
        if self.rows is None or self.rows.is_empty():
            return []
        ids = pl.DataFrame(
            [(one.measure, one.key["nature"], one.key["day"], one.id)
             for one in variances if "day" in one.key],
            schema={name: pl.String() for name in ("measure", "nature", "day", "variance")},
            orient="row",
        )  # fmt: skip
        told = (
            claimed_lines.by_cell(self.rows)
            .with_columns(pl.col("day").cast(pl.String))
            .join(ids, on=["measure", "nature", "day"], how="left", maintain_order="left")
        )
        return [told.select(NOTHING.columns)]


def _write(
    home: Home,
    name: str,
    run: RunFiles,
    month: Period,
    tolerance: Tolerance,
    held: list[Held],
    variances: list[Variance],
    lines: list[pl.DataFrame],
) -> stored.Reconciliation:
    target = home.path / stored.FLOOR / name
    statements = pl.read_parquet(run.path / "statement.parquet", glob=False)
    silent = sorted(set(statements["carrier"]) - {one.carrier for one in held})
    with commit.stage(target.parent) as staging:
        pl.concat([NOTHING, *lines]).write_parquet(staging.path / stored.LINES_FILE, **PARQUET)
        content = {
            "format_version": FORMAT_VERSION,
            "reconciliation": name,
            "period": month.name,
            "run": run.run,
            "tolerance": tolerance.as_object(),
            "claims": [one.as_object() for one in held],
            "silent": silent,
            "variances": [one.as_object() for one in variances],
            "total_difference": str(total_difference(sums_by_claim_and_nature(variances))),
            "summed_by": SUMMED_BY,
            "files": commit.part_manifest(staging.path),
        }
        (staging.path / commit.MANIFEST).write_bytes(run_id.canonical_json(content))
        if target.exists():  # of a writer who was killed before the log knew of it
            return stored.Reconciliation(name, target, content)
        staging.publish(target)
    return stored.Reconciliation(name, target, content)
