"""What is found of a period on its way into a reconciliation, beside what is kept of before."""

from collections.abc import Iterable, Sequence

import polars as pl

from doisoat.engine.store import commit
from doisoat.engine.store.home import ID_HEX_DIGITS, Home
from doisoat.settlement.figures.period import Period
from doisoat.settlement.interconnect.month_calls import Month
from doisoat.settlement.reconcile import leg_variances
from doisoat.settlement.reconcile.carried_variances import NOTHING_KEPT, Legs, kept_of, legs_told
from doisoat.settlement.reconcile.comparable_claims import UNREADABLE, Damaged, unreadable
from doisoat.settlement.reconcile.comparison import NOTHING, Claimed, Held, Progress
from doisoat.settlement.reconcile.tolerance import Tolerance
from doisoat.settlement.records import reconciliation_records as stored
from doisoat.settlement.records.claim_records import StoredClaim
from doisoat.settlement.records.variance import INTERCONNECT, Variance
from doisoat.settlement.runs.runs import RunFiles


class Found:
    """What is found of a period on its way into a reconciliation, beside what is kept."""

    def __init__(
        self, run: RunFiles, month: Period, tolerance: Tolerance, carrier: str | None
    ) -> None:
        self.run, self.month, self.tolerance, self.carrier = run, month, tolerance, carrier
        self.kept = NOTHING_KEPT
        self.own: list[Held] = []
        self.differing: list[Variance] = []
        self.own_lines: dict[str, pl.DataFrame] = {}  # by claim
        self.heard: list[Variance] = []
        self.legs: Legs | None = None
        self.left_out: dict[str, int] | None = None  # of the files of `legs`, in no variance

    def keep(
        self, before: stored.Reconciliation | None, damaged: Sequence[Damaged], heard: Month | None
    ) -> None:
        """Keep what stays of the reconciliation before, and take in both legs of calls."""
        told = () if heard is None else heard.called_legs["payee"]
        payees = {one for one in told if self.carrier in (None, one)}
        self.kept = kept_of(
            before, self.run.run, carrier=self.carrier, unread=[one.of for one in damaged],
            heard=payees,
        )  # fmt: skip
        self.legs, self.left_out = self.kept.legs, None
        if before is not None and self.legs == before.legs:
            self.left_out = before.legs_left_out
        lines = pl.DataFrame(schema=NOTHING.schema) if before is None else before.lines()
        of = {one.id: one.claim for one in self.kept.variances}
        self.kept_lines = lines.filter(pl.col("variance").is_in(list(of)))
        self.claim_of_line = of
        if heard is not None:
            differing, left_out = leg_variances.variances(heard)
            self.heard = [one for one in differing if one.carrier in payees]
            own = [one for one in left_out if one.payee in payees]
            self.left_out = {
                "outside": sum(one.outside for one in own),
                "border": sum(one.border for one in own),
            }
            others = [one.id for one in self.kept.variances if one.measure == INTERCONNECT]
            files = [one.sha256 for one in heard.files]
            self.legs = legs_told(files, self.run.run, self.carrier, payees, others)

    def id_of(self, claims: Iterable[str]) -> str:
        """The id of the reconciliation that holds these claims beside what is kept."""
        tolerance = self.tolerance.as_object()
        now = [(one, self.run.run, tolerance) for one in claims]
        before = [(one["claim"], one["run"], one["tolerance"]) for one in self.kept.held]
        said = {
            "run": self.run.run,
            "held": sorted([*now, *before], key=lambda one: one[:2]),
            "legs": self.legs,
        }
        return commit.digest_of(said)[:ID_HEX_DIGITS]

    def hold(
        self, home: Home, claims: Sequence[StoredClaim], threads: int, progress: Progress
    ) -> list[Damaged]:
        """Hold claims against the run, each by itself; those whose rows cannot be reckoned with."""
        damaged = []
        for claim in claims:
            one = Claimed(home, self.run, self.month, claim, self.tolerance, threads, progress)
            try:
                held = one.differing()
                own = one.variances()
                lines = one.lines(own)
            except UNREADABLE as error:
                damaged.append(unreadable(claim, error))
                continue
            self.own.append(held)
            self.differing += own
            if lines is not None:
                self.own_lines[claim.sha256] = lines
        return damaged

    @property
    def id(self) -> str:
        """That of what was held."""
        return self.id_of(one.claim for one in self.own)

    @property
    def held(self) -> list[Held]:
        """By carrier and grain."""
        every = [*self.own, *(Held(**one) for one in self.kept.held)]
        return sorted(every, key=lambda one: (one.carrier, one.grain))

    @property
    def variances(self) -> list[Variance]:
        """By carrier and grain, then cell; those of both legs last."""
        every = [*self.differing, *self.kept.variances, *self.heard]
        return sorted(
            every, key=lambda one: (one.measure == INTERCONNECT, one.carrier, one.grain)
        )  # fmt: skip

    @property
    def lines(self) -> pl.DataFrame:
        """The lines that differ, by claim."""
        of = self.claim_of_line
        claims = self.kept_lines["variance"].replace_strict(of, return_dtype=pl.String())
        parts = dict(self.own_lines)
        for one in self.held:
            mine = self.kept_lines.filter(claims == one.claim)
            if mine.height:
                parts[one.claim] = mine
        return pl.concat([NOTHING, *(parts[one.claim] for one in self.held if one.claim in parts)])
