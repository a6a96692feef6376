"""New variances of a period on their way into a reconciliation, beside those kept from before."""

from collections.abc import Callable, Iterable, Sequence

import polars as pl

from doisoat.engine.store import commit
from doisoat.engine.store.home import ID_HEX_DIGITS, Home
from doisoat.settlement.figures.period import Period
from doisoat.settlement.interconnect.month_calls import Month
from doisoat.settlement.reconcile.causes.alternative_cache import AlternativeCache
from doisoat.settlement.reconcile.variances import leg_variances
from doisoat.settlement.reconcile.variances.carried_variances import (
    NOTHING_KEPT,
    Legs,
    kept_of,
    legs_told,
)
from doisoat.settlement.reconcile.variances.comparable_claims import UNREADABLE, Damaged, unreadable
from doisoat.settlement.reconcile.variances.comparison import (
    NOTHING,
    Claimed,
    ComparedClaim,
    Progress,
)
from doisoat.settlement.reconcile.variances.tolerance import Tolerance
from doisoat.settlement.records import reconciliation_records as stored
from doisoat.settlement.records.claim_records import StoredClaim
from doisoat.settlement.records.variance import INTERCONNECT, Variance
from doisoat.settlement.runs.runs import RunFiles

# Is told of a claim once it was compared, and again with its variances, where it has any.
ClaimProgress = Callable[[ComparedClaim, Sequence[Variance] | None], None]


class ReconciliationDraft:
    """The new variances of a period, beside those kept from the reconciliation before."""

    def __init__(
        self, run: RunFiles, month: Period, tolerance: Tolerance, carrier: str | None
    ) -> None:
        self.run, self.month, self.tolerance, self.carrier = run, month, tolerance, carrier
        self.kept = NOTHING_KEPT
        self.own: list[ComparedClaim] = []
        self.differing: list[Variance] = []
        self.own_lines: dict[str, pl.DataFrame] = {}  # by claim
        self.heard: list[Variance] = []
        self.legs: Legs | None = None
        self.left_out: dict[str, int] | None = None  # of the files of `legs`, in no variance

    def keep(
        self, before: stored.Reconciliation | None, damaged: Sequence[Damaged], heard: Month | None
    ) -> None:
        """Keep what stays of the reconciliation before, and take in both legs of calls."""
        listed = () if heard is None else heard.called_legs["payee"]
        payees = {payee for payee in listed if self.carrier in (None, payee)}
        self.kept = kept_of(
            before, self.run.run, carrier=self.carrier, unread=[claim.of for claim in damaged],
            heard=payees,
        )  # fmt: skip
        self.legs, self.left_out = self.kept.legs, None
        if before is not None and self.legs == before.legs:
            self.left_out = before.legs_left_out
        lines = pl.DataFrame(schema=NOTHING.schema) if before is None else before.lines()
        of = {variance.id: variance.claim for variance in self.kept.variances}
        self.kept_lines = lines.filter(pl.col("variance").is_in(list(of)))
        self.claim_of_line = of
        if heard is not None:
            differing, left_out = leg_variances.variances(heard)
            self.heard = [variance for variance in differing if variance.carrier in payees]
            of_payees = [legs for legs in left_out if legs.payee in payees]
            self.left_out = {
                "outside": sum(legs.outside for legs in of_payees),
                "border": sum(legs.border for legs in of_payees),
            }
            other_ids = [
                variance.id for variance in self.kept.variances if variance.measure == INTERCONNECT
            ]
            files = [file.sha256 for file in heard.files]
            self.legs = legs_told(files, self.run.run, self.carrier, payees, other_ids)

    def id_of(self, claims: Iterable[str]) -> str:
        """The id of the reconciliation that holds these claims beside what is kept."""
        tolerance = self.tolerance.as_object()
        now = [(claim, self.run.run, tolerance) for claim in claims]
        before = [(claim["claim"], claim["run"], claim["tolerance"]) for claim in self.kept.claims]
        identity = {
            "run": self.run.run,
            "held": sorted([*now, *before], key=lambda claim: claim[:2]),
            "legs": self.legs,
        }
        return commit.digest_of(identity)[:ID_HEX_DIGITS]

    def hold(
        self,
        home: Home,
        claims: Sequence[StoredClaim],
        threads: int,
        progress: Progress,
        claim_progress: ClaimProgress,
    ) -> list[Damaged]:
        """Hold claims against the run, each by itself; those whose rows cannot be reckoned with."""
        damaged = []
        kept = AlternativeCache(home, self.run)
        for claim in claims:
            claimed = Claimed(kept, self.month, claim, self.tolerance, threads, progress)
            try:
                compared = claimed.differing()
                claim_progress(compared, None)
                variances = claimed.variances()
                lines = claimed.lines(variances)
            except UNREADABLE as error:
                damaged.append(unreadable(claim, error))
                continue
            claim_progress(compared, variances)
            self.own.append(compared)
            self.differing += variances
            if lines is not None:
                self.own_lines[claim.sha256] = lines
        return damaged

    @property
    def id(self) -> str:
        """The id of the claims that were compared."""
        return self.id_of(claim.claim for claim in self.own)

    @property
    def compared_claims(self) -> list[ComparedClaim]:
        """By carrier and grain."""
        claims = [*self.own, *(ComparedClaim(**claim) for claim in self.kept.claims)]
        return sorted(claims, key=lambda claim: (claim.carrier, claim.grain))

    @property
    def variances(self) -> list[Variance]:
        """By carrier and grain, then cell; those of both legs last."""
        variances = [*self.differing, *self.kept.variances, *self.heard]
        return sorted(
            variances,
            key=lambda variance: (
                variance.measure == INTERCONNECT,
                variance.carrier,
                variance.grain,
            ),
        )

    @property
    def lines(self) -> pl.DataFrame:
        """The lines that differ, by claim."""
        of = self.claim_of_line
        claims = self.kept_lines["variance"].replace_strict(of, return_dtype=pl.String())
        parts = dict(self.own_lines)
        for claim in self.compared_claims:
            lines_of_claim = self.kept_lines.filter(claims == claim.claim)
            if lines_of_claim.height:
                parts[claim.claim] = lines_of_claim
        return pl.concat(
            [
                NOTHING,
                *(parts[claim.claim] for claim in self.compared_claims if claim.claim in parts),
            ]
        )
