"""The polars job's totals of usage: as if nothing were drawn, and what one source changes."""

import polars as pl

from doisoat.benchmarks.polars_words import LINE, NOTHING, SUMMED, col, half_up, lit, when
from doisoat.benchmarks.words import DISCOUNT, IN_KIND

SOURCE = (
    "unit",
    "class",
    "price",
    "own_units",
    "stop",
    "overage",
    "over_numerator",
    "over_denominator",
)


def plain_price() -> pl.Expr:
    """What usage costs that nothing covers."""
    return half_up(
        col("billed") * col("numerator").cast(pl.Int64), col("denominator").cast(pl.Int64)
    )


def at_list(event: pl.DataFrame) -> pl.LazyFrame:
    """All usage at the price of its plan, as if nothing covered it."""
    columns = ("ord", "cell", "units", "billed", "free")
    return event.lazy().select(*columns, list_value=plain_price())


def plain(
    names: dict[str, pl.DataFrame], listed: pl.LazyFrame
) -> tuple[list[pl.DataFrame], list[pl.DataFrame]]:
    """Totals of all usage as if nothing but zero-rating covered it; and the lines of the latter.

    Args: listed: as `at_list` gives it.
    """
    usage = (
        listed.group_by("cell", "free")
        .agg(
            col("units", "billed", "list_value").sum(),
            events=pl.len().cast(pl.Int64),
            list_sum=(col("ord") * col("list_value")).sum(),
        )
        .collect()
    )
    is_free = col("free") > 0
    total = usage.with_columns(
        bundled=NOTHING,
        payable=when(is_free).then(0).otherwise(col("list_value")),
        payable_sum=when(is_free).then(0).otherwise(col("list_sum")),
    )
    line = usage.join(names["zero_name"], on="free").with_columns(
        nature=lit(DISCOUNT, pl.Int64), units="billed", amount="list_value"
    )
    return [total.select("cell", *SUMMED)], [line.select(LINE)]


def spare_value() -> pl.Expr:
    """What units in kind are worth: at a pack's average, or at the price of what is left open."""
    return (
        when(col("spare") == 0)
        .then(0)
        .when((col("free") > 0) | (col("class") != 1))
        .then(half_up(col("spare") * col("n"), col("dn")))
        .otherwise(half_up(col("spare") * col("price"), col("own_units")))
    )


def priced(drawn: pl.DataFrame, unit: pl.DataFrame, crowded: pl.DataFrame) -> pl.LazyFrame:
    """Events with one source: a row an event; see priced_of.sql."""
    over = col("overage") == 1
    return (
        drawn.lazy()
        .join(crowded.lazy(), on="ord", how="anti")
        .join(unit.lazy().select(SOURCE), on="unit")
        .with_columns(
            col("numerator", "denominator").cast(pl.Int64),
            is_free=col("free") > 0,
            need=when("is_raw").then(col("raw")).otherwise(col("billed")),
        )
        .with_columns(
            n=when(over).then(col("over_numerator")).otherwise(col("numerator")),
            dn=when(over).then(col("over_denominator")).otherwise(col("denominator")),
            bundle=pl.min_horizontal("need", "own_left"),
        )
        .with_columns(extra=pl.min_horizontal(col("need") - col("bundle"), "more_left"))
        .with_columns(
            open_before=when((col("stop") == 1) | (col("bundle") == col("need")))
            .then(0)
            .otherwise(col("need") - col("bundle") + col("tail")),
            open_after=when((col("stop") == 1) | (col("bundle") + col("extra") == col("need")))
            .then(0)
            .otherwise(col("need") - col("bundle") - col("extra") + col("tail")),
        )
        .with_columns(
            list_value=half_up(col("open_before") * col("n"), col("dn")),
            payable=when("is_free")
            .then(0)
            .otherwise(half_up(col("open_after") * col("n"), col("dn"))),
            lowered=when("is_free")
            .then(col("open_before"))
            .otherwise(pl.min_horizontal("extra", col("open_before") - col("open_after"))),
        )
        .with_columns(
            spare=when("is_free").then(col("billed")).otherwise(col("extra")) - col("lowered")
        )
        .with_columns(
            plain=plain_price(),
            kind_value=spare_value(),
        )
    )


def with_names(names: dict[str, pl.DataFrame], rows: pl.LazyFrame) -> pl.LazyFrame:
    """Rows with the measure whose line their relief is."""
    of_class = when(col("free") > 0).then(-1).otherwise(col("class")).alias("class")
    return rows.with_columns(of_class).join(names["line_name"].lazy(), on=["free", "class"])


def single(
    names: dict[str, pl.DataFrame], rows: pl.LazyFrame
) -> tuple[list[pl.DataFrame], list[pl.DataFrame]]:
    """Events with one source, as differences from what `plain` counted; see single.sql.

    Args: rows: as `priced` gives them.
    """
    sums = (
        rows.group_by("cell", "free", "class")
        .agg(
            bundled=when("is_free")
            .then(0)
            .when((col("bundle") == col("need")) & (col("bundle") > 0))
            .then(col("bundle") + col("tail"))
            .otherwise(col("bundle"))
            .sum(),
            list_value=(col("list_value") - col("plain")).sum(),
            payable=(col("payable") - when("is_free").then(0).otherwise(col("plain"))).sum(),
            list_sum=(col("ord") * (col("list_value") - col("plain"))).sum(),
            payable_sum=(
                col("ord") * (col("payable") - when("is_free").then(0).otherwise(col("plain")))
            ).sum(),
            discounts=((col("lowered") > 0) | (col("list_value") > col("payable")))
            .sum()
            .cast(pl.Int64),
            lowered=col("lowered").sum(),
            amount=(col("list_value") - col("payable")).sum(),
            kinds=(col("spare") > 0).sum().cast(pl.Int64),
            spare=col("spare").sum(),
            kind_value=col("kind_value").sum(),
            plain=when("is_free").then(col("plain")).otherwise(0).sum(),
            free_events=col("is_free").sum().cast(pl.Int64),
            free_units=when("is_free").then(col("billed")).otherwise(0).sum(),
        )
        .collect()
    )
    total = sums.with_columns(events=NOTHING, units=NOTHING, billed=NOTHING)
    named = with_names(names, sums.lazy()).collect()
    relief = [
        named.with_columns(
            nature=lit(DISCOUNT, pl.Int64),
            events=col("discounts") - col("free_events"),
            units=col("lowered") - col("free_units"),
            amount=col("amount") - col("plain"),
        ),
        named.with_columns(
            nature=lit(IN_KIND, pl.Int64), events="kinds", units="spare", amount="kind_value"
        ),
    ]
    return [total.select("cell", *SUMMED)], [frame.select(LINE) for frame in relief]
