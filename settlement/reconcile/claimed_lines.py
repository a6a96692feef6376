"""A claim by line beside the relief lines of a run: what differs, found by trees of digests.

Trees are a copy of lines in another order, made again whenever they are not there: no evidence.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import polars as pl

from doisoat.engine import commit
from doisoat.engine.home import ID_HEX_DIGITS, Home, read_parts
from doisoat.engine.intake.master_tables import BY_NAME, standing
from doisoat.settlement.merge import sum_by
from doisoat.settlement.period import MS_PER_DAY
from doisoat.settlement.reconcile import tree
from doisoat.settlement.reconcile.cells import KEYS
from doisoat.settlement.reconcile.delta import VALUES
from doisoat.settlement.runs import RunFiles
from doisoat.tariffs.models import Catalogue

TREES = "trees"  # of a home


class Found(NamedTuple):
    """The lines that differ (tree.DIFFERENCE), and what of the two sides was read."""

    rows: pl.DataFrame
    bytes_read: int
    bytes_in_all: int


def differing(
    home: Home,
    run: RunFiles,
    claim: Path,
    claim_digest: str,
    carrier: str,
    catalogue: Catalogue,
    threads: int,
    progress: Callable[[int], None] = lambda lines: None,
) -> Found:
    """The lines of a claim's file (claims.model.LINE) that are not those of a run, or not in it."""
    lines = run.path / "line.parquet"
    owners = _provinces(home, catalogue)
    keys = pl.scan_parquet(lines, glob=False, hive_partitioning=False).filter(
        pl.col("carrier").cast(pl.String) == carrier
    )
    counted = keys.select(
        pl.len().alias("lines"),
        (pl.struct("measure", "nature", pl.col("start_ms") // MS_PER_DAY).n_unique()).alias("days"),
    ).collect()
    branches = counted["days"].item() * max(owners["province"].n_unique(), 1)
    blocks = tree.blocks_for(counted["lines"].item(), branches)
    sides = (
        (
            commit.digest_of(["claim", claim_digest, blocks, run.manifest["inputs"]["master"]]),
            claim,
            None,
        ),
        (commit.digest_of(["run", run.run, carrier, blocks]), lines, carrier),
    )
    made = [
        _tree(home, name[:ID_HEX_DIGITS], file, owners, blocks, own, threads, progress)
        for name, file, own in sides
    ]
    compared = tree.compare(*made)
    return Found(compared.rows, compared.bytes_read, compared.bytes_in_all)


def _tree(
    home: Home,
    name: str,
    lines: Path,
    owners: pl.DataFrame,
    blocks: int,
    carrier: str | None,
    threads: int,
    progress: Callable[[int], None],
) -> tree.Tree:
    target = home.path / TREES / name
    if (target / "tree.json").exists():
        return tree.open_tree(target)
    return tree.build(
        target, [lines], owners, blocks, carrier=carrier, threads=threads, progress=progress
    )


def _provinces(home: Home, catalogue: Catalogue) -> pl.DataFrame:
    """tree.OWNER_PROVINCE: of each owner, by its first subscription that has one."""
    rows = standing(read_parts(home, "master"), BY_NAME["subscription"])
    codes = [place.code for place in catalogue.localities]
    provinces = [place.province or place.code for place in catalogue.localities]
    named = rows.with_columns(
        province=pl.col("home_locality").replace_strict(codes, provinces, default="")
    )
    return (
        named.sort("owner_hi", "owner_lo", "from_ms", "subscriber_hi", "subscriber_lo")
        .unique(["owner_hi", "owner_lo"], keep="first", maintain_order=True)
        .select(tree.OWNER_PROVINCE)
    )


def sums(lines: pl.LazyFrame) -> pl.DataFrame:
    """VALUES of claimed lines (claims.model.LINE) by measure and nature; no events are."""
    told = sum_by(lines, ("measure", "nature"), ("units", "amount"))
    return told.with_columns(events=pl.lit(None, pl.Int64))


def cells(rows: pl.DataFrame) -> pl.DataFrame:
    """By KEYS of lines: claimed − recomputed of VALUES, and how many lines (DIFFERENCE) differ."""
    told = rows.select(
        "measure",
        "nature",
        (pl.col("start_ms") // MS_PER_DAY).cast(pl.Int32).cast(pl.Date).alias("day"),
        *(
            (pl.col(f"claimed_{of}").fill_null(0) - pl.col(f"recomputed_{of}").fill_null(0)).alias(
                name
            )
            for name, of in zip(VALUES, ("lines", "units", "amount"), strict=True)
        ),
        pl.lit(1, pl.Int64).alias("lines"),
    )
    return sum_by(told, KEYS["lines"], (*VALUES, "lines"))
