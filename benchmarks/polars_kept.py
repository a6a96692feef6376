"""Outcomes and relief lines of single events in the polars job."""

from pathlib import Path
from typing import NamedTuple

import polars as pl

from doisoat.benchmarks.polars_events import stored, traits
from doisoat.benchmarks.polars_relief import with_names
from doisoat.benchmarks.polars_sales import OFFER, Sales
from doisoat.benchmarks.polars_several import Several
from doisoat.benchmarks.polars_words import col, lit, when
from doisoat.benchmarks.task import LINE_COLUMNS, Task
from doisoat.benchmarks.words import DISCOUNT, IN_KIND
from doisoat.tariffs.compile.program import Vocabulary

EVENT_LINE = ("ord", "measure", "nature", "units", "amount")
ORDER = ("ord", "measure", "nature")


class Rated(NamedTuple):
    """The rated events of a bucket. listed: usage as if nothing covered it, of which priced (one
    source) and several say better; drawn: events that some source may cover."""

    listed: pl.DataFrame
    priced: pl.DataFrame
    several: Several
    drawn: pl.DataFrame
    sales: Sales


def outcomes(rated: Rated) -> list[pl.DataFrame]:
    """ord, list_value, payable; where an event comes twice, the later says it."""
    columns = ("ord", "list_value", "payable")
    free = when(col("free") > 0).then(0).otherwise(col("list_value"))
    return [
        rated.listed.select("ord", "list_value", payable=free),
        rated.priced.select(columns),
        rated.several.outcome.select(columns),
        rated.sales.sale.join(rated.sales.payable, on=OFFER).select(
            "ord", "payable", list_value="list"
        ),
    ]


def lines(
    names: dict[str, pl.DataFrame], tables: dict[str, pl.DataFrame], rated: Rated
) -> pl.DataFrame:
    """EVENT_LINE, in order; see line.sql."""
    discount, in_kind = (lit(nature, pl.Int64).alias("nature") for nature in (DISCOUNT, IN_KIND))
    one_source = with_names(names, rated.priced.lazy()).collect()
    many, sale = rated.several.lines, rated.sales.sale
    amount = col("list_value") - col("payable")
    given_by_cuts = [
        sale.join(offer, on=OFFER).with_columns(
            discount, measure=lit(measure, pl.Int64), amount="lowered"
        )
        for measure, offer in rated.sales.steps
    ]
    extras = (
        sale.filter(col("bits") != 0)
        .join(tables["extra"].rename({"amount": "each"}), how="cross")
        .filter((col("bits") & col("bit")) != 0)
        .with_columns(
            units=lit(1, pl.Int64),
            amount=when(col("of_list") == 1).then(col("list")).otherwise(col("each")),
        )
    )
    parts = [
        rated.listed.filter(col("free") > 0)
        .join(rated.drawn, on="ord", how="anti")
        .join(names["zero_name"], on="free")
        .with_columns(discount, units="billed", amount="list_value"),
        one_source.filter((col("lowered") > 0) | (amount > 0)).with_columns(
            discount, units="lowered", amount=amount
        ),
        one_source.filter(col("spare") > 0).with_columns(
            in_kind, units="spare", amount="kind_value"
        ),
        many.filter((col("lowered") > 0) | (col("amount") > 0)).with_columns(
            discount, units="lowered"
        ),
        many.filter(col("spare") > 0).with_columns(in_kind, units="spare", amount="kind_value"),
        *given_by_cuts,
        extras,
    ]
    return pl.concat([part.select(EVENT_LINE) for part in parts]).sort(ORDER)


def digests(
    task: Task,
    path: Path,
    before: int,
    tables: dict[str, pl.DataFrame],
    person: pl.DataFrame,
    rated: Rated,
    own_lines: pl.DataFrame,
) -> dict[int, bytes]:
    """The digest of each shard of a bucket. Args: before: events that the store holds before."""
    from doisoat.benchmarks.results import Outcomes, shard_digests

    count = pl.scan_parquet(path).select(pl.len()).collect().item()
    event_outcomes = Outcomes(before + 1, count)
    for outcome in outcomes(rated):
        event_outcomes.put(outcome)
    event_outcomes.refuse(_refused(task, path, before, tables, person, event_outcomes.unseen()))
    return shard_digests(path, event_outcomes, own_lines)


def _refused(
    task: Task,
    path: Path,
    before: int,
    tables: dict[str, pl.DataFrame],
    person: pl.DataFrame,
    unseen: pl.DataFrame,
) -> pl.DataFrame:
    """Why events of the period were not rated; see refused.sql."""
    unrated = (
        stored(task, path, before)
        .with_columns(col("ord").cast(pl.Int64))
        .join(unseen.lazy(), on="ord", how="semi")
        .select("ord", "owner_hi", "owner_lo", "start_ms", "trait")
        .join(traits(tables).select("trait", "carrier"), on="trait")
    )
    served = (
        unrated.join(
            person.lazy().select("owner_hi", "owner_lo", "carrier", "from_ms", "until_ms"),
            on=["owner_hi", "owner_lo", "carrier"],
        )
        .filter(col("start_ms").is_between(col("from_ms"), col("until_ms"), "left"))
        .select("ord", served=True)
        .unique()
    )
    return (
        unrated.join(served, on="ord", how="left")
        .select("ord", is_nobodys=col("served").is_null())
        .collect()
    )


def named_lines(
    task: Task,
    path: Path,
    before: int,
    tables: dict[str, pl.DataFrame],
    words: Vocabulary,
    own_lines: pl.DataFrame,
) -> pl.DataFrame:
    """A bucket's lines as a run's line.parquet has them, in order; see named_lines.sql."""
    ids = ("owner_hi", "owner_lo", "event_hi", "event_lo", "start_ms", "trait")
    place = (own_lines["ord"] - before - 1).cast(pl.UInt32)
    event = pl.read_parquet(path, columns=list(ids), glob=False)[place]
    carrier = tables["trait"].sort("trait")["carrier"].gather(event["trait"])
    indexes = {"carrier": carrier, "measure": own_lines["measure"], "nature": own_lines["nature"]}
    texts = {"carrier": words.carriers, "measure": words.measures, "nature": words.natures}
    named = [
        pl.Series(name, texts[name], pl.Enum(texts[name])).gather(index)
        for name, index in indexes.items()
    ]
    return event.hstack(own_lines.select("units", "amount")).hstack(named).select(LINE_COLUMNS)
