"""Checks that a claim was put right; only then may a variance be called adjusted."""

from collections.abc import Mapping, Sequence
from typing import Any

from doisoat.currency import unit_text
from doisoat.engine.store.home import Home
from doisoat.errors import PeriodError
from doisoat.messages.text import message
from doisoat.settlement.records import reconciliation_records as stored
from doisoat.settlement.records.claim_records import claims_told, latest_of
from doisoat.settlement.records.variance import INTERCONNECT, Variance
from doisoat.settlement.runs.runs import current_runs

MEND = message(
    "an adjustment is to be posted first: a new version of the claim (doisoat claim"
    " file), or the month settled anew and booked (doisoat adjust); then doisoat"
    " reconcile"
)


def check_is_put_right(home: Home, log: Sequence[Mapping[str, Any]], variance: Variance) -> None:
    """Does the claim in force say of the cell what the run in force does, to the đồng?

    Raises: PeriodError if they differ, or were not held against each other to the đồng yet.
    """
    reconciled = stored.in_force(home, log).get(variance.period)
    if reconciled is None:
        raise PeriodError(
            message("{period} is not reconciled", period=variance.period),
            str(home.path),
            MEND,
        )
    where = f"{variance.carrier} {variance.period} {variance.cell_text}"
    for current in reconciled.variances:
        if current.cell == variance.cell:
            raise PeriodError(
                message(
                    "the claim and the recomputation still differ by {difference}"
                    " {currency_own_name}",
                    difference=unit_text(current.difference),
                ),
                where,
                MEND,
            )
    if not _is_held(home, log, reconciled, variance):
        raise PeriodError(
            message("the claim in force and the run in force were not held against each other"),
            where,
            message("doisoat reconcile, without a tolerance; then adjust"),
        )


def _is_held(
    home: Home,
    log: Sequence[Mapping[str, Any]],
    reconciled: stored.Reconciliation,
    variance: Variance,
) -> bool:
    run = current_runs(home).get(variance.period)
    if variance.measure == INTERCONNECT:
        legs = reconciled.legs
        # What was reconciled before it was said who was heard is to be reconciled again.
        return legs is not None and legs["run"] == run and variance.carrier in legs.get("heard", ())
    claims = latest_of(claims_told(home, log))
    exact_claims = {
        (claim["carrier"], claim["grain"]): claim
        for claim in reconciled.compared_claims
        if claim["run"] == run and not claim["within_tolerance"]
    }
    compared = exact_claims.get((variance.carrier, variance.grain))
    return compared is not None and any(
        compared["claim"] == claim.sha256
        for of, claim in claims.items()
        if (of.carrier, of.period, of.grain) == (variance.carrier, variance.period, variance.grain)
    )
