"""A table of claims by area: read, held to bounds, added up, and against an earlier version."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from doisoat.currency import CURRENCY, unit_number, unit_text
from doisoat.engine.tables.csv_writer import Style, csv_text
from doisoat.errors import CatalogueError, PeriodError
from doisoat.messages.text import message
from doisoat.settlement.area_claims.bounds import VERDICTS, Bound, JudgedClaim, bounds_of, judged
from doisoat.settlement.area_claims.form import AreaClaimForm
from doisoat.settlement.area_claims.read import read_claims
from doisoat.settlement.area_claims.versions import Change, Versions, compared
from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.tariffs.load.tariffs import load_catalogue, load_package

CSV_HEADS = ("area", "month", "region", "households", "claimed", "verdict", "list", "before",
             "change", "allowed")  # fmt: skip


class Sums(NamedTuple):
    """Rows of one region or month, or all of them. claimed: minor units."""

    rows: int
    households: int
    claimed: int
    withheld: int  # rows that do not say what was claimed
    above: int  # rows

    @classmethod
    def of(cls, rows: list[JudgedClaim]) -> "Sums":
        """The sums of some rows."""
        return cls(
            len(rows),
            sum(row.claim.households for row in rows),
            sum(row.claim.claimed or 0 for row in rows),
            sum(row.claim.claimed is None for row in rows),
            sum(row.verdict == "above" for row in rows),
        )

    def as_object(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {**self._asdict(), "claimed": unit_text(self.claimed)}


class AreaClaims(NamedTuple):
    """All that is known of a table. bounds: of all months through the last; of tables by months,
    each row was held to those of its own month."""

    form: AreaClaimForm
    through: str
    bounds: tuple[Bound, ...]
    rows: tuple[JudgedClaim, ...]
    versions: Versions | None

    def count(self, verdict: str) -> int:
        """How many rows have a verdict."""
        return sum(row.verdict == verdict for row in self.rows)

    @property
    def is_in_order(self) -> bool:
        """Is no row above all bounds, and none changed out of its window?"""
        return not self.count("above") and not (self.versions and self.versions.not_allowed)

    def sums_by(self, key: Callable[[JudgedClaim], str]) -> dict[str, Sums]:
        """Sums by region or month, in order of their names."""
        groups = dict[str, list[JudgedClaim]]()
        for row in self.rows:
            groups.setdefault(key(row), []).append(row)
        return {name: Sums.of(groups[name]) for name in sorted(groups)}

    @property
    def by_region(self) -> dict[str, Sums]:
        """Sums of each region."""
        return self.sums_by(lambda row: row.claim.region)

    @property
    def by_month(self) -> dict[str, Sums]:
        """Sums of each month; {} of a table to date."""
        months = self.sums_by(lambda row: row.claim.month)
        return {} if list(months) == [""] else months

    @property
    def whole(self) -> Sums:
        """All rows."""
        return Sums.of(list(self.rows))

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints; amounts as text, in the currency's unit."""
        return {
            "form": self.form.id, "through": self.through, "currency": CURRENCY.form.code,
            **self.whole.as_object(),
            "verdicts": {verdict: self.count(verdict) for verdict in VERDICTS},
            "bounds": {bound.list: unit_text(bound.amount) for bound in self.bounds},
            "regions": {name: sums.as_object() for name, sums in self.by_region.items()},
            "months": {name: sums.as_object() for name, sums in self.by_month.items()},
            "above_bounds": [
                {
                    "area": row.claim.area, "month": row.claim.month, "region": row.claim.region,
                    "households": row.claim.households,
                    "claimed": unit_text(row.claim.claimed or 0),
                }
                for row in self.rows
                if row.verdict == "above"
            ],
            "before": None if self.versions is None else _as_object(self.versions),
        }  # fmt: skip

    def csv(self, style: Style) -> str:
        """Every row with its verdict and its change, and the rows that were there before alone."""
        return csv_text((CSV_HEADS, *self._csv_rows()), style)

    def write_csv(self, path: Path, style: Style) -> None:
        """Write the same to a file."""
        path.write_text(self.csv(style), "utf-8", newline="")

    def _csv_rows(self) -> Iterator[tuple[Any, ...]]:
        changes = dict[tuple[str, str], Change]()
        if self.versions is not None:
            changes = {change.claim.key: change for change in self.versions.changes}
        for row in self.rows:
            claim = row.claim
            yield (
                claim.area, claim.month, claim.region, claim.households, _unit(claim.claimed),
                row.verdict, row.list, *_change(changes.pop(claim.key, None)),
            )  # fmt: skip
        for (area, month), change in changes.items():
            claim = change.claim
            yield (area, month, claim.region, claim.households, None, "", "", *_change(change))


def _unit(amount: int | None) -> Any:
    return None if amount is None else unit_number(amount)


def _change(change: Change | None) -> tuple[Any, ...]:
    if change is None:
        return None, None, ""
    return _unit(change.before), _unit(change.amount), "yes" if change.is_allowed else "no"


def _as_object(versions: Versions) -> dict[str, Any]:
    rises, falls = versions.of(rises=True), versions.of(rises=False)
    return {
        "claimed": unit_text(versions.before),
        "equal": versions.equal,
        **{
            name: {
                "rows": len(changes),
                "amount": unit_text(sum(abs(change.amount) for change in changes)),
            }
            for name, changes in (("rises", rises), ("falls", falls))
        },
        "not_allowed": [
            {
                "area": change.claim.area,
                "month": change.claim.month,
                "before": unit_text(change.before or 0),
                "now": unit_text(change.now or 0),
            }
            for change in versions.not_allowed
        ],
    }


def read_area_claims(
    path: Path,
    form: AreaClaimForm,
    through: str | None = None,
    before: Path | None = None,
    filed: date | None = None,
    progress: Callable[[int], None] = lambda tables: None,
) -> AreaClaims:
    """Read a table, hold each row to its bounds and, with an earlier version, to that.

    Args: through: the last month that claims to date are of, YYYY-MM; None: the programme's last;
        filed: the day on which the table was filed, for the windows of claims; progress: called
        with numbers of tables that were read.
    Raises: IntakeError for what is no table of the form; PeriodError for a month outside the
        programme; CatalogueError where the form names no usable catalogue or package.
    """
    last = through or form.last_month
    if not form.first_month <= last <= form.last_month:
        raise PeriodError(
            message("{month} is no month of the programme", month=last),
            "--through",
            message("write a month from {first} to {last}", first=form.first_month,
                    last=form.last_month),
        )  # fmt: skip
    load_catalogue(bundled_catalogue(form.catalogue))
    package = load_package(form.package)
    claims = read_claims(path, form)
    progress(1)
    earlier = None if before is None else read_claims(before, form)
    if earlier is not None:
        progress(1)
        if bool(claims[0].month) is not bool(earlier[0].month):
            raise CatalogueError(
                message("one of the tables is by months, the other to date"),
                "--before",
                message("give two versions of one table"),
            )
    bounds = bounds_of(package, form, form.months_through(last))
    months = {claim.month for claim in claims if claim.month}
    by_month = {month: bounds_of(package, form, [month]) for month in months}
    return AreaClaims(
        form, last, bounds, judged(claims, {**by_month, "": bounds}),
        None if earlier is None else compared(earlier, claims, form, filed),
    )  # fmt: skip
