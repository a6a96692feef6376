"""What a reconciliation leaves as the one before has it, and what becomes of the rest. No I/O.

Whoever reconciles one carrier says nothing of the others: what differs of them stays as it was. So
does what was found of a claim that cannot be read now, and of calls whose files are not given
again.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from doisoat.settlement.records.reconciliation_records import OPEN, Reconciliation, Standing
from doisoat.settlement.records.variance import INTERCONNECT, Variance

Legs = dict[str, Any]


class Kept(NamedTuple):
    """Of the reconciliation before. held: its claims, as it tells them; legs: as its manifest."""

    held: tuple[dict[str, Any], ...]
    variances: tuple[Variance, ...]
    legs: Legs | None


NOTHING_KEPT = Kept((), (), None)


def kept_of(
    before: Reconciliation | None,
    run: str,
    *,
    carrier: str | None,
    unread: Iterable[tuple[str, str]],
    heard: Collection[str],
) -> Kept:
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

    held = tuple(
        one
        for one in before.held
        if is_other(one["carrier"]) or (one["carrier"], one["grain"]) in damaged
    )
    claims = {one["claim"] for one in held}

    def stays(one: Variance) -> bool:
        if one.measure == INTERCONNECT:
            return is_other(one.carrier) or (one.carrier not in heard and one.run == run)
        return one.claim in claims

    variances = tuple(one for one in before.variances if stays(one))
    return Kept(held, variances, _legs(before, variances, bool(heard)))


def _legs(before: Reconciliation, kept: Sequence[Variance], is_heard: bool) -> Legs | None:
    legs = [one.id for one in before.variances if one.measure == INTERCONNECT]
    own = [one.id for one in kept if one.measure == INTERCONNECT]
    if before.legs is not None and own == legs and not is_heard:
        return before.legs
    return legs_told([], "", None, (), own) if own else None


def _evidence(one: Variance) -> tuple[Any, ...]:
    """By what one knows a variance again: its figures; of a claim by line, how they come about."""
    if one.grain != "lines" or one.measure == INTERCONNECT:
        return one.claimed, one.recomputed
    return one.claimed, one.recomputed, one.lines, one.as_object()["explanations"]


def legs_told(
    files: Sequence[str],
    run: str,
    carrier: str | None,
    heard: Iterable[str],
    kept: Sequence[str] = (),
) -> Legs:
    """What a manifest says of both legs of calls: the files (SHA-256), against which run, of whom.

    Args: heard: carriers whose calls that came in are in them; kept: variances of other files.
    """
    return {
        "files": sorted(files), "run": run, "carrier": carrier, "heard": sorted(heard),
        "kept": list(kept),
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
    there = {one.id for one in now}
    past = {one.cell: one for one in before.variances if one.id not in there}
    carried = {}
    for one in now:
        forerunner = past.get(one.cell)
        if forerunner is None or forerunner.id not in standings:
            continue
        if _evidence(one) == _evidence(forerunner):  # also where a run of before is in force again
            carried[one.id] = forerunner.id

    def by_version(one: Variance) -> int | None:
        version, claim = versions.get((one.carrier, one.grain), (0, one.claim))
        return None if one.measure == INTERCONNECT or claim == one.claim else version

    superseded = {
        one.id: by_version(one)
        for one in past.values()
        if one.id not in carried.values() and standings.get(one.id, OPEN).state != "open"
    }
    return Succession(carried, superseded)
