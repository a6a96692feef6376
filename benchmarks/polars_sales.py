"""Purchases and fees of the polars job: price cuts one after the other, and extra lines."""

from typing import NamedTuple

import polars as pl

from doisoat.benchmarks.effects import PERCENT_DENOMINATOR
from doisoat.benchmarks.polars_words import LINE, NOTHING, SUMMED, col, half_up, lit, when
from doisoat.benchmarks.words import DISCOUNT, FEE, PACK

OFFER = ["pack", "list", "bits"]  # what the chain of cuts depends on; few, however many the sales


class Sales(NamedTuple):
    """sale: a row an event; payable: what each offer comes to; steps: of each cut, its measure, and
    what it takes from an offer (`lowered`)."""

    sale: pl.DataFrame
    payable: pl.DataFrame
    steps: list[tuple[int, pl.DataFrame]]


def _sales(tables: dict[str, pl.DataFrame], trigger: pl.DataFrame) -> pl.DataFrame:
    """Purchases and fees at their list price, and the measures that touch each; see sale.sql."""
    in_force = col("start_ms").is_between(col("from_ms"), col("until_ms"), "left")
    packs = (
        trigger.filter(col("kind") == PACK)
        .join(tables["pack"].rename({"carrier": "sold_by"}), on="pack")
        .filter(in_force & ((col("sold_by") < 0) | (col("sold_by") == col("carrier"))))
        .with_columns(list="price")
    )
    fees = (
        trigger.filter(col("kind") == FEE)
        .join(tables["fee"], on="plan")
        .filter(in_force)
        .with_columns(list="amount", pack=lit(-1, pl.Int64))
    )
    columns = ("ord", "cell", "units", "start_ms", "locality", "sale_mask", "pack", "list")
    sale = pl.concat([frame.select(columns) for frame in (packs, fees)]).sort("start_ms")
    force = tables["force"].sort("from_ms")
    is_charged = col("units") > 0
    in_place = (
        col("sale_mask") & when(col("start_ms") < col("until_ms")).then(col("bits")).otherwise(0)
    ).fill_null(0)
    return sale.join_asof(
        force, left_on="start_ms", right_on="from_ms", by="locality", check_sortedness=False
    ).select(
        "ord",
        "cell",
        "units",
        "pack",
        list=when(is_charged).then(col("list")).otherwise(0),
        bits=when(is_charged).then(in_place).otherwise(0),
    )


def cut_sales(tables: dict[str, pl.DataFrame], trigger: pl.DataFrame) -> Sales:
    """The chain of cuts, offer by offer; see offer.sql."""
    sale = _sales(tables, trigger)
    offer = sale.select(OFFER).unique().with_columns(payable=col("list"))
    steps = []
    for cut in tables["cut"].iter_rows(named=True):
        charge = col("payable")
        given_price = half_up(
            pl.max_horizontal(
                charge * cut["keep"] - col("list") * cut["part"] - cut["less"], NOTHING
            ),
            lit(PERCENT_DENOMINATOR, pl.Int64),
        )
        if cut["is_price"]:
            prices = tables["cut_price"].filter(col("step") == cut["step"]).drop("step")
            offer = offer.join(prices, on="pack", how="left")
            given_price = col("new_price").fill_null(charge)
        lowered = pl.max_horizontal(charge - given_price, NOTHING)
        offer = offer.with_columns(
            lowered=when((col("bits") & cut["bit"]) != 0).then(lowered).otherwise(0)
        ).select(*OFFER, "lowered", payable=charge - col("lowered"))
        steps.append((cut["measure"], offer.filter(col("lowered") > 0)))
    return Sales(sale, offer, steps)


def sold(
    tables: dict[str, pl.DataFrame], sales: Sales
) -> tuple[list[pl.DataFrame], list[pl.DataFrame]]:
    """Totals and lines of purchases and fees; see sold.sql and sold_line.sql."""
    touched = (
        sales.sale.filter(col("bits") != 0)
        .group_by("cell", *OFFER)
        .agg(col("units").sum(), events=pl.len().cast(pl.Int64))
    )
    lines = [
        touched.join(offer, on=OFFER)
        .group_by("cell")
        .agg(col("events", "units").sum(), amount=(col("events") * col("lowered")).sum())
        .with_columns(measure=lit(measure, pl.Int64), nature=lit(DISCOUNT, pl.Int64))
        for measure, offer in sales.steps
    ]
    extras = (
        touched.join(tables["extra"], how="cross")
        .filter((col("bits") & col("bit")) != 0)
        .with_columns(each=when(col("of_list") == 1).then(col("list")).otherwise(col("amount")))
        .group_by("cell", "measure", "nature")
        .agg(col("events").sum(), amount=(col("events") * col("each")).sum())
        .with_columns(units="events")
    )
    total = (
        sales.sale.join(sales.payable, on=OFFER)
        .group_by("cell")
        .agg(
            col("units", "payable").sum(),
            events=pl.len().cast(pl.Int64),
            billed=col("units").sum(),
            list_value=col("list").sum(),
            list_sum=(col("ord") * col("list")).sum(),
            payable_sum=(col("ord") * col("payable")).sum(),
        )
        .with_columns(bundled=NOTHING)
    )
    return [total.select("cell", *SUMMED)], [frame.select(LINE) for frame in (*lines, extras)]
