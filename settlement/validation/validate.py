"""Settles as many events as were published, and holds the statement to the published total.

Every figure takes the path of any month: files are written, taken in, settled, and the carrier's
statement of the run in force is read. Nothing is computed here. Rows of one programme and month
share a home, unless two are of one carrier, whose statement is one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from doisoat.engine.intake.file_intake import check_files, take_in
from doisoat.engine.intake.plan_in_use import plan_of
from doisoat.engine.keys.pseudonym import Key, make_key
from doisoat.engine.store.home import open_home
from doisoat.engine.tables.overlay_files import open_prices
from doisoat.errors import CatalogueError, IntakeError, PeriodError, StoreError
from doisoat.messages.text import Text, message
from doisoat.money import exact_text
from doisoat.settlement.figures.period import Period
from doisoat.settlement.log import journal
from doisoat.settlement.log.intake_log import logged
from doisoat.settlement.report.content import granted_money
from doisoat.settlement.runs.runs import file_of, run_in_force
from doisoat.settlement.settle.settle import SettleRequest, settle
from doisoat.settlement.upkeep.init import init
from doisoat.settlement.validation.made_events import write_events
from doisoat.settlement.validation.published_totals import PublishedTotal
from doisoat.tariffs.load.tariffs import check_package, load_package

BUCKETS = 2
SECRET = bytes(range(32))  # nobody's: the subscribers are made up, so that runs are the same
Statement = Mapping[str, Any]  # a row of settlement.statement


class ComparedTotal(NamedTuple):
    """A row, and what the settled home says of it.

    Attributes: computed: in the currency's unit, or the row's `unit`; None where the engine refused
        the row; refusal: why it was refused.
    """

    row: PublishedTotal
    computed: Fraction | None
    refusal: Text | str = ""

    @property
    def verdict(self) -> str:
        """within; outside; flagged, of a row that must be and is."""
        holds = self.computed is not None and self.row.holds(self.computed)
        if self.row.must == "be_flagged":
            return "outside" if holds else "flagged"
        return "within" if holds else "outside"

    @property
    def shown(self) -> str | None:
        """The figure, written exactly: 288416000 of VND, 9.25 of USD, 2.2 of GB."""
        return None if self.computed is None else exact_text(self.computed)

    def as_object(self) -> dict[str, Any]:
        """The row as `--json` prints it."""
        row = self.row
        return {
            "id": row.id, "rule": row.rule, "count": row.count, "computed": self.shown,
            "published": row.published, "tolerance": row.tolerance, "side": row.side,
            "verdict": self.verdict, "country": row.country, "source": row.source,
        }  # fmt: skip


class Validation(NamedTuple):
    """All rows of a table, in its order."""

    totals: tuple[ComparedTotal, ...]

    def count(self, verdict: str) -> int:
        """How many rows have a verdict."""
        return sum(one.verdict == verdict for one in self.totals)

    @property
    def countries(self) -> int:
        """Of how many countries the rows are."""
        return len({one.row.country for one in self.totals})

    def as_object(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {
            "rows": len(self.totals),
            **{verdict: self.count(verdict) for verdict in ("within", "outside", "flagged")},
            "countries": self.countries,
            "of": [one.as_object() for one in self.totals],
        }


def homes_of(rows: Sequence[PublishedTotal]) -> list[list[PublishedTotal]]:
    """The rows that are settled in one home each: of one programme and month, no carrier twice."""
    homes = dict[tuple[Any, ...], list[list[PublishedTotal]]]()
    for row in rows:
        programme = (
            row.catalogue, row.overlays, row.package, tuple(sorted(row.readings.items())),
            row.events.month,
        )  # fmt: skip
        lanes = homes.setdefault(programme, [])
        for lane in lanes:
            if row.events.carrier not in {other.events.carrier for other in lane}:
                lane.append(row)
                break
        else:
            lanes.append([row])
    return [lane for lanes in homes.values() for lane in lanes]


def validate(
    rows: Sequence[PublishedTotal],
    beside: Path,
    folder: Path,
    threads: int = 2,
    progress: Callable[[int], None] = lambda rows: None,
) -> Validation:
    """Settle each row's events in a home of `folder`, and hold its statement to what was published.

    Args: beside: the folder from which the rows name files; folder: empty, or to be made: the homes
        stay there; progress: called with numbers of rows.
    Raises: StoreError where the folder cannot be used; ConservationError if a sum disagrees.
    """
    if folder.exists() and any(folder.iterdir()):
        raise StoreError(
            message("the folder is not empty"),
            str(folder),
            message("choose an empty folder with --home, or leave it out"),
        )
    key = make_key(folder / "key", SECRET, public=True)
    compared = dict[str, ComparedTotal]()
    for place, lane in enumerate(homes_of(rows), 1):
        for one in _settled(lane, beside, folder / f"{place:03}-{Path(lane[0].package).stem}", key,
                            threads):  # fmt: skip
            compared[one.row.id] = one
            progress(1)
    return Validation(tuple(compared[row.id] for row in rows))


def _settled(
    lane: Sequence[PublishedTotal], beside: Path, folder: Path, key: Key, threads: int
) -> Iterator[ComparedTotal]:
    """The rows of a home; where it is refused, each in a home of its own, to know which it is."""
    try:
        decimals, statements = _statements(lane, beside, folder, key, threads)
    except (CatalogueError, IntakeError, PeriodError) as error:
        if len(lane) == 1:
            yield ComparedTotal(lane[0], None, refusal=error.what)
            return
        for row in lane:
            yield from _settled([row], beside, folder / row.id, key, threads)
        return
    for row in lane:
        statement = statements[row.events.carrier]
        suspended = int(statement["suspended"])
        if suspended:
            refusal = message("suspended events: {count}", count=suspended)
            yield ComparedTotal(row, None, refusal=refusal)
        else:
            part = row.unit_size if row.figure == "units" else 10**decimals
            yield ComparedTotal(row, Fraction(int(statement[row.figure]), part))


def _statements(
    lane: Sequence[PublishedTotal], beside: Path, folder: Path, key: Key, threads: int
) -> tuple[int, dict[str, Statement]]:
    """The decimals of the currency, and each carrier's statement, of a home that is made here."""
    first, made = lane[0], folder / "made"
    made.mkdir(parents=True)
    catalogue, name = _named(first.catalogue, beside), _named(first.package, beside)
    overlays = [beside / overlay for overlay in first.overlays]
    prices, holes, _ = open_prices(catalogue, overlays)
    package = load_package(name, first.readings)
    check_package(package, prices)
    settings = {"catalogue": catalogue, "overlay": [*map(str, overlays)], "package": name}
    path = init(folder / "home", settings, BUCKETS).path
    files = [file for row in lane for file in write_events(row, made)]
    check_files(files, prices.currency.decimals)
    with journal.writer(path, "intake") as home, logged(home):
        take_in(home, files, key, plan=plan_of(prices))
    month = first.events.month
    request = SettleRequest(prices, package, month, threads=threads, holes=holes)
    settle(path, request)
    run = run_in_force(open_home(path), month)
    assert run is not None  # it was settled
    table, lines = (
        pl.read_parquet(file_of(run, f"{name}.parquet"), glob=False)
        for name in ("statement", "statement_line")
    )
    units = dict(lines.group_by("carrier").agg(pl.col("units").sum()).rows())
    closing = pl.scan_parquet(file_of(run, "closing.parquet"), glob=False)
    return prices.currency.decimals, {
        carrier: {
            **row,
            "units": units.get(carrier, 0),
            "money_given": sum(
                money.given
                for money in granted_money(closing, package, Period.of(month), carrier, ())
            ),
        }
        for row in table.to_dicts()
        for carrier in (row["carrier"],)
    }


def _named(name: str, beside: Path) -> str:
    """A file beside the table, or a bundled name."""
    return str(beside / name) if name.endswith((".yaml", ".yml")) else name
