"""The usage records of a synthetic month, as its carriers' files have them."""

import polars as pl

from doisoat.fixtures.simulate import World


def first_records(world: World, rows: int) -> pl.LazyFrame:
    """The first records of a world, in the order of its files; every column is text."""
    scans = [
        pl.scan_parquet(path, glob=False)
        if path.suffix == ".parquet"
        else pl.scan_csv(path, infer_schema=False, glob=False)
        for path in world.files("usage")
    ]
    return pl.concat(scan.with_columns(pl.all().fill_null("")) for scan in scans).head(rows)
