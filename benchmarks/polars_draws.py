"""Draws of the polars job: what each source had left before each event it may cover."""

import polars as pl

from doisoat.benchmarks.polars_words import bit, col, when
from doisoat.benchmarks.task import Task
from doisoat.benchmarks.words import ALL_HOURS, DATA, MS_PER_HOUR
from doisoat.tariffs.models.quantity import MS_PER_DAY


def _before(rows: pl.DataFrame) -> pl.DataFrame:
    """What the sources of one layer had left before each event: rows sorted by unit and event."""
    taken = col("demand").cum_sum()
    early = when(col("is_late")).then(0).otherwise(col("demand")).cum_sum()
    is_first = col("unit").rle_id().diff().fill_null(1) != 0
    spent = col("taken") - col("demand")
    return (
        rows.with_columns(taken=taken, early=early, is_first=is_first)
        .with_columns(
            taken=col("taken") - when("is_first").then(spent).forward_fill(),
            early=col("early")
            - when("is_first")
            .then(col("early") - when("is_late").then(0).otherwise(col("demand")))
            .forward_fill(),
        )
        .with_columns(
            own_left=when("is_open")
            .then(col("own") - pl.min_horizontal(col("own"), spent))
            .otherwise(0),
            more_left=when(col("is_open") & col("is_late"))
            .then(
                col("more")
                - pl.min_horizontal(
                    col("more"),
                    spent
                    - pl.min_horizontal(col("own"), spent)
                    - (col("early") - pl.min_horizontal("own", "early")),
                )
            )
            .otherwise(0),
        )
        .drop("taken", "early", "is_first")
    )


def find_drawn(
    event: pl.DataFrame, unit: pl.DataFrame, slot: pl.DataFrame, task: Task
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A row an event and source that may cover it; and the events that have several."""
    first_day = task.period[0] // MS_PER_DAY
    hour = col("start_ms") % MS_PER_DAY // MS_PER_HOUR
    pairs = (
        event.lazy()
        .filter((col("numerator") > 0) & (col("billed") > 0))
        .select(
            "ord",
            "start_ms",
            "kind",
            "cell",
            "units",
            "billed",
            "raw",
            "numerator",
            "denominator",
            "free",
            "class_bit",
            key=col("o") * 128
            + col("kind").cast(pl.Int32) * 32
            + (col("start_ms") // MS_PER_DAY - first_day).cast(pl.Int32),
        )
        .join(slot.lazy(), on="key")
        .filter(
            col("start_ms").is_between(col("from_ms"), col("until_ms"), "left")
            & ((col("destinations") & col("class_bit")) != 0)
        )
        .join(unit.lazy().select("unit", "own", "more", "more_from_ms"), on="unit")
        .select(
            "ord",
            "kind",
            "cell",
            "units",
            "billed",
            "raw",
            "numerator",
            "denominator",
            "free",
            "unit",
            "layer",
            "is_raw",
            "own",
            "more",
            is_late=col("start_ms") >= col("more_from_ms"),
            is_open=when(col("in_hours") == ALL_HOURS)
            .then(True)
            .otherwise(bit(col("in_hours"), hour)),
        )
        .collect()
    )
    rests = ~col("is_open") | (col("free") > 0)
    layer = (
        pairs.filter(col("layer") == 1)
        .with_columns(
            demand=when(rests).then(0).when("is_raw").then(col("raw")).otherwise(col("billed")),
            tail=when("is_raw").then(col("billed") - col("raw")).otherwise(0),
        )
        .sort("unit", "ord")
    )
    drawn = [_before(layer)]
    deep = pairs.filter(col("layer") > 1)
    crowded = (
        deep.select("ord", "kind", "raw", "billed")
        .unique("ord")
        .select(
            "ord",
            raw_open=when(col("kind") == DATA).then(col("raw")).otherwise(col("billed")),
            tail_open=when(col("kind") == DATA).then(col("billed") - col("raw")).otherwise(0),
        )
    )
    for level in range(2, (deep.select(col("layer").max()).item() or 1) + 1):
        crowded = _advance(crowded, drawn[-1])
        layer = (
            deep.filter(col("layer") == level)
            .join(crowded, on="ord")
            .with_columns(
                demand=when(rests)
                .then(0)
                .when("is_raw")
                .then(col("raw_open"))
                .otherwise(col("raw_open") + col("tail_open")),
                tail=when("is_raw").then(col("tail_open")).otherwise(0),
            )
            .drop("raw_open", "tail_open")
            .sort("unit", "ord")
        )
        drawn.append(_before(layer))
    return pl.concat(drawn), crowded.select("ord")


def _advance(crowded: pl.DataFrame, drawn: pl.DataFrame) -> pl.DataFrame:
    """What is uncovered once a layer's sources have drawn; see advance.sql."""
    got = pl.min_horizontal("demand", col("own_left") + col("more_left"))
    after = col("raw_open") - pl.min_horizontal("raw_open", "got")
    return (
        crowded.join(drawn.select("ord", "is_raw", got=got), on="ord", how="left")
        .with_columns(col("got").fill_null(0), col("is_raw").fill_null(False))
        .select(
            "ord",
            raw_open=after,
            tail_open=when(col("got") == 0)
            .then(col("tail_open"))
            .when("is_raw")
            .then(when(after == 0).then(0).otherwise(col("tail_open")))
            .otherwise(col("tail_open") - (col("got") - (col("raw_open") - after))),
        )
    )
