"""Values of a run's lines by the cells of a claim: how many have which units and amount."""

from collections.abc import Collection

import polars as pl

from doisoat.settlement.figures.period import MS_PER_DAY
from doisoat.settlement.reconcile.causes.chance_matches import Worths
from doisoat.settlement.reconcile.causes.claim_cells import KEYS, Key
from doisoat.settlement.runs.runs import RunFiles

ITEM_OF_NATURE = {
    "discount": "discount",
    "in_kind": "in_kind",
    "contribution": "contribution",
    "forbearance": "forbearances",
}


def worths_of(run: RunFiles, carrier: str, grain: str, cells: Collection[Key]) -> dict[Key, Worths]:
    """Of some cells (KEYS of the grain) of a carrier; those without a line have no entry.

    A line knows no home province: of a province these are the lines of its measure and nature.
    Items that are no sum of lines have none.
    """
    lines = (
        pl.scan_parquet(run.path / "line.parquet", glob=False, hive_partitioning=False)
        .filter(pl.col("carrier").cast(pl.String) == carrier)
        .select(
            pl.col("measure", "nature").cast(pl.String),
            "units",
            "amount",
            day=(pl.col("start_ms") // MS_PER_DAY).cast(pl.Int32).cast(pl.Date),
        )
        .with_columns(item=pl.col("nature").replace_strict(ITEM_OF_NATURE, default=""))
    )
    keys = [name for name in KEYS[grain] if name != "home_province"]
    wanted = pl.DataFrame(
        sorted({key[: len(keys)] for key in cells}),
        schema={name: pl.Date() if name == "day" else pl.String() for name in keys},
        orient="row",
    )
    counted = (
        lines.join(wanted.lazy(), on=keys, how="semi")
        .group_by(*keys, "units", "amount")
        .len()
        .collect(engine="streaming")
    )
    worths: dict[Key, dict[tuple[int, int], int]] = {}
    for *key, units, amount, count in counted.iter_rows():
        worths.setdefault(tuple(key), {})[units, amount] = count
    return {key: worths[key[: len(keys)]] for key in cells if key[: len(keys)] in worths}
