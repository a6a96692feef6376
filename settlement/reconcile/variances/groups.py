"""Variances together: by what would have caused them, by carrier, by measure or by day.

What is short and what is over are two errors, not one of their difference: each has a sum of its
own, by nature, of the finest claim that tells it.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

from doisoat.settlement.reconcile.variances.sums import (
    DONG,
    quantities_of,
    sums_by_claim_and_nature,
)
from doisoat.settlement.records.variance import TOTAL, Variance

By = Literal["cause", "carrier", "measure", "day"]
Cause = tuple[str, str]  # and its detail


class Difference(NamedTuple):
    """What variances come to in đồng in one nature. short: below 0, claimed too little."""

    nature: str
    short: int
    over: int

    @property
    def largest(self) -> int:
        return max(-self.short, self.over)


class Group(NamedTuple):
    """Variances that have something in common; what `by` does not part is ''."""

    carrier: str
    causes: tuple[Cause, ...]  # that go together; several explanations: of each; () unexplained
    name: str  # a measure or a day
    variances: tuple[Variance, ...]
    differences: tuple[Difference, ...]

    def as_object(self, by: By) -> dict[str, Any]:
        """What `--json` prints: amounts as text."""
        told: dict[str, Any] = {"carrier": self.carrier or None}
        if by == "cause":
            told["causes"] = [list(cause) for cause in self.causes]
        elif by != "carrier":
            told[by] = self.name
        return {
            **told,
            "variances": [variance.id for variance in self.variances],
            "differences": [
                {"nature": row.nature, "short": str(row.short), "over": str(row.over)}
                for row in self.differences
            ],
        }


def groups_of(variances: Iterable[Variance], by: By) -> tuple[Group, ...]:
    """The groups, that with the largest difference in one nature first."""
    listed: dict[tuple[str, tuple[Cause, ...], str], list[Variance]] = {}
    for variance in variances:
        listed.setdefault(_key(variance, by), []).append(variance)
    groups = [Group(*key, tuple(of), differences_of(of)) for key, of in listed.items()]
    return tuple(sorted(groups, key=lambda group: (-_size(group), group[:3])))


def _key(variance: Variance, by: By) -> tuple[str, tuple[Cause, ...], str]:
    if by == "cause":
        causes = () if variance.verdict == "unexplained" else variance.causes
        return variance.carrier, tuple(sorted((part.cause, part.detail) for part in causes)), ""
    if by == "measure":
        return "", (), variance.measure or variance.key.get("item", "")
    if by == "day":
        return "", (), variance.key.get("day", "")
    return variance.carrier, (), ""


def _size(group: Group) -> int:
    return max((row.largest for row in group.differences), default=0)


def differences_of(variances: Sequence[Variance]) -> tuple[Difference, ...]:
    """By nature, what is short and over in đồng: of the finest claim, without its totals."""
    finest = {
        (row.claim, row.nature)
        for row in sums_by_claim_and_nature(variances)
        if row.is_finest and row.unit == DONG
    }
    rows: dict[tuple[str, str], list[tuple[bool, int]]] = {}
    for variance in variances:
        for quantity in quantities_of(variance):
            key = variance.claim, quantity.nature
            if quantity.unit == DONG and key in finest:
                rows.setdefault(key, []).append((TOTAL in variance.key, quantity.difference))
    short: dict[str, int] = {}
    over: dict[str, int] = {}
    for (_, nature), amounts in rows.items():
        cells = [amount for is_total, amount in amounts if not is_total]
        for amount in cells or [amount for _, amount in amounts]:
            side = short if amount < 0 else over
            side[nature] = side.get(nature, 0) + amount
    natures = sorted(short.keys() | over.keys())
    return tuple(Difference(name, short.get(name, 0), over.get(name, 0)) for name in natures)
