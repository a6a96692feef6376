"""Two versions of one table of claims: what rose, what fell, and what the windows do not allow."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from doisoat.errors import ConservationError
from doisoat.settlement.area_claims.form import AreaClaimForm
from doisoat.settlement.area_claims.read import AreaClaim


class Change(NamedTuple):
    """What a row is now, in minor units, and what it was. None: withheld, or no row."""

    claim: AreaClaim  # of the later version that has the row
    before: int | None
    now: int | None
    is_allowed: bool

    @property
    def amount(self) -> int:
        """By how much it differs."""
        return (self.now or 0) - (self.before or 0)


class Versions(NamedTuple):
    """All rows of both. before + rises − falls = now, in minor units."""

    before: int
    now: int
    changes: tuple[Change, ...]  # of rows that differ
    equal: int  # rows

    def of(self, *, rises: bool) -> list[Change]:
        """The rows that rose, or that fell."""
        return [change for change in self.changes if (change.amount > 0) is rises]

    @property
    def not_allowed(self) -> list[Change]:
        """What changed though its window was over."""
        return [change for change in self.changes if not change.is_allowed]


def compared(
    before: Iterable[AreaClaim],
    now: Iterable[AreaClaim],
    form: AreaClaimForm,
    filed: date | None,
) -> Versions:
    """Every row of the two, beside itself.

    Args: filed: the day on which the later one was filed: rows of months are held to the windows
        of claims by it. None: they are not.
    Raises: ConservationError if before + rises − falls is not what is claimed now.
    """
    old, new = ({claim.key: claim for claim in version} for version in (before, now))
    changes, equal = [], 0
    for key in sorted(old.keys() | new.keys()):
        was, is_now = (rows[key].claimed if key in rows else None for rows in (old, new))
        amount = (is_now or 0) - (was or 0)
        if not amount:
            equal += 1
            continue
        month = key[1]
        is_allowed = not month or filed is None or form.may_change(month, filed, is_rise=amount > 0)
        changes.append(Change(new.get(key) or old[key], was, is_now, is_allowed))
    claimed_before, claimed_now = (
        sum(claim.claimed or 0 for claim in rows.values()) for rows in (old, new)
    )
    versions = Versions(claimed_before, claimed_now, tuple(changes), equal)
    rises, falls = (
        sum(abs(change.amount) for change in versions.of(rises=rises)) for rises in (True, False)
    )
    if versions.before + rises - falls != versions.now:
        raise ConservationError(
            f"{versions.before} + {rises} − {falls} is not {versions.now}",
            "area-claims",
            "report this with the two tables",
        )
    return versions
