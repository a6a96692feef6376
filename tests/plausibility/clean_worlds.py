"""Clean synthetic months as totals, and what somebody might do to them."""

import shutil
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import polars as pl

from doisoat.fixtures.assumptions import read_assumptions
from doisoat.fixtures.fibre import fibre_lines
from doisoat.fixtures.simulate import plan_world
from doisoat.fixtures.tables import build_tables
from doisoat.fixtures.world import World
from doisoat.settlement.figures.period import Period
from doisoat.settlement.plausibility.home_totals import (
    as_cells,
    calls_of,
    measures_of,
    rules_of,
    services_of,
)
from doisoat.settlement.plausibility.total_cells import SUBSCRIBERS, Cells, cells_of
from doisoat.tariffs.load.bundled import DEFAULT_PACKAGE, bundled_catalogue
from doisoat.tariffs.load.tariffs import load_catalogue, load_package
from tests.integration.conftest import done

PERIOD = Period.of("2021-08")
SPAN = datetime(2021, 8, 1), datetime(2021, 9, 1)


class Totals(NamedTuple):
    """A settled clean month: CELLS by day and province, SUBSCRIBERS."""

    cells: pl.DataFrame
    subscribers: pl.DataFrame


def settled_clean(folder: Path) -> Path:
    """A home in a folder, with a clean month that was settled."""
    home = folder / "out"
    done("simulate", "--clean", "--subscribers", 300, "--seed", 3, "--buckets", 1, "--home", home)
    done("settle", "--home", home)
    shutil.rmtree(home / "world")
    return home


@cache
def tariffs():
    catalogue, package = load_catalogue(bundled_catalogue()), load_package(DEFAULT_PACKAGE, {})
    return catalogue, package


def totals_of(seed: int, subscribers: int) -> Totals:
    """The clean world of a seed, simulated and settled in a home that is let go of."""
    with TemporaryDirectory(prefix="clean-world-") as folder:
        home = Path(folder)
        done("simulate", "--clean", "--subscribers", subscribers, "--seed", seed, "--home", home)
        done("settle", "--home", home)
        (run,) = home.glob("runs/*/relief_total.parquet")
        relief = pl.read_parquet(run)
    planned = plan_world(seed, subscribers, SPAN, read_assumptions().clean())
    return Totals(as_cells(relief), _subscribers(planned, tariffs()[0]))


def _subscribers(planned, catalogue) -> pl.DataFrame:
    """Who was a subscriber when the month began, by the generator itself."""
    tables = build_tables(
        planned.assumptions, planned.catalogue, planned.seed, planned.subscribers, planned.period
    )
    provinces = {one.code: one.province or one.code for one in catalogue.localities}
    generator, found = World(tables.arrays), Counter()
    for carrier, count in enumerate(tables.subscribers):
        for person in generator.profiles(carrier, 0, count):
            home = provinces[tables.names.localities[person[8]]]
            found[tables.names.carriers[carrier], "mobile", home] += 1
            if person[10] is not None:  # a port: the recipient's as well, within the month
                found[tables.names.carriers[person[4]], "mobile", home] += 1
    for name, lines in fibre_lines(planned.assumptions, tables, planned.seed):
        for line in lines:
            found[name, "fibre", provinces[line.home]] += 1
    rows = [(*key, count) for key, count in sorted(found.items())]
    return pl.DataFrame(rows, SUBSCRIBERS, orient="row")


def cells_from(totals: Totals, cells: pl.DataFrame | None = None) -> Cells:
    """The month as tests are asked of it; with other totals in place of its own, if given."""
    catalogue, package = tariffs()
    frame = totals.cells if cells is None else cells
    rules = tuple(rules_of(PERIOD, catalogue, package))
    return cells_of(
        PERIOD.name, frame, frame, totals.subscribers, services_of(package),
        measures_of(package, "data"), calls_of(catalogue, package), rules,
    )  # fmt: skip


# --- what somebody might do ----------------------------------------------------------------------

Change = Callable[[pl.DataFrame], pl.DataFrame]
FIGURES = ("events", "units", "amount")


def of(carrier: str, measure: str) -> pl.Expr:
    return (pl.col("carrier") == carrier) & (pl.col("measure") == measure)


def times(frame: pl.DataFrame, where: pl.Expr, percent: int) -> pl.DataFrame:
    """Figures of some cells at so many percent."""
    return frame.with_columns(
        pl.when(where).then(pl.col(name) * percent // 100).otherwise(pl.col(name)).alias(name)
        for name in FIGURES
    )


def day(number: int) -> pl.Expr:
    return pl.col("day").dt.day() == number


def copied(frame: pl.DataFrame, where: pl.Expr, source: int, targets: tuple[int, ...]):
    """Days of a series that are another of its days again, to the đồng."""
    one = frame.filter(where & day(source))
    days = [one.with_columns(pl.col("day").dt.replace(day=target)) for target in targets]
    rest = frame.filter(~(where & pl.col("day").dt.day().is_in(list(targets))))
    return pl.concat([rest, *days])


def rounded(frame: pl.DataFrame, where: pl.Expr) -> pl.DataFrame:
    """Amounts of a series in whole tens, as somebody makes them up."""
    tens = pl.col("amount") // 10 * 10
    return frame.with_columns(amount=pl.when(where).then(tens).otherwise("amount"))


def since(number: int) -> pl.Expr:
    return pl.col("day").dt.day() >= number


HANOI = pl.col("home_province") == "01"
PACKS, SITES, DAILY = of("viettel", "M4"), of("viettel", "M3"), of("mobifone", "M7")
PLANTED: dict[str, tuple[str, Change]] = {
    "M4, one day × 1.5": ("neighbours", lambda frame: times(frame, PACKS & day(19), 150)),
    "M4, one day × 2": ("neighbours", lambda frame: times(frame, PACKS & day(19), 200)),
    "M3, one day × 2": ("neighbours", lambda frame: times(frame, SITES & day(19), 200)),
    "M3, one day × 3": ("neighbours", lambda frame: times(frame, SITES & day(19), 300)),
    "M7, one day × 1.5": ("weekday", lambda frame: times(frame, DAILY & day(19), 150)),
    "M7, one day × 2": ("weekday", lambda frame: times(frame, DAILY & day(19), 200)),
    "M4, from the 18th on × 1.2": ("jump", lambda frame: times(frame, PACKS & since(18), 120)),
    "M4, from the 18th on × 1.5": ("jump", lambda frame: times(frame, PACKS & since(18), 150)),
    "M4, from the 18th on × 2": ("jump", lambda frame: times(frame, PACKS & since(18), 200)),
    "M4, one province × 1.5": ("provinces", lambda frame: times(frame, PACKS & HANOI, 150)),
    "M4, one province × 2": ("provinces", lambda frame: times(frame, PACKS & HANOI, 200)),
    "M2, one province × 3": (
        "provinces",
        lambda frame: times(frame, of("vnpt", "M2") & HANOI, 300),
    ),
    "M6, minutes × 1.5": ("grants", lambda frame: times(frame, of("viettel", "M6"), 150)),
    "M6, minutes × 5": ("grants", lambda frame: times(frame, of("viettel", "M6"), 500)),
    "M6, one day twice": ("repeated", lambda frame: copied(frame, of("viettel", "M6"), 10, (20,))),
    "M6, one day four times": (
        "repeated",
        lambda frame: copied(frame, of("viettel", "M6"), 10, (15, 20, 25)),
    ),
    "M6, amounts in whole tens": ("digits", lambda frame: rounded(frame, of("viettel", "M6"))),
    "M6, amounts of three provinces in whole tens": (
        "digits",
        lambda frame: rounded(
            frame, of("viettel", "M6") & pl.col("home_province").is_in(["01", "79", "75"])
        ),
    ),
}
