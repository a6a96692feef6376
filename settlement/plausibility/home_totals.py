"""The totals of a run, and what the home knows beside them: subscribers, grants, orders."""

from collections.abc import Iterator
from datetime import timedelta

import polars as pl

from doisoat.engine.intake.master.master_tables import BY_NAME, standing
from doisoat.engine.store.home import Home, read_parts
from doisoat.money import div_ceil
from doisoat.settlement.figures.merge import sum_by
from doisoat.settlement.figures.period import Period
from doisoat.settlement.plausibility.claimed_totals import Declared, declared
from doisoat.settlement.plausibility.total_cells import (
    CELLS,
    SERIES,
    SUBSCRIBERS,
    SUMS,
    Cells,
    Rule,
    cells_of,
)
from doisoat.settlement.runs.runs import RunFiles, file_of, tariffs_of
from doisoat.tariffs.compile.allowances import allowance_units
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.package_model import Grant, Measure, Package
from doisoat.tariffs.models.quantity import TIME_UNITS, UNIT, UNITS_OF_KIND, price, whole_quantity
from doisoat.tariffs.models.rates import Rate

FOREVER = 1 << 62


def of_run(home: Home, run: RunFiles, *, claims: bool = False) -> Cells:
    """The relief totals of a run by day and province, with the home's subscribers.

    Args: claims: with those of the claims that were filed in the place of the carriers' own.
    Raises: PeriodError if there is no such claim.
    """
    period = Period.of(run.period)
    catalogue, package = tariffs_of(run)
    totals = _totals(run)
    shown = declared(home, period, totals) if claims else Declared(totals, totals)
    subscribers = subscribers_of(home, period, catalogue)
    return cells_of(
        period.name, *shown, subscribers, services_of(package), measures_of(package, "data"),
        calls_of(catalogue, package), tuple(rules_of(period, catalogue, package)),
    )  # fmt: skip


def _totals(run: RunFiles) -> pl.DataFrame:
    """CELLS of a run."""
    path = file_of(run, "relief_total.parquet")
    rows = pl.read_parquet(path, glob=False, hive_partitioning=False)
    return as_cells(rows)


def as_cells(relief_totals: pl.DataFrame) -> pl.DataFrame:
    """CELLS of relief totals by all keys."""
    summed = sum_by(relief_totals, (*SERIES, "day", "home_province"), SUMS)
    return summed.select(pl.col(name).cast(dtype) for name, dtype in CELLS.items())


def subscribers_of(home: Home, period: Period, catalogue: Catalogue) -> pl.DataFrame:
    """SUBSCRIBERS: who was one within the period, by the plan's service and the home province."""
    rows = standing(read_parts(home, "master"), BY_NAME["subscription"])
    within = (pl.col("from_ms") < period.end_ms) & (
        pl.col("until_ms").fill_null(FOREVER) > period.begin_ms
    )
    return counted(rows.filter(within), catalogue)


def counted(subscriptions: pl.DataFrame, catalogue: Catalogue) -> pl.DataFrame:
    """SUBSCRIBERS. Args: subscriptions: subscriber_hi, subscriber_lo, carrier, plan,
    home_locality."""
    services = {plan.id: plan.service for plan in catalogue.plans}
    provinces = {
        locality.code: locality.province or locality.code for locality in catalogue.localities
    }
    named = subscriptions.select(
        "subscriber_hi",
        "subscriber_lo",
        "carrier",
        pl.col("plan").replace_strict(services, default="").alias("service"),
        pl.col("home_locality").replace_strict(provinces, default="").alias("home_province"),
    ).unique()
    keys = ("carrier", "service", "home_province")
    summed = sum_by(named.with_columns(subscribers=pl.lit(1, pl.Int64)), keys, ["subscribers"])
    return summed.select(pl.col(name).cast(dtype) for name, dtype in SUBSCRIBERS.items())


def services_of(package: Package) -> dict[str, str]:
    """The service of each measure that is for one alone."""
    return {
        measure.id: measure.scope.services[0]
        for measure in package.measures
        if measure.scope.services is not None and len(measure.scope.services) == 1
    }


def measures_of(package: Package, kind: str) -> frozenset[str]:
    """The measures that are of one kind of usage alone."""
    kinds: dict[str, set[str]] = {}
    for measure in package.measures:
        kinds.setdefault(measure.id, set()).update(measure.scope.kinds)
    return frozenset(measure for measure, of_measure in kinds.items() if of_measure == {kind})


def calls_of(catalogue: Catalogue, package: Package) -> frozenset[tuple[str, str]]:
    """Carriers and measures of calls alone, where no plan prices a second at whole đồng: only then
    has a call's amount any last digit."""
    seconds: dict[str, list[bool]] = {}
    for plan in catalogue.plans:
        if plan.carrier is not None and plan.service == "mobile":
            plan_rates = seconds.setdefault(plan.carrier, [])
            plan_rates += [
                _has_digits(rate) for rate in plan.rates if "on_net" in rate.destinations
            ]
    return frozenset(
        (carrier, measure)
        for measure in measures_of(package, "voice")
        for carrier, digits in seconds.items()
        if digits and all(digits)
    )


def _has_digits(rate: Rate) -> bool:
    """Is a rate one price, of which a second is a fraction of đồng? Others are taken for none."""
    if rate.kind != "voice":
        return True
    if rate.price is None or rate.per is None or rate.model != "graduated":
        return False
    per_second = price(rate.price) * UNIT["s"] / whole_quantity(rate.per, TIME_UNITS)
    return per_second.denominator > 1


def rules_of(period: Period, catalogue: Catalogue, package: Package) -> Iterator[Rule]:
    """What the package lets a subscriber draw of each grant within the period, at most."""
    for measure in package.measures:
        if not isinstance(measure.effect, Grant):
            continue
        formula = measure.effect.allowance
        lasts_ms = whole_quantity(measure.effect.lasts, TIME_UNITS)
        # Those in force as the period begins, and those that begin within it.
        terms = 1 + div_ceil(period.end_ms - period.begin_ms, lasts_ms)
        yield Rule(
            measure.id,
            tuple(measure.carriers) if measure.carriers is not None else None,
            allowance_units(measure, formula, package, catalogue)
            if formula is not None
            else whole_quantity(str(measure.effect.amount), UNITS_OF_KIND[measure.scope.kinds[0]]),
            1 if measure.effect.repeats == "once" else terms,
            _ordered(period, catalogue, package, measure, lasts_ms),
        )


def _ordered(
    period: Period, catalogue: Catalogue, package: Package, measure: Measure, lasts_ms: int
) -> frozenset[str] | None:
    """The provinces whose subscribers can have had a grant that is usable in the period."""
    where = measure.where
    if where is None or where.place == "serving_at_use":
        return None
    province = {
        locality.code: locality.province or locality.code for locality in catalogue.localities
    }
    since = period.begin - timedelta(milliseconds=lasts_ms)
    return frozenset(
        province[locality]
        for order in package.orders_of(measure, catalogue)
        if order.valid_from < period.end and order.valid_until > since
        for locality in order.localities
    )
