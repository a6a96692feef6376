"""A claim held against the run: which cells differ, and why."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from doisoat.settlement.figures.period import Period
from doisoat.settlement.reconcile.causes import alternatives, claimed_lines
from doisoat.settlement.reconcile.causes import (
    composed_causes as composed,
)
from doisoat.settlement.reconcile.causes import (
    run_figures as ours,
)
from doisoat.settlement.reconcile.causes.alternative_cache import AlternativeCache
from doisoat.settlement.reconcile.causes.chance_matches import Worths
from doisoat.settlement.reconcile.causes.claim_cells import (
    KEYS,
    Key,
    Pair,
    moved_by_cell,
    pairs,
    to_grain,
)
from doisoat.settlement.reconcile.causes.figure_kinds import quantities, units_of
from doisoat.settlement.reconcile.causes.line_causes import OfCell, by_cell
from doisoat.settlement.reconcile.causes.line_values import worths_of
from doisoat.settlement.reconcile.causes.line_verdicts import by_lines
from doisoat.settlement.reconcile.causes.row_slips import SlipInputs
from doisoat.settlement.reconcile.causes.verdicts import judged
from doisoat.settlement.reconcile.variances import own_totals
from doisoat.settlement.reconcile.variances.tolerance import Tolerance
from doisoat.settlement.records.claim_records import StoredClaim
from doisoat.settlement.records.explanation import Fitted, Part, Tried, Vector, vector_of
from doisoat.settlement.records.variance import TOTAL, Variance
from doisoat.settlement.runs.runs import RunFiles, run_in_force, tariffs_of, tax_rate_of

Progress = Callable[[int], None]
NOTHING = pl.DataFrame(schema={"variance": pl.String(), **claimed_lines.DIFFERENCE})


class ComparedClaim(NamedTuple):
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
    run: str  # against which it was held
    tolerance: Mapping[str, Any]
    roots: Mapping[str, str | int] | None = None  # of these trees: DifferingLines

    def as_object(self) -> dict[str, Any]:
        return self._asdict()


class Claimed:
    """A claim on its way to its variances. kept: of the run that it is held against."""

    def __init__(
        self,
        kept: AlternativeCache,
        month: Period,
        claim: StoredClaim,
        tolerance: Tolerance,
        threads: int,
        progress: Progress,
    ) -> None:
        self.home, self.run, self.kept = kept.home, kept.run, kept
        self.month, self.claim = month, claim
        self.tolerance, self.threads, self.progress = tolerance, threads, progress
        self.cells: list[Pair] = []
        self.pairs: list[Pair] = []
        self.counts: dict[tuple[Any, ...], int] = {}
        self.unsigned: dict[tuple[Any, ...], tuple[int, ...]] = {}  # of lines: sums without signs
        self.of_lines: dict[tuple[Any, ...], OfCell] = {}
        self.rows: pl.DataFrame | None = None
        self.units = units_of(*tariffs_of(self.run), claim.carrier)

    def differing(self) -> ComparedClaim:
        claim = self.claim
        read: tuple[int | None, int | None] = (None, None)
        roots = None
        if claim.grain == "lines":
            differing_lines = claimed_lines.differing(
                self.home, self.run, claim.path / "claim.parquet", claim.carrier, self.threads
            )
            self.rows, read = (
                differing_lines.rows,
                (differing_lines.bytes_read, differing_lines.bytes_in_all),
            )
            roots = differing_lines.roots
            cells = self.cells = self._pairs_of_lines(differing_lines.rows)
        else:
            cells = self.cells = list(pairs(claim.cells(), self._recomputed(), claim.grain))
        # Lines may differ of which the sums do not.
        differing = [pair for pair in cells if any(pair.differences) or self.counts.get(pair.key)]
        day = self.month.begin.date()
        self.pairs = [
            pair
            for pair in differing
            if not any(pair.differences)
            or not self.tolerance.within(
                self.unsigned.get(pair.key, pair.differences),
                pair.recomputed,
                quantities(claim.grain, pair.key, self.units),
                day,
            )
        ]
        return ComparedClaim(
            claim.carrier,
            claim.grain,
            claim.version,
            claim.sha256,
            len(cells),
            len(self.pairs),
            len(differing) - len(self.pairs),
            *read,
            self.run.run,
            self.tolerance.as_object(),
            roots,
        )

    def _recomputed(self) -> pl.DataFrame:
        return self._figures_of(self.run)

    def _figures_of(self, run: RunFiles) -> pl.DataFrame:
        """What a run says of the carrier, at the claim's grain."""
        of_grain = ours.statement if self.claim.grain == "statement" else ours.cells
        return to_grain(of_grain(run, self.claim.carrier), self.claim.grain)

    def _pairs_of_lines(self, rows: pl.DataFrame) -> list[Pair]:
        """Every cell of the recomputation, and of what differs, by measure, nature and day."""
        recomputed = {tuple(row[:3]): tuple(row[3:]) for row in self._recomputed().iter_rows()}
        moved = {tuple(row[:3]): row[3:] for row in claimed_lines.cells(rows).iter_rows()}
        self.counts = {key: values[3] for key, values in moved.items()}
        self.unsigned = {key: values[4:] for key, values in moved.items()}
        self.of_lines = by_cell(rows)
        cells = []
        for key in sorted({*recomputed, *moved}):
            figures = recomputed.get(key, (0, 0, 0))
            claimed = tuple(
                figure + by
                for figure, by in zip(figures, moved.get(key, (0, 0, 0))[:3], strict=True)
            )
            cells.append(Pair(key, claimed, figures, True))
        return cells

    def variances(self) -> list[Variance]:
        claim = self.claim
        rows = claim.cells() if claim.grain != "lines" else claimed_lines.sums(claim.lines())
        totals = [pair for pair in own_totals.pairs(rows, claim.totals()) if any(pair.differences)]
        total_variances = [self._total(pair) for pair in totals]
        if not self.pairs:
            return total_variances
        deltas = alternatives.of(
            self.home,
            self.run,
            claim.carrier,
            self.month,
            claim.grain,
            self.threads,
            self.progress,
            self.kept,
        )
        moved = moved_by_cell(deltas, claim.grain)
        if claim.grain == "lines":
            assert self.rows is not None
            verdicts = by_lines(
                self.home, self.run, claim.carrier, self.rows, self.pairs, self.of_lines, moved
            )
            return [
                *(
                    self._cell(*judged_pair)
                    for judged_pair in zip(self.pairs, verdicts, strict=True)
                ),
                *total_variances,
            ]
        left_out = composed.nested(self.run, claim.carrier, claim.grain, self.pairs, deltas)

        def together(cells: Sequence[Pair]) -> Mapping[Key, Tried]:
            return composed.tried(
                self.kept,
                claim.carrier,
                claim.grain,
                cells,
                deltas,
                moved,
                left_out,
                self.threads,
            )

        nested = {key: {frozenset(pair) for pair in pairs} for key, pairs in left_out.items()}
        slip_inputs = SlipInputs(self.units, self.month.before, self._month_before())
        verdicts = judged(
            claim.grain,
            self.cells,
            self.pairs,
            moved,
            self._worths,
            together,
            slip_inputs,
            tax_rate_of(self.run),
            nested,
        )
        return [
            *(self._cell(*judged_pair) for judged_pair in zip(self.pairs, verdicts, strict=True)),
            *total_variances,
        ]

    def _month_before(self) -> Mapping[Key, Vector]:
        """What the run in force of the month before says, under the keys of this month."""
        run = run_in_force(self.home, self.month.before)
        if run is None:
            return {}
        figures = self._figures_of(run)
        if "day" in figures.columns:
            same_day = pl.col("day").dt.offset_by("1mo")
            figures = figures.filter(same_day.dt.day() == pl.col("day").dt.day()).with_columns(
                same_day
            )
        width = len(KEYS[self.claim.grain])
        return {tuple(row[:width]): vector_of(row[width:]) for row in figures.iter_rows()}

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

    def lines(self, variances: Sequence[Variance]) -> pl.DataFrame | None:
        """The lines that differ, each under the variance of its cell, or of both its cells.

        None of another grain.
        """
        if self.rows is None or self.rows.is_empty():
            return None
        ids = pl.DataFrame(
            [(variance.measure, variance.key["nature"], variance.key["day"], variance.id)
             for variance in variances if "day" in variance.key],
            schema={name: pl.String() for name in ("measure", "nature", "day", "variance")},
            orient="row",
        )  # fmt: skip
        rows = (
            claimed_lines.by_cell(self.rows)
            .with_columns(pl.col("day").cast(pl.String))
            .join(ids, on=["measure", "nature", "day"], how="inner", maintain_order="left")
        )
        return rows.select(NOTHING.columns)
