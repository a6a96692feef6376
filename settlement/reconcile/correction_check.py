"""Was a claim put right? Only then a variance may be called adjusted."""

from collections.abc import Mapping, Sequence
from typing import Any

from doisoat.engine.store.home import Home
from doisoat.errors import PeriodError
from doisoat.settlement.records import reconciliation_records as stored
from doisoat.settlement.records.claim_records import claims_told, latest_of
from doisoat.settlement.records.variance import INTERCONNECT, Variance
from doisoat.settlement.runs.runs import current_runs

MEND = (
    "phải có điều chỉnh trước: phiên bản mới của bản kê khai (doisoat claim file), hoặc đối soát"
    " lại tháng và ghi sổ điều chỉnh (doisoat adjust); rồi doisoat reconcile | an adjustment is"
    " to be posted first: a new version of the claim (doisoat claim file), or the month settled"
    " anew and booked (doisoat adjust); then doisoat reconcile"
)


def check_is_put_right(home: Home, log: Sequence[Mapping[str, Any]], one: Variance) -> None:
    """Does the claim in force say of the cell what the run in force does, to the đồng?

    Raises: PeriodError if they differ, or were not held against each other to the đồng yet.
    """
    reconciled = stored.in_force(home, log).get(one.period)
    if reconciled is None:
        raise PeriodError(
            f"{one.period} chưa được đối chiếu với kê khai | {one.period} is not reconciled",
            str(home.path),
            MEND,
        )
    where = f"{one.carrier} {one.period} {one.cell_text}"
    for other in reconciled.variances:
        if other.cell == one.cell:
            raise PeriodError(
                f"kê khai và số tính lại vẫn lệch {other.difference} đồng | the claim and the"
                f" recomputation still differ by {other.difference} đồng",
                where,
                MEND,
            )
    if not _is_held(home, log, reconciled, one):
        raise PeriodError(
            "kê khai hiện hành và lần chạy hiện hành chưa được đối chiếu với nhau | the claim in"
            " force and the run in force were not held against each other",
            where,
            "chạy doisoat reconcile, không dung sai; rồi mới adjust | doisoat reconcile, without"
            " a tolerance; then adjust",
        )


def _is_held(
    home: Home, log: Sequence[Mapping[str, Any]], reconciled: stored.Reconciliation, one: Variance
) -> bool:
    run = current_runs(home).get(one.period)
    if one.measure == INTERCONNECT:
        legs = reconciled.legs
        # What was reconciled before it was said who was heard is to be reconciled again.
        return legs is not None and legs["run"] == run and one.carrier in legs.get("heard", ())
    claims = latest_of(claims_told(home, log))
    told = {
        (held["carrier"], held["grain"]): held
        for held in reconciled.held
        if held["run"] == run and not held["within_tolerance"]
    }
    held = told.get((one.carrier, one.grain))
    return held is not None and any(
        held["claim"] == claim.sha256
        for of, claim in claims.items()
        if (of.carrier, of.period, of.grain) == (one.carrier, one.period, one.grain)
    )
