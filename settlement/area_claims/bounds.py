"""The most that a programme gives a household, by its list: what claims of an area are held to.

It is read from the package's measures, which settlement rates by: caps are written nowhere else.
"""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Literal, NamedTuple

from doisoat.currency import CURRENCY
from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.settlement.area_claims.form import AreaClaimForm
from doisoat.settlement.area_claims.read import AreaClaim
from doisoat.settlement.figures.period import Period
from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.package_model import Measure, Package

# within: of the smallest list; of_list: only of a list that gives more; above: of none;
# unknown: claimed where the table counts no household; withheld: it does not say what was claimed.
Verdict = Literal["within", "of_list", "above", "unknown", "withheld"]
VERDICTS: tuple[Verdict, ...] = ("within", "of_list", "above", "unknown", "withheld")


class Bound(NamedTuple):
    """The most of a household that is on a list. amount: minor units, over the months asked for."""

    list: str
    amount: int


class JudgedClaim(NamedTuple):
    """A row and what bounds say of it. list: of the smallest bound that holds; "" of none."""

    claim: AreaClaim
    verdict: Verdict
    list: str = ""


def bounds_of(package: Package, form: AreaClaimForm, months: Iterable[str]) -> tuple[Bound, ...]:
    """The bounds of all lists over some months, the smallest first.

    Raises: CatalogueError for a package whose lists are no benefit of households.
    """
    lists = [name for rule in package.households for name in rule.lists]
    if not lists:
        raise CatalogueError(
            message("package {package} has no benefit of households", package=package.id),
            f"package ({form.id})",
            message("name a package with `households`"),
        )
    periods = [Period.of(month) for month in months]
    once = _minor(form.once.amount) if form.once is not None else 0
    sums = {
        name: once + sum(_most_of(package.measures, name, period) for period in periods)
        for name in lists
    }
    return tuple(Bound(*pair) for pair in sorted(sums.items(), key=lambda pair: pair[::-1]))


def _most_of(measures: Sequence[Measure], name: str, period: Period) -> int:
    """The most that one measure gives who is on a list in a month."""
    return max(
        (
            _minor(measure.cap.amount)
            for measure in measures
            if measure.cap is not None
            and name in (measure.scope.segments or ())
            and measure.valid_from < period.end
            and measure.valid_until > period.begin
        ),
        default=0,
    )


def _minor(amount: str) -> int:
    minor = quantity.price(amount) * 10**CURRENCY.form.decimals
    assert Fraction(minor).denominator == 1  # the catalogue refuses what is finer
    return int(minor)


def judged(
    claims: Iterable[AreaClaim], bounds: Mapping[str, Sequence[Bound]]
) -> tuple[JudgedClaim, ...]:
    """Each row beside its bounds.

    Args: bounds: of each month that a row names; of "" for what is claimed to date.
    """
    return tuple(_judged(claim, bounds[claim.month]) for claim in claims)


def _judged(claim: AreaClaim, bounds: Sequence[Bound]) -> JudgedClaim:
    if claim.claimed is None:
        return JudgedClaim(claim, "withheld")
    if claim.claimed and not claim.households:
        return JudgedClaim(claim, "unknown")
    for place, bound in enumerate(bounds):
        if claim.claimed <= claim.households * bound.amount:
            return JudgedClaim(claim, "of_list" if place else "within", bound.list)
    return JudgedClaim(claim, "above")
