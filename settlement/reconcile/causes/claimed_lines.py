"""A claim by line beside the relief lines of a run: what differs, found by trees of digests.

Trees are a copy of lines in another order and no evidence: they lie in a staging folder of the home
and go when they have been compared, or with the next writer if death came first. What is kept of
them are their roots.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import polars as pl

from doisoat.engine.rating.rerate import IDS
from doisoat.engine.store import commit
from doisoat.engine.store.home import Home
from doisoat.settlement.figures.merge import sum_by
from doisoat.settlement.figures.period import MS_PER_DAY
from doisoat.settlement.reconcile.causes import line_causes
from doisoat.settlement.reconcile.causes.claim_cells import KEYS
from doisoat.settlement.reconcile.lines import tree, tree_difference
from doisoat.settlement.reconcile.lines.located_lines import placed
from doisoat.settlement.reconcile.lines.tree_difference import SIDES, compare
from doisoat.settlement.records.alternative_frame import VALUES
from doisoat.settlement.rerating.adjustment_worlds import inputs_of
from doisoat.settlement.runs.runs import RunFiles, tax_rate_of
from doisoat.settlement.runs.usage_months import read

COLUMNS = (*tree.RECORD, "measure", "nature", "home_province")  # of a tree's lines
UNSIGNED = tuple(f"{name}_apart" for name in VALUES)
# A line that differs, and why: line_causes.
DIFFERENCE = pl.Schema(
    {**tree_difference.DIFFERENCE, **dict.fromkeys(line_causes.DIMENSIONS, pl.String())}
)


class DifferingLines(NamedTuple):
    """The lines that differ (DIFFERENCE), and what of the two sides was read.

    roots: of the trees of both sides, in hex, by side; what they were made by: `blocks`.
    """

    rows: pl.DataFrame
    bytes_read: int
    bytes_in_all: int
    roots: Mapping[str, str | int]


def differing(
    home: Home,
    run: RunFiles,
    claim: Path,
    carrier: str,
    threads: int,
    progress: Callable[[int], None] = lambda lines: None,
) -> DifferingLines:
    """The lines of a claim's file (claims.model.LINE) that are not those of a run, or not in it.

    Raises: PeriodError, StoreError if the home no longer holds what the run was made of.
    """
    with commit.stage(home.path) as staging:
        recomputed = list(_recomputed_lines(home, run, carrier, staging.path))
        blocks = _blocks(recomputed)
        files = {"claimed": [claim], "recomputed": recomputed}
        trees = {
            side: tree.build(
                staging.path / side, files[side], blocks, threads=threads, progress=progress
            )
            for side in SIDES
        }
        compared = compare(trees["claimed"], trees["recomputed"])
        rows = _difference(compared.rows, run, recomputed)
    roots = {side: built.root for side, built in trees.items()}
    return DifferingLines(
        rows, compared.bytes_read, compared.bytes_in_all, {**roots, "blocks": blocks}
    )


def _recomputed_lines(home: Home, run: RunFiles, carrier: str, folder: Path) -> Iterator[Path]:
    """The run's lines of a carrier with the provinces of their subscriptions, file by file."""
    of_carrier = pl.col("carrier").cast(pl.String) == carrier
    for place, rows in enumerate(placed(home, inputs_of(home, run), of_carrier)):
        path = folder / f"{place:03d}.parquet"
        rows.select(*COLUMNS, "end_ms").write_parquet(path, compression="lz4")
        yield path


def _difference(rows: pl.DataFrame, run: RunFiles, recomputed: list[Path]) -> pl.DataFrame:
    """DIFFERENCE of what two trees tell otherwise."""
    events = rows.filter(pl.col("claimed_lines").is_not_null()).select(IDS).unique()
    scanned = pl.scan_parquet(recomputed, glob=False, hive_partitioning=False).select(
        *IDS, "end_ms"
    )
    ends = scanned.join(events.lazy(), on=IDS, how="semi").collect(engine="streaming")
    return line_causes.with_causes(
        rows, ends, read(run.path / "suspense.parquet"), tax_rate_of(run)
    )


def _blocks(lines: list[Path]) -> int:
    """tree.blocks_for the recomputed side."""
    scanned = pl.scan_parquet(lines, glob=False, hive_partitioning=False)
    branch = pl.struct("measure", "nature", "home_province", pl.col("start_ms") // MS_PER_DAY)
    counted = scanned.select(lines=pl.len(), branches=branch.n_unique()).collect(engine="streaming")
    count, branches = counted.row(0)
    return tree.blocks_for(count, max(branches, 1))


def sums(lines: pl.LazyFrame) -> pl.DataFrame:
    """VALUES of claimed lines (claims.model.LINE) by measure and nature; no events are."""
    summed = sum_by(lines, ("measure", "nature"), ("units", "amount"))
    return summed.with_columns(events=pl.lit(None, pl.Int64))


def cells(rows: pl.DataFrame) -> pl.DataFrame:
    """By KEYS of lines: claimed − recomputed of VALUES, how many lines (DIFFERENCE) differ, and of
    VALUES the sums without signs (APART): what cancels out is in them.

    What each side says counts where that side says it.
    """
    differences = by_cell(rows).select(
        *KEYS["lines"],
        *(
            (_of_cell("claimed", of) - _of_cell("recomputed", of)).alias(name)
            for name, of in zip(VALUES, ("lines", "units", "amount"), strict=True)
        ),
        pl.lit(1, pl.Int64).alias("lines"),
    )
    unsigned = (
        pl.col(name).abs().alias(column) for name, column in zip(VALUES, UNSIGNED, strict=True)
    )
    return sum_by(differences.with_columns(unsigned), KEYS["lines"], (*VALUES, "lines", *UNSIGNED))


def _of_cell(side: str, name: str) -> pl.Expr:
    """What a side says of a line, if it says so in the row's cell."""
    is_here = _day(side) == pl.col("day")
    return pl.when(is_here).then(f"{side}_{name}").otherwise(0).fill_null(0)


def by_cell(rows: pl.DataFrame) -> pl.DataFrame:
    """DIFFERENCE with the `day` of its cell: a line that moved is of the day of either side."""
    days = [rows.with_columns(day=_day(side)) for side in SIDES]
    elsewhere = days[1].filter(_day("claimed").ne_missing(pl.col("day")))
    return pl.concat([days[0], elsewhere]).drop_nulls("day").sort("day", *rows.columns)


def _day(side: str) -> pl.Expr:
    return (pl.col(f"{side}_start_ms") // MS_PER_DAY).cast(pl.Int32).cast(pl.Date)
