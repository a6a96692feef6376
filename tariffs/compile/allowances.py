"""The size of an allowance by formula: factor × the plan's fee ÷ the ceiling, rounded to a unit.

A measure gives one size while it holds. Where fee, tax or ceiling change below it, it is refused:
its author writes a measure for each time, so that every size has its dates.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from fractions import Fraction
from typing import TypeVar

from doisoat.errors import CatalogueError
from doisoat.messages.text import message
from doisoat.money import round_by
from doisoat.tariffs.load.jurisdiction import jurisdiction_of
from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.allowance import Allowance, Ceiling
from doisoat.tariffs.models.catalogue_model import Catalogue, Plan
from doisoat.tariffs.models.field_types import Dated
from doisoat.tariffs.models.package_model import Measure, Package

D = TypeVar("D", bound=Dated)


def allowance_units(
    measure: Measure, formula: Allowance, package: Package, catalogue: Catalogue
) -> int:
    """Units that a measure's formula gives.

    Raises: CatalogueError where a plan has no fee or a ceiling no price while the measure holds, or
        where the size is not one: of two plans, or before and after a change.
    """
    sizes: dict[int, tuple[str, datetime]] = {}
    for name in measure.scope.plans or ():
        plans = [plan for plan in catalogue.plans if plan.id == name]
        for moment, plan in _versions(measure, plans, formula, package, catalogue):
            ceiling = _ceiling(measure, formula, package, moment)
            units = _units(measure, formula, plan, ceiling, catalogue, moment)
            sizes.setdefault(units, (name, moment))
    if len(sizes) == 1:
        return next(iter(sizes))
    if not sizes:
        raise CatalogueError(
            message("no plan of the allowance is sold while the measure holds"),
            _where(measure),
            message("name a plan in scope.plans that holds then"),
        )
    (first, (name, moment)), (second, (other, later)) = list(sizes.items())[:2]
    raise CatalogueError(
        message(
            "the allowance has two sizes: {first} units of {name} on {moment}, {second} of {other}"
            " on {later}",
            first=first, name=name, moment=moment.date(), second=second, other=other,
            later=later.date(),
        ),
        _where(measure),
        message("write a measure for each plan, and for each time between changes"),
    )  # fmt: skip


def _where(measure: Measure) -> str:
    return f"measure {measure.id}, allowance"


def _versions(
    measure: Measure, plans: list[Plan], formula: Allowance, package: Package, catalogue: Catalogue
) -> Iterator[tuple[datetime, Plan]]:
    """Each version that holds below the measure, at each moment from which its size may differ."""
    ceilings = [one for one in package.ceilings if one.id == formula.ceiling]
    moments = {measure.valid_from, *(begin for begin, _ in _taxes(formula, catalogue))}
    for version in (*plans, *ceilings):
        moments |= {version.valid_from, version.valid_until or version.valid_from}
    for moment in sorted(moments):
        plan = _holding(plans, moment)
        if measure.valid_from <= moment < measure.valid_until and plan is not None:
            yield moment, plan


def _holding(versions: Sequence[D], moment: datetime) -> D | None:
    return next((version for version in versions if version.holds_at(moment)), None)


def _ceiling(measure: Measure, formula: Allowance, package: Package, moment: datetime) -> Ceiling:
    known = [one for one in package.ceilings if one.id == formula.ceiling]
    ceiling = _holding(known, moment)
    if ceiling is None:
        raise CatalogueError(
            message(
                "the ceiling {ceiling} has no price on {day}",
                ceiling=formula.ceiling, day=moment.date(),
            ),
            _where(measure),
            message("add it to the package's ceilings, with its dates"),
        )  # fmt: skip
    return ceiling


def _units(
    measure: Measure, formula: Allowance, plan: Plan, ceiling: Ceiling, catalogue: Catalogue,
    moment: datetime,
) -> int:  # fmt: skip
    if plan.monthly_fee is None:
        raise CatalogueError(
            message("the plan {plan} has no monthly fee", plan=plan.id),
            _where(measure),
            message("write its monthly_fee in the catalogue, or leave the plan out"),
        )
    units = quantity.UNITS_OF_KIND[measure.scope.kinds[0]]
    fee = quantity.price(plan.monthly_fee)
    if formula.fee == "without_tax":
        rates = [rate for begin, rate in _taxes(formula, catalogue) if begin <= moment]
        if not rates:
            raise CatalogueError(
                message("the state has no tax rate on {day}", day=moment.date()),
                _where(measure),
                message("write the rate and its dates in jurisdiction.yaml"),
            )
        fee /= 1 + rates[-1]
    volume = quantity.price(formula.factor) * fee / quantity.price(ceiling.price)
    unit = quantity.whole_quantity(formula.unit, units)
    parts = volume * quantity.whole_quantity(ceiling.per, units) / unit
    return round_by(formula.rounding, parts.numerator, parts.denominator) * unit


def _taxes(formula: Allowance, catalogue: Catalogue) -> list[tuple[datetime, Fraction]]:
    """The rates of the tax inside the plan's fee, where the formula takes it out, by their days."""
    if formula.fee == "as_stated":
        return []
    rates = jurisdiction_of(catalogue).tax.rates
    return [(rate.valid_from, rate.share) for rate in rates]
