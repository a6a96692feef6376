"""The content of a carrier's report, gathered from the settled period. No I/O in this module."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

import polars as pl

from doisoat.messages.text import message_in
from doisoat.settlement.figures import statement
from doisoat.settlement.figures.merge import Settled, sum_by
from doisoat.settlement.figures.period import Period
from doisoat.settlement.figures.statement import Statements
from doisoat.settlement.report.readings_of_carrier import readings_of_carrier
from doisoat.tariffs.load.jurisdiction import tax_rate
from doisoat.tariffs.models.catalogue_model import Carrier, Catalogue
from doisoat.tariffs.models.package_model import MoneyGrant, Package

LISTED_REFUNDS_MAX = 300  # all of them are in settlement.refund of relief.duckdb
LISTED_OVERCHARGES_MAX = 100
LISTED_CONFLICTS_MAX = 300  # all of them are in settlement.finding
LISTED_SUSPENDED_MAX = 300  # all of them are in usage.suspense
SUMS = ("events", "list_value", "discount", "payable", "in_kind", "contribution")
MS_PER_DAY = 86_400_000


class Refunds(NamedTuple):
    """What a carrier charged above what is owed: as the fields of Content say."""

    by_day: tuple[tuple[date, int, int], ...]
    due: tuple[Mapping[str, Any], ...]
    overcharges: tuple[Mapping[str, Any], ...]


NO_REFUNDS = Refunds((), (), ())


class Unreadable(NamedTuple):
    """A file of the period with records that could not be read."""

    name: str
    carriers: frozenset[str]  # whose events it has; none: the home does not know
    records: tuple[tuple[str, int], ...]  # sub-reason, how many


@dataclass(frozen=True)
class MeasureLine:
    """A line of the statement with what a reader needs to understand it."""

    measure: str
    title: str
    title_en: str
    nature: str
    kind: str  # of usage, which says the unit
    events: int
    units: int
    amount: int
    vat: int | None
    reading: str  # valuation of an in-kind amount, '' elsewhere


class GrantedMoney(NamedTuple):
    """Money that a measure gave a carrier's subscribers: brought + given = used + lapsed + left."""

    measure: str
    title: str
    title_en: str
    accounts: int  # to how many it was given in the month
    brought: int  # from the month before
    given: int
    used: int  # discounts of the month
    lapsed: int
    left: int  # to the next month


@dataclass(frozen=True)
class Content:
    """All that one workbook shows."""

    carrier_id: str
    carrier_name: str
    carrier_name_en: str
    period: Period
    run: str
    digest: str
    catalogue: Catalogue
    package: Package
    catalogue_digest: str
    package_digest: str
    totals: Mapping[str, Any]  # the statement's row
    programmes: tuple[Mapping[str, Any], ...]  # its rows by programme, in order of precedence
    lines: tuple[MeasureLine, ...]
    granted_money: tuple[GrantedMoney, ...]
    by_day: tuple[tuple[date, Mapping[str, int]], ...]
    by_province: tuple[tuple[str, str, Mapping[str, int]], ...]  # code, name, sums
    suspense: tuple[tuple[str, int], ...]  # reason, events
    suspended: tuple[Mapping[str, Any], ...]  # the first, at most LISTED_SUSPENDED_MAX
    # plan, kind, destination and events of what no tariff prices; None: not told
    without_price: tuple[tuple[str, str, str, int], ...] | None
    unreadable: tuple[tuple[str, str, int], ...] | None  # file, sub-reason, records; None: not told
    conflicts: tuple[tuple[str, int], ...]  # usage against master data: finding, how many
    conflicting: tuple[Mapping[str, Any], ...]  # the first, at most LISTED_CONFLICTS_MAX
    refunds_by_day: tuple[tuple[date, int, int], ...]  # day, events, đồng
    refunds: tuple[Mapping[str, Any], ...]  # the largest, at most LISTED_REFUNDS_MAX
    overcharges: tuple[Mapping[str, Any], ...]  # the largest, at most LISTED_OVERCHARGES_MAX
    assumed: tuple[str, ...]
    is_synthetic: bool  # the usage is invented: no carrier's

    @property
    def readings(self) -> tuple[tuple[str, str], ...]:
        """The package's readings, each with the alternative that is in force."""
        chosen = self.package.chosen
        return tuple((r.name, chosen.get(r.name, r.default)) for r in self.package.readings)

    @property
    def tax_rate(self) -> Fraction:
        """Of the tax inside prices in the period."""
        return tax_rate(self.catalogue, self.period.begin)

    @property
    def readings_of_carrier(self) -> tuple[tuple[str, str], ...]:
        """Those of them that can move a figure of this carrier."""
        if not self.package.as_written:
            return self.readings
        touching = readings_of_carrier(self.package.as_written, self.carrier_id)
        return tuple((name, chosen) for name, chosen in self.readings if name in touching)


def contents(
    settled: Settled,
    statements: Statements,
    catalogue: Catalogue,
    package: Package,
    period: Period,
    *,
    run: str,
    digest: str,
    catalogue_digest: str,
    package_digest: str,
    is_synthetic: bool,
    conflicts: pl.DataFrame,
    unreadable: Sequence[Unreadable] | None = None,
    without_price: pl.DataFrame | None = None,
) -> Iterator[Content]:
    """One for each statement, by carrier.

    Args: unreadable: files with records that could not be read; without_price: of
        settlement.runs.unpriced. None: nobody asks.
    """
    carriers = {carrier.id: carrier for carrier in catalogue.carriers}
    names = {place.code: place.name for place in catalogue.localities}
    by_day, by_province = (_by(settled, key) for key in ("day", "home_province"))
    charged = settled.refunds.select(pl.col("carrier").cast(pl.String).unique())
    repaid = set(charged.collect(engine="streaming")["carrier"])
    for row in statements.statements.iter_rows(named=True):
        carrier = row["carrier"]
        about: Carrier | None = carriers.get(carrier)
        is_carrier = pl.col("carrier").cast(pl.String) == carrier
        suspense = _suspense(settled.suspense_sums.filter(is_carrier))
        against = conflicts.filter(is_carrier)
        counts = tuple(against.group_by("finding", maintain_order=True).len().rows())
        refunds = _refunds(settled.refunds.filter(is_carrier)) if carrier in repaid else NO_REFUNDS
        yield Content(
            carrier_id=carrier,
            carrier_name=about.name if about else carrier,
            carrier_name_en=about.name_en if about else carrier,
            period=period,
            run=run,
            digest=digest,
            catalogue=catalogue,
            package=package,
            catalogue_digest=catalogue_digest,
            package_digest=package_digest,
            totals=row,
            programmes=tuple(statements.programmes.filter(is_carrier).iter_rows(named=True)),
            lines=(lines := measure_lines(statements.lines.filter(is_carrier), package, carrier)),
            granted_money=granted_money(settled.closing, package, period, carrier, lines),
            by_day=_every_day(by_day.get(carrier, {}), period),
            by_province=tuple(
                (code, names.get(code, message_in("heading", "unknown")), sums)
                for code, sums in by_province.get(carrier, {}).items()
            ),
            suspense=suspense,
            suspended=_first_of_each(
                settled.suspense.filter(is_carrier).with_columns(pl.col("reason").cast(pl.String)),
                "reason",
                [reason for reason, _ in suspense],
                LISTED_SUSPENDED_MAX,
            ),
            without_price=None
            if without_price is None
            else tuple(without_price.filter(is_carrier).drop("carrier").iter_rows()),
            unreadable=None
            if unreadable is None
            else tuple(
                (file.name, sub_reason, count)
                for file in unreadable
                if carrier in file.carriers or not file.carriers
                for sub_reason, count in file.records
            ),
            conflicts=counts,
            conflicting=_first_of_each(
                against.lazy(), "finding", [finding for finding, _ in counts], LISTED_CONFLICTS_MAX
            ),
            refunds_by_day=refunds.by_day,
            refunds=refunds.due,
            overcharges=refunds.overcharges,
            assumed=tuple(filter(None, row["assumed"].split(", "))),
            is_synthetic=is_synthetic,
        )


def granted_money(
    closing: pl.LazyFrame,
    package: Package,
    period: Period,
    carrier: str,
    lines: Sequence[MeasureLine],
) -> tuple[GrantedMoney, ...]:
    """What became of money that measures gave: one for each measure of a carrier that gives some.

    Args: closing: the closing state; it has money to the end of the month in which it lapses.
    """
    grants = [
        measure
        for measure in package.measures
        if isinstance(measure.effect, MoneyGrant)
        and (measure.carriers is None or carrier in measure.carriers)
    ]
    if not grants:
        return ()
    has_ended = pl.col("until_ms") <= period.end_ms
    is_new = pl.col("from_ms") >= period.begin_ms
    purses = (
        closing.filter(
            pl.col("item") == "source",
            pl.col("type") == "money",
            pl.col("carrier").cast(pl.String) == carrier,
        )
        .group_by(pl.col("measure").cast(pl.String).str.split("/").list.first())
        .agg(
            accounts=is_new.sum(),
            given=pl.col("given").filter(is_new).sum(),
            lapsed=pl.col("left").filter(has_ended).sum(),
            left=pl.col("left").filter(~has_ended).sum(),
        )
        .collect()
    )
    sums = {row["measure"]: row for row in purses.to_dicts()}
    used = {line.measure: line.amount for line in lines if line.nature == "discount"}
    found = []
    for measure in {measure.id: measure for measure in grants}.values():
        of = sums.get(measure.id, {"accounts": 0, "given": 0, "lapsed": 0, "left": 0})
        spent = used.get(measure.id, 0)
        brought = spent + of["lapsed"] + of["left"] - of["given"]
        found.append(
            GrantedMoney(
                measure.id, measure.title, measure.title_en, of["accounts"], brought, of["given"],
                spent, of["lapsed"], of["left"],
            )
        )  # fmt: skip
    return tuple(found)


def measure_lines(lines: pl.DataFrame, package: Package, carrier: str) -> tuple[MeasureLine, ...]:
    """Rows of a carrier's statement lines with what the package says of their measures."""
    entries = []
    for line in lines.iter_rows(named=True):
        entry = statement.measure_for(package, line["measure"], carrier)
        kinds = entry.scope.kinds if entry else ()
        entries.append(
            MeasureLine(
                measure=line["measure"],
                title=entry.title if entry else line["measure"],
                title_en=entry.title_en if entry else line["measure"],
                nature=line["nature"],
                kind=_unit_kind(entry.effect, kinds) if entry else "",
                events=line["events"],
                units=line["units"],
                amount=line["amount"],
                vat=line["vat"],
                reading=statement.in_kind_reading(package, line["measure"], carrier)
                if line["nature"] == "in_kind"
                else "",
            )
        )
    return tuple(entries)


def _unit_kind(effect: Any, kinds: tuple[str, ...]) -> str:
    """The kind whose unit a measure's units have; '' where they would be of several."""
    if isinstance(effect, MoneyGrant):
        return "money"
    bonus = getattr(effect, "kinds", None)  # a bonus counts what it adds, not what it hangs on
    counted = tuple(bonus) if bonus else kinds
    return counted[0] if len(counted) == 1 else ""


def _by(settled: Settled, key: str) -> dict[str, dict[Any, Mapping[str, int]]]:
    """By carrier, then by the key in its order."""
    by_carrier: dict[str, dict[Any, Mapping[str, int]]] = {}
    for row in statement.by_key(settled, key).iter_rows(named=True):
        by_carrier.setdefault(row["carrier"], {})[row[key]] = {name: row[name] for name in SUMS}
    return by_carrier


def _every_day(
    sums: Mapping[int, Mapping[str, int]], period: Period
) -> tuple[tuple[date, Mapping[str, int]], ...]:
    """Every day of the period, those without events too; `sums`: by days from 1970."""
    epoch = date(1970, 1, 1)
    days = range((period.end - period.begin).days)
    nothing = dict.fromkeys(SUMS, 0)
    dates = [period.begin.date() + timedelta(days=day) for day in days]
    return tuple((day, sums.get((day - epoch).days, nothing)) for day in dates)


def _suspense(counted: pl.DataFrame) -> tuple[tuple[str, int], ...]:
    reasons = counted.with_columns(pl.col("reason").cast(pl.String))
    return tuple(sum_by(reasons, ["reason"], ["events"]).iter_rows())


def _first_of_each(
    rows: pl.LazyFrame, by: str, sorts: Sequence[str], most: int
) -> tuple[Mapping[str, Any], ...]:
    """The first rows, as many of each of these sorts as there is room for: by sort, time."""
    order = [by, "start_ms", "event_hi", "event_lo"]
    # Of no sort are more shown than of all together, so no more are held.
    firsts = [rows.filter(pl.col(by) == sort).sort(order).head(most) for sort in sorts]
    if not firsts:
        return ()
    turn = pl.int_range(pl.len()).over(by)
    candidates = pl.concat(pl.collect_all(firsts, engine="streaming"))
    first = candidates.sort(order).with_columns(turn=turn).sort("turn", *order).head(most)
    return tuple(first.sort(order).drop("turn").iter_rows(named=True))


def _refunds(rows: pl.LazyFrame) -> Refunds:
    due = rows.filter(pl.col("refund") > 0)
    over = rows.with_columns(overcharge=pl.col("charged") - pl.col("list_value")).filter(
        pl.col("overcharge") > 0
    )
    return Refunds(
        _refunds_by_day(due),
        _largest(due, "refund", LISTED_REFUNDS_MAX),
        _largest(over, "overcharge", LISTED_OVERCHARGES_MAX),
    )


def _refunds_by_day(due: pl.LazyFrame) -> tuple[tuple[date, int, int], ...]:
    by_day = sum_by(
        due.with_columns(day=pl.col("start_ms") // MS_PER_DAY, events=pl.lit(1)),
        ["day"],
        ["events", "refund"],
    )
    epoch = date(1970, 1, 1)
    return tuple(
        (epoch + timedelta(days=day), events, amount) for day, events, amount in by_day.iter_rows()
    )


def _largest(frame: pl.LazyFrame, by: str, most: int) -> tuple[Mapping[str, Any], ...]:
    """The largest rows, ties by event id, so that which are shown is no accident."""
    order = [by, "event_hi", "event_lo"]
    largest = frame.sort(order, descending=[True, False, False]).head(most)
    return tuple(largest.collect(engine="streaming").iter_rows(named=True))
