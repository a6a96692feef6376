"""Events that the runs in force could not rate; settling again recycles them."""

import polars as pl

from doisoat.engine.store.home import Home
from doisoat.settlement.runs.runs import current_runs

SCHEMA = pl.Schema(
    {"period": pl.String(), "event_hi": pl.UInt64(), "event_lo": pl.UInt64(),
     "owner_hi": pl.UInt64(), "owner_lo": pl.UInt64(), "carrier": pl.String(),
     "reason": pl.String(), "start_ms": pl.Int64()}
)  # fmt: skip


def suspended_events(home: Home) -> pl.DataFrame:
    """SCHEMA: a row an event, over the runs in force, by period, reason, start and id."""
    frames = [pl.DataFrame(schema=SCHEMA)]
    for period, run in current_runs(home).items():
        path = home.floor("runs") / run / "suspense.parquet"
        if path.exists():
            suspended = pl.read_parquet(path, glob=False, hive_partitioning=False)
            frames.append(
                suspended.select(
                    pl.lit(period).alias("period"),
                    *(pl.col(name).cast(SCHEMA[name]) for name in SCHEMA.names()[1:]),
                )
            )
    return pl.concat(frames).sort("period", "reason", "start_ms", "event_hi", "event_lo")
