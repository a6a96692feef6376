"""The polars job's sources: what can cover an owner's usage, and on which days."""

import polars as pl

from doisoat.benchmarks.polars_events import find_handovers
from doisoat.benchmarks.polars_words import NOTHING, col, lit, when
from doisoat.benchmarks.task import Task
from doisoat.benchmarks.words import ALL_HOURS, DATA, MS_PER_HOUR, PACK, SHARE_DENOMINATOR, SMS
from doisoat.tariffs.compile.program import Vocabulary
from doisoat.tariffs.models.quantity import MS_PER_DAY


def _bought(
    task: Task,
    tables: dict[str, pl.DataFrame],
    words: Vocabulary,
    person: pl.DataFrame,
    open_packs: pl.DataFrame,
    handover: pl.DataFrame,
    trigger: pl.DataFrame,
) -> pl.DataFrame:
    """A row a purchase, or an open pack of the carriers' list; see bought.sql."""
    pack = tables["pack"]
    columns = [c for c in pack.columns if c not in ("from_ms", "until_ms", "carrier")]
    sold = (
        trigger.filter((col("kind") == PACK) & (col("units") > 0))
        .select("o", "ord", "mask", "carrier", "start_ms", "pack")
        .join(pack.rename({"carrier": "sold_by"}), on="pack")
        .filter(
            col("start_ms").is_between(col("from_ms"), col("until_ms"), "left")
            & ((col("sold_by") < 0) | (col("sold_by") == col("carrier")))
        )
        .select(
            "o",
            "ord",
            "mask",
            *columns,
            bought_ms="start_ms",
            rest=lit(None, pl.String),
        )
    )
    names = pl.DataFrame(
        {"name": words.packs, "pack": range(len(words.packs))}, schema_overrides={"pack": pl.Int64}
    )
    owners = person.select("o", "owner_hi", "owner_lo").unique()
    listed = (
        open_packs.join(owners, on=["owner_hi", "owner_lo"])
        .join(names.rename({"pack": "at"}), left_on="pack", right_on="name")
        .with_columns(pack=col("at"), rest=col("left"))
        .join(pack.drop("from_ms", "until_ms", "carrier"), on="pack")
        .select(
            "o",
            lit(0, pl.Int64).alias("ord"),
            lit(0, pl.Int64).alias("mask"),
            *columns,
            "bought_ms",
            "rest",
        )
    )
    moment = pl.from_epoch("bought_ms", "ms")
    month_after = moment.dt.truncate("1mo").dt.offset_by("1mo").dt.epoch("ms")
    begin, _ = task.period
    rows = (
        pl.concat([sold, listed])
        .with_columns(
            expiry_ms=when(col("hours") > 0)
            .then(col("bought_ms") + col("hours") * MS_PER_HOUR)
            .when(col("days") > 0)
            .then(col("bought_ms") + col("days") * MS_PER_DAY)
            .when(col("calendar_days") > 0)
            .then((col("bought_ms") // MS_PER_DAY + col("calendar_days")) * MS_PER_DAY)
            .otherwise(month_after),
            quota_days=when(col("hours") > 0)
            .then((col("hours") + 23) // 24)
            .when(col("days") > 0)
            .then(col("days"))
            .when(col("calendar_days") > 0)
            .then(col("calendar_days"))
            .otherwise((moment.dt.month_end().dt.day()).cast(pl.Int64)),
            from_ms=col("bought_ms") // 1000 * 1000,
        )
        .with_row_index("id")
    )
    return _cut(rows, handover, "bought_ms", "id").filter(col("until_ms") > begin)


def _cut(rows: pl.DataFrame, handover: pl.DataFrame, since: str, key: str) -> pl.DataFrame:
    """until_ms: expiry_ms, or the first handover after `since`."""
    ends = (
        rows.select("o", key, since)
        .join(handover, on="o")
        .filter(col("handed_ms") > col(since))
        .group_by(key)
        .agg(col("handed_ms").min())
    )
    return (
        rows.join(ends, on=key, how="left")
        .with_columns(until_ms=pl.min_horizontal("expiry_ms", "handed_ms"))
        .drop("handed_ms")
    )


def _bonus_of(
    tables: dict[str, pl.DataFrame], person: pl.DataFrame, bought: pl.DataFrame
) -> pl.DataFrame:
    """The M2 entry that a purchase's bonus comes from, and since when; see bonus_of.sql."""
    bonus = tables["bonus"].rename({"from_ms": "m_from", "until_ms": "m_until"})
    both = bought.select("id", "o", "ord", "mask", "bought_ms", "from_ms", "until_ms").join(
        bonus, how="cross"
    )
    fresh = both.filter(
        (col("ord") > 0)
        & ((col("mask") & col("bit")) != 0)
        & col("bought_ms").is_between(col("m_from"), col("m_until"), "left")
    ).select("id", "share", more_from_ms="from_ms")
    used = (
        both.filter(
            (col("in_use") == 1)
            & (col("bought_ms") < col("m_from"))
            & (col("until_ms") > col("m_from"))
        )
        .join(person.select("o", p_from="from_ms", p_until="until_ms", p_mask="mask"), on="o")
        .filter(
            col("m_from").is_between(col("p_from"), col("p_until"), "left")
            & ((col("p_mask") & col("bit")) != 0)
        )
        .select("id", "share", more_from_ms="m_from")
    )
    return pl.concat([fresh, used])


def _grants(
    task: Task,
    tables: dict[str, pl.DataFrame],
    person: pl.DataFrame,
    handover: pl.DataFrame,
    trigger: pl.DataFrame,
) -> pl.DataFrame:
    """A row an owner and entry of a grant that begins in the period; see unit.sql."""
    begin, finish = task.period
    grant = tables["grant"].rename({"from_ms": "g_from", "until_ms": "g_until"})
    order = tables["order"].rename({"from_ms": "r_from", "until_ms": "r_until"})
    columns = ("o", "bit", "first", "destinations", "amount", "lasts_ms", "at_ms")
    begun = (
        person.join(grant.filter(col("opt_in") < 0), how="cross")
        .filter((col("mask") & col("bit")) != 0)
        .join(order, on=["bit", "locality"])
        .with_columns(
            at_ms=pl.max_horizontal("from_ms", "g_from", "r_from"),
            end_ms=pl.min_horizontal("until_ms", "g_until", "r_until"),
        )
        .filter(col("at_ms") < col("end_ms"))
        .select(columns)
    )
    requested = (
        trigger.filter((col("kind") == SMS) & (col("units") > 0))
        .select("o", "start_ms", "locality", "mask", opt_in="destination")
        .join(grant, on="opt_in")
        .filter(
            ((col("mask") & col("bit")) != 0)
            & col("start_ms").is_between(col("g_from"), col("g_until"), "left")
        )
        .join(order, on=["bit", "locality"])
        .filter(col("start_ms").is_between(col("r_from"), col("r_until"), "left"))
        .with_columns(at_ms=col("start_ms"))
        .select(columns)
    )
    rows = (
        pl.concat([begun, requested])
        .filter(col("at_ms").is_between(begin, finish, "left"))
        .group_by(columns[:-1])
        .agg(col("at_ms").min())
        .with_columns(expiry_ms=col("at_ms") + col("lasts_ms"))
        .with_row_index("id")
    )
    return _cut(rows, handover, "at_ms", "id")


UNIT = (
    "o",
    "kind",
    "destinations",
    "in_hours",
    "raw",
    "class",
    "rank",
    "expiry_ms",
    "bought_ms",
    "pack",
    "ord",
    "step",
    "from_ms",
    "until_ms",
    "own",
    "more",
    "more_from_ms",
    "price",
    "own_units",
    "stop",
    "overage",
    "over_numerator",
    "over_denominator",
)


def find_units(
    task: Task,
    tables: dict[str, pl.DataFrame],
    words: Vocabulary,
    person: pl.DataFrame,
    open_packs: pl.DataFrame,
    trigger: pl.DataFrame,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What can cover usage, and the days it touches; see unit.sql, layer.sql, slot.sql."""
    begin, finish = task.period
    handed = find_handovers(task, person)
    bought = _bought(task, tables, words, person, open_packs, handed, trigger)
    volumes = (
        bought.drop("hours")
        .join(tables["volume"].rename({"hours": "in_hours"}), on="pack")
        .join(_bonus_of(tables, person, bought), on="id", how="left")
        .with_columns(
            own_units=col("own") + col("own_daily") * col("quota_days"),
            bonus=when((col("kind") == DATA) & col("share").is_not_null())
            .then(col("units") * col("share") // SHARE_DENOMINATOR)
            .otherwise(0),
            capacity=when(col("rest").is_null() | (col("daily") == 1))
            .then(col("units"))
            .otherwise(
                col("rest").str.split(";").list.get(col("place"), null_on_oob=True).cast(pl.Int64)
            ),
        )
    )
    parted = pl.concat(
        [
            volumes.with_columns(
                own=col("capacity"),
                more=when(col("alike") == 1).then(col("bonus")).otherwise(0),
                step=col("place"),
            ),
            volumes.filter((col("alike") > 1) & (col("bonus") > 0)).with_columns(
                own=lit(0, pl.Int64), more=col("bonus"), step=1000 + col("place")
            ),
        ]
    )
    first_day = pl.max_horizontal("from_ms", lit(begin)) // MS_PER_DAY
    last_day = (pl.min_horizontal("until_ms", lit(finish)) - 1) // MS_PER_DAY
    quotas = (
        parted.filter(col("daily") == 1)
        .with_columns(day=pl.int_ranges(first_day, last_day + 1))
        .explode("day")
        .with_columns(
            from_ms=pl.max_horizontal("from_ms", col("day") * MS_PER_DAY),
            until_ms=pl.min_horizontal("until_ms", (col("day") + 1) * MS_PER_DAY),
        )
        .drop("day")
    )
    of_packs = pl.concat([parted.filter(col("daily") == 0), quotas]).select(
        "o",
        "kind",
        "destinations",
        "in_hours",
        "raw",
        lit(1, pl.Int64).alias("class"),
        "rank",
        "expiry_ms",
        "bought_ms",
        "pack",
        "ord",
        "step",
        "from_ms",
        "until_ms",
        "own",
        "more",
        col("more_from_ms").fill_null(col("until_ms")),
        "price",
        "own_units",
        when(col("kind") == DATA).then(col("stop")).otherwise(0).alias("stop"),
        when(col("kind") == DATA).then(col("overage")).otherwise(0).alias("overage"),
        col("numerator").alias("over_numerator"),
        col("denominator").alias("over_denominator"),
    )
    granted = _grants(task, tables, person, handed, trigger)
    first = col("first") == 1
    from_ms = when(first).then(col("at_ms")).otherwise(col("at_ms") // 1000 * 1000)
    of_grants = granted.select(
        "o",
        NOTHING.alias("kind"),
        "destinations",
        lit(ALL_HOURS, pl.Int64).alias("in_hours"),
        NOTHING.alias("raw"),
        when(first).then(lit(0, pl.Int64)).otherwise(2).alias("class"),
        NOTHING.alias("rank"),
        "expiry_ms",
        col("at_ms").alias("bought_ms"),
        NOTHING.alias("pack"),
        NOTHING.alias("ord"),
        NOTHING.alias("step"),
        from_ms.alias("from_ms"),
        "until_ms",
        NOTHING.alias("own"),
        col("amount").alias("more"),
        from_ms.alias("more_from_ms"),
        NOTHING.alias("price"),
        lit(1, pl.Int64).alias("own_units"),
        NOTHING.alias("stop"),
        NOTHING.alias("overage"),
        NOTHING.alias("over_numerator"),
        lit(1, pl.Int64).alias("over_denominator"),
    )
    unit = (
        pl.concat([of_packs, of_grants])
        .filter((col("until_ms") > col("from_ms")) & (col("from_ms") < finish))
        .sort(
            "o", "kind", "class", "rank", "expiry_ms", "bought_ms", "pack", "ord", "step", "from_ms"
        )
        .with_row_index("unit")
    )
    unit = unit.join(_layers(unit), on="unit", how="left").with_columns(
        col("layer").fill_null(1).cast(pl.Int8)
    )
    slot = (
        unit.with_columns(at=pl.int_ranges(first_day, last_day + 1))
        .explode("at")
        .select(
            (col("o") * 128 + col("kind") * 32 + col("at") - begin // MS_PER_DAY)
            .cast(pl.Int32)
            .alias("key"),
            "unit",
            "layer",
            "from_ms",
            "until_ms",
            "destinations",
            "in_hours",
            col("raw").alias("is_raw") == 1,
        )
    )
    return unit, slot


def _layers(unit: pl.DataFrame) -> pl.DataFrame:
    """Sources past the first layer: those that hold at one time stand apart; see layer.sql."""
    span = unit.select("o", "kind", "unit", "from_ms", "until_ms")
    over = (
        span.join(span, on=["o", "kind"], suffix="_b")
        .filter(
            (col("unit_b") > col("unit"))
            & (col("from_ms") < col("until_ms_b"))
            & (col("from_ms_b") < col("until_ms"))
        )
        .select(a="unit", b="unit_b")
    )
    layer = pl.DataFrame(schema={"unit": pl.UInt32, "layer": pl.Int64})
    while True:
        higher = (
            over.join(layer, left_on="a", right_on="unit", how="left")
            .group_by(unit="b")
            .agg(layer=col("layer").fill_null(1).max() + 1)
            .sort("unit")
        )
        if higher.equals(layer):
            return layer
        layer = higher
