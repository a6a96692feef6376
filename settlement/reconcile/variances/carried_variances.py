"""Variances that a reconciliation keeps from the one before, and the fate of the others. No I/O.

Whoever reconciles one carrier says nothing of the others: what differs of them stays as it was. So
does what was found of a claim that cannot be read now, and of calls whose files are not given
again.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from doisoat.settlement.records.reconciliation_records import OPEN, Reconciliation, Standing
from doisoat.settlement.records.variance import INTERCONNECT, Variance

Legs = dict[str, Any]


class KeptVariances(NamedTuple):
    """Of the reconciliation before. held: its claims, as it tells them; legs: as its manifest."""

    claims: tuple[dict[str, Any], ...]
    variances: tuple[Variance, ...]
    legs: Legs | None


NOTHING_KEPT = KeptVariances((), (), None)


def kept_of(
    before: Reconciliation | None,
    run: str,
    *,
    carrier: str | None,
    unread: Iterable[tuple[str, str]],
    heard: Collection[str],
) -> KeptVariances:
    """What stays.

    Args: run: in force; carrier: the only one that is reconciled, None: all; unread: carrier and
        grain of claims that cannot be read; heard: carriers of whose calls that came in files are
        given.
    """
    if before is None:
        return NOTHING_KEPT
    damaged = set(unread)

    def is_other(of: str) -> bool:
        return carrier is not None and of != carrier

    kept_claims = tuple(
        claim
        for claim in before.compared_claims
        if is_other(claim["carrier"]) or (claim["carrier"], claim["grain"]) in damaged
    )
    claims = {claim["claim"] for claim in kept_claims}

    def stays(variance: Variance) -> bool:
        if variance.measure == INTERCONNECT:
            return is_other(variance.carrier) or (
                variance.carrier not in heard and variance.run == run
            )
        return variance.claim in claims

    variances = tuple(variance for variance in before.variances if stays(variance))
    return KeptVariances(kept_claims, variances, _legs(before, variances, bool(heard)))


def _legs(
    before: Reconciliation, kept_variances: Sequence[Variance], is_heard: bool
) -> Legs | None:
    legs = [variance.id for variance in before.variances if variance.measure == INTERCONNECT]
    kept_legs = [variance.id for variance in kept_variances if variance.measure == INTERCONNECT]
    if before.legs is not None and kept_legs == legs and not is_heard:
        return before.legs
    return legs_told([], "", None, (), kept_legs) if kept_legs else None


def _evidence(variance: Variance) -> tuple[Any, ...]:
    """By what one knows a variance again: its figures; of a claim by line, how they come about."""
    if variance.grain != "lines" or variance.measure == INTERCONNECT:
        return variance.claimed, variance.recomputed
    return (
        variance.claimed,
        variance.recomputed,
        variance.lines,
        variance.as_object()["explanations"],
    )


def legs_told(
    files: Sequence[str],
    run: str,
    carrier: str | None,
    heard: Iterable[str],
    other_variances: Sequence[str] = (),
) -> Legs:
    """What a manifest says of both legs of calls: the files (SHA-256), against which run, of whom.

    Args: heard: carriers whose calls that came in are in them; other_variances: of other
        files.
    """
    return {
        "files": sorted(files), "run": run, "carrier": carrier, "heard": sorted(heard),
        "kept": list(other_variances),
    }  # fmt: skip


class Succession(NamedTuple):
    """carried: the forerunner of a variance with the same figures, by its id.

    superseded: the version of the claim that tells it otherwise (None: another run does), by the id
    of a variance that is not open.
    """

    carried: dict[str, str]
    superseded: dict[str, int | None]


def succession(
    before: Reconciliation | None,
    now: Sequence[Variance],
    versions: Mapping[tuple[str, str], tuple[int, str]],
    standings: Mapping[str, Standing],
) -> Succession:
    """What becomes of the variances of the reconciliation before that were ever moved on.

    Args: versions: number and SHA-256 of the claims that are held now, by carrier and grain.
    """
    if before is None:
        return Succession({}, {})
    ids = {variance.id for variance in now}
    past = {variance.cell: variance for variance in before.variances if variance.id not in ids}
    carried = {}
    for variance in now:
        forerunner = past.get(variance.cell)
        if forerunner is None or forerunner.id not in standings:
            continue
        if _evidence(variance) == _evidence(
            forerunner
        ):  # also where a run of before is in force again
            carried[variance.id] = forerunner.id

    def by_version(variance: Variance) -> int | None:
        version, claim = versions.get((variance.carrier, variance.grain), (0, variance.claim))
        return None if variance.measure == INTERCONNECT or claim == variance.claim else version

    superseded = {
        variance.id: by_version(variance)
        for variance in past.values()
        if variance.id not in carried.values() and standings.get(variance.id, OPEN).state != "open"
    }
    return Succession(carried, superseded)
