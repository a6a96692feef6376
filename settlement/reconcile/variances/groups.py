"""Variances together: by what would have caused them, by carrier, by measure or by day.

What is short and what is over are two errors, not one of their difference: each has a sum of its
own, by nature, of the finest claim that tells it. What a cause takes from some cells of a measure
and adds to others only stands in the wrong place: it is neither short nor over.

A variance that several causes may explain stands with that one of them which explains others of its
carrier alone: there is one thing to ask. Its own verdict stays as it is.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

from doisoat.engine.store import commit
from doisoat.settlement.reconcile.variances.sums import (
    DONG,
    quantities_of,
    sums_by_claim_and_nature,
)
from doisoat.settlement.records.explanation import Part
from doisoat.settlement.records.variance import TOTAL, Variance

By = Literal["cause", "carrier", "measure", "day"]
KEY_DIGITS = 12
# Causes that move lines from cell to cell; what is left over left the month, or came from outside.
MOVING = frozenset({"time_zone", "midnight", "other_time", "other_province"})
Cause = tuple[str, str]  # and its detail


class Difference(NamedTuple):
    """What variances come to in đồng in one nature.

    short: below 0, claimed too little; misplaced: what cancels out, in wrong days or places.
    """

    nature: str
    short: int
    over: int
    misplaced: int = 0

    @property
    def largest(self) -> int:
        return max(-self.short, self.over)


class Group(NamedTuple):
    """Variances that have something in common; what `by` does not part is ''."""

    carrier: str
    causes: tuple[Cause, ...]  # that go together; several explanations: of each; () unexplained
    name: str  # a measure or a day
    verdict: str
    variances: tuple[Variance, ...]
    differences: tuple[Difference, ...]

    @property
    def key(self) -> str:
        """What an address calls it: the same in every reconciliation that has such a group."""
        parted = [self.carrier, [list(cause) for cause in self.causes], self.name, self.verdict]
        return commit.digest_of(parted)[:KEY_DIGITS]

    @property
    def largest_first(self) -> list[Variance]:
        """Its variances by the size of their difference."""
        return sorted(self.variances, key=lambda one: (-abs(one.difference), one.id))

    def as_object(self, by: By) -> dict[str, Any]:
        """What `--json` prints: amounts as text."""
        told: dict[str, Any] = {"carrier": self.carrier or None}
        if by == "cause":
            told["causes"] = [list(cause) for cause in self.causes]
            told["verdict"] = self.verdict
        elif by != "carrier":
            told[by] = self.name
        return {
            **told,
            "variances": [variance.id for variance in self.variances],
            "differences": [
                {"nature": row.nature, "short": str(row.short), "over": str(row.over),
                 "misplaced": str(row.misplaced)}
                for row in self.differences
            ],
        }  # fmt: skip


def groups_of(variances: Iterable[Variance], by: By) -> tuple[Group, ...]:
    """The groups, that with the largest difference in one nature first, then what is misplaced."""
    listed: dict[tuple[str, tuple[Cause, ...], str, str], list[Variance]] = {}
    among = list(variances)
    for variance, cause in zip(among, _causes_in(among), strict=True):
        listed.setdefault(_parted(variance, by, cause), []).append(variance)
    groups = [Group(*parted, tuple(of), differences_of(of)) for parted, of in listed.items()]
    return tuple(sorted(groups, key=lambda group: (*_size(group), group[:4])))


def group_with(id: str, variances: Iterable[Variance]) -> Group:
    """The group by cause that a variance is in, of all of its carrier."""
    groups = groups_of(variances, "cause")
    return next(group for group in groups if any(one.id == id for one in group.variances))


def _parted(
    variance: Variance, by: By, cause: "_Explained"
) -> tuple[str, tuple[Cause, ...], str, str]:
    if by == "cause":
        return variance.carrier, cause.causes, "", cause.verdict
    if by == "measure":
        return "", (), variance.measure or variance.key.get("item", ""), ""
    if by == "day":
        return "", (), variance.key.get("day", ""), ""
    return variance.carrier, (), "", ""


class _Explained(NamedTuple):
    """Causes that go together and, of an ambiguous verdict, those that are possible."""

    verdict: str
    causes: tuple[Cause, ...]


def _causes_in(variances: Sequence[Variance]) -> list[_Explained]:
    """What explains each, in their order."""
    sure = Counter(
        (variance.carrier, _together(variance.causes))
        for variance in variances
        if variance.verdict == "explained"
    )

    def of(variance: Variance) -> _Explained:
        if variance.verdict == "unexplained":
            return _Explained(variance.verdict, ())
        possible = {_together(parts) for parts in variance.explanations}
        known = [causes for causes in possible if (variance.carrier, causes) in sure]
        if variance.verdict == "ambiguous" and known:
            most = max(known, key=lambda causes: (sure[variance.carrier, causes], causes))
            return _Explained("explained", most)
        return _Explained(variance.verdict, _together(variance.causes))

    return list(map(of, variances))


def _together(parts: Iterable[Part]) -> tuple[Cause, ...]:
    return tuple(sorted((part.cause, part.detail) for part in parts))


def _size(group: Group) -> tuple[int, int]:
    """To be sorted by, the largest first."""
    largest = max((row.largest for row in group.differences), default=0)
    return -largest, -max((row.misplaced for row in group.differences), default=0)


def differences_of(variances: Sequence[Variance]) -> tuple[Difference, ...]:
    """By nature, what is short and over in đồng: of the finest claim, without its totals."""
    finest = {
        (row.claim, row.nature)
        for row in sums_by_claim_and_nature(variances)
        if row.is_finest and row.unit == DONG
    }
    rows: dict[tuple[str, str], list[tuple[Variance, _Explained, int]]] = {}
    for variance, cause in zip(variances, _causes_in(variances), strict=True):
        for quantity in quantities_of(variance):
            key = variance.claim, quantity.nature
            if quantity.unit == DONG and key in finest:
                rows.setdefault(key, []).append((variance, cause, quantity.difference))
    sums: dict[str, list[int]] = {}  # by nature: short, over, misplaced
    for (_, nature), amounts in rows.items():
        cells = [row for row in amounts if TOTAL not in row[0].key]
        of_causes: dict[tuple[str, _Explained], list[int]] = {}
        for variance, cause, amount in cells or amounts:
            of_causes.setdefault((variance.measure, cause), []).append(amount)
        added = sums.setdefault(nature, [0, 0, 0])
        for (_, cause), of_cause in of_causes.items():
            for place, amount in enumerate(_sides(of_cause, cause)):
                added[place] += amount
    return tuple(Difference(nature, *sums[nature]) for nature in sorted(sums))


def _sides(amounts: Sequence[int], cause: _Explained) -> tuple[int, int, int]:
    """What is short, over and misplaced of the cells of one measure."""
    short = sum(amount for amount in amounts if amount < 0)
    over = sum(amount for amount in amounts if amount > 0)
    moves = any(name in MOVING for name, _ in cause.causes)
    if cause.verdict != "explained" or not (moves or short + over == 0):
        return short, over, 0
    misplaced = min(-short, over)
    return short + misplaced, over - misplaced, misplaced
