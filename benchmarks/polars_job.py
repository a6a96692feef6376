"""The job by polars: the algorithm of duckdb_sql/ in lazy frames, with what polars does better.

Events are kept in one frame in the store's order; running sums of a source are differences of one
running sum over the frame, because a source's events follow each other there once it is sorted.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from pathlib import Path
from typing import Any

import polars as pl

from doisoat.benchmarks.job import THREADS, Task, Totals, canonical
from doisoat.benchmarks.relations import HOURS, must, relations
from doisoat.engine.bucket import SHARD_SHIFT
from doisoat.engine.home import SHARDS
from doisoat.tariffs.compile import FOREVER
from doisoat.tariffs.quantity import MS_PER_DAY

MS_PER_HOUR = MS_PER_DAY // 24
SHARE_DENOMINATOR = 10**8
ALL_HOURS = (1 << HOURS) - 1
VOICE, SMS, DATA, PACK, FEE = range(5)
col, lit, when = pl.col, pl.lit, pl.when


def half_up(numerator: pl.Expr, denominator: pl.Expr) -> pl.Expr:
    return (2 * numerator + denominator) // (2 * denominator)


def billed(units: pl.Expr) -> pl.Expr:
    first, block = col("first"), col("block")
    return (
        when(units <= 0)
        .then(0)
        .when(units <= first)
        .then(first)
        .otherwise(first + (units - first + block - 1) // block * block)
    )


def bit(mask: pl.Expr, place: pl.Expr) -> pl.Expr:
    """Is a bit of a mask set? (polars has no shift.)"""
    return (mask // lit(2).pow(place).cast(pl.Int64)) % 2 == 1


class Stages:
    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.last = time.perf_counter()

    def done(self, name: str) -> None:
        now = time.perf_counter()
        self.seconds[name] = self.seconds.get(name, 0.0) + now - self.last
        self.last = now


def run(task: Task) -> Totals:
    stages = Stages()
    program, given = relations(task)
    words = program.vocabulary
    stages.done("relations")
    everybody, port, listed = (
        _person(task, given),
        _port(task, given),
        _read(task, "pack").collect(),
    )
    stages.done("master")
    counts = [pl.scan_parquet(path).select(pl.len()).collect().item() for path in task.buckets]

    def work(path: Path, before: int) -> tuple[list[pl.DataFrame], list[pl.DataFrame]]:
        bucket = int(path.stem.partition("=")[2])
        person = everybody.filter(col("bucket") == bucket)
        event = _events(task, path, before, given, words.destinations, person, port)
        unit, slot = _units(task, given, words, person, listed, event)
        drawn, crowded = _drawn(event, unit, slot, task)
        parts = (
            _plain(given, event),
            _single(drawn, unit, crowded),
            _several(drawn, unit, crowded),
        )
        return [frame for part in parts for frame in part[0]], [
            frame for part in parts for frame in part[1]
        ]

    with ThreadPoolExecutor(THREADS) as pool:
        done = list(pool.map(work, task.buckets, accumulate(counts, initial=0)))
    totals = [frame for part in done for frame in part[0]]
    relief = [frame for part in done for frame in part[1]]
    stages.done("buckets")
    total = (
        pl.concat(totals, how="diagonal")
        .group_by("carrier", "day")
        .agg(
            col("events", "units", "billed", "bundled", "list_value", "payable").sum(),
            col("list_sum", "payable_sum").cast(pl.Int128).sum(),
        )
        .sort("carrier", "day")
    )
    lines = (
        pl.concat(relief)
        .group_by("carrier", "day", "measure", "nature")
        .agg(col("events", "units", "amount").sum())
        .filter(col("events") > 0)
    )
    answer = canonical(
        [
            (
                words.carriers[r["carrier"]],
                r["day"],
                r["events"],
                r["units"],
                r["billed"],
                r["bundled"],
                r["list_value"],
                r["list_value"] - r["payable"],
                r["payable"],
            )
            for r in total.iter_rows(named=True)
        ],
        [
            (words.carriers[row[0]], *row[1:])
            for row in lines.select(
                "carrier", "day", "measure", "nature", "events", "units", "amount"
            ).iter_rows()
        ],
        int(sum(total["list_sum"].to_list())),
        int(sum(total["payable_sum"].to_list())),
        stages.seconds,
    )
    stages.done("totals")
    return answer


def _read(task: Task, name: str) -> pl.LazyFrame:
    return pl.scan_parquet(task.master_files(name))


def _person(task: Task, given: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """A row a subscription, its owner numbered in the store's order; see person.sql."""
    none = given["segment"].filter(col("name") == "")["mask"].item()

    def named(name: str, *more: str) -> pl.LazyFrame:
        return (
            given[name]
            .lazy()
            .rename({"mask": f"{name}_mask"} if "mask" in given[name].columns else {})
        )

    return (
        _read(task, "subscription")
        .join(named("carrier"), left_on="carrier", right_on="name", how="left", suffix="_at")
        .join(named("plan"), left_on="plan", right_on="name", how="left", suffix="_at")
        .join(named("segment"), left_on="segment", right_on="name", how="left")
        .join(named("payment"), left_on="payment", right_on="name", how="left")
        .join(named("locality"), left_on="home_locality", right_on="name", how="left")
        .select(
            "owner_hi",
            "owner_lo",
            "from_ms",
            col("until_ms").fill_null(FOREVER),
            carrier=col("carrier_at").fill_null(0).cast(pl.Int64),
            plan=col("plan_at").cast(pl.Int64),
            locality=col("locality").fill_null(0),
            mask=when(col("plan_at").is_null())
            .then(0)
            .otherwise(
                col("carrier_mask")
                & col("plan_mask")
                & col("payment_mask")
                & col("segment_mask").fill_null(none)
            ),
        )
        .sort("owner_hi", "owner_lo", "from_ms")
        .with_columns(
            o=pl.struct("owner_hi", "owner_lo").rle_id().cast(pl.Int64) + 1,
            bucket=col("owner_hi") // (1 << SHARD_SHIFT) * task.home.buckets // SHARDS,
        )
        .collect()
    )


def _port(task: Task, given: dict[str, pl.DataFrame]) -> list[pl.DataFrame]:
    """Numbers that left their network: a frame of the first port of each, then of the second."""
    port = (
        _read(task, "port")
        .join(given["carrier"].lazy(), left_on="carrier", right_on="name", how="left", suffix="_at")
        .select(
            "number_hi",
            "number_lo",
            col("from_ms").alias("port_from"),
            port_until=col("until_ms").fill_null(FOREVER),
            port_carrier=col("carrier_at").fill_null(0),
        )
        .collect()
    )
    turn = pl.int_range(pl.len()).over("number_hi", "number_lo", order_by="port_from")
    port = port.with_columns(turn=turn)
    turns = [part.drop("turn") for part in port.partition_by("turn", maintain_order=True)]
    must(
        all(part["number_lo"].is_unique().all() for part in turns),
        "two numbers with one half digest",
    )
    return turns


def _handover(task: Task, person: pl.DataFrame) -> pl.DataFrame:
    begin, finish = task.period
    before = col("carrier").shift(1).over("o", order_by="from_ms")
    return person.filter(
        (before.is_not_null() & (before != col("carrier")))
        & col("from_ms").is_between(begin, finish, "left")
    ).select("o", handed_ms="from_ms")


def _events(
    task: Task,
    path: Path,
    before: int,
    given: dict[str, pl.DataFrame],
    classes: tuple[str, ...],
    person: pl.DataFrame,
    ports: list[pl.DataFrame],
) -> pl.DataFrame:
    """A bucket's rated events; `before`: how many the store holds before it. See event.sql."""
    begin, finish = task.period
    on_net, off_net, named = (classes.index(name) for name in ("on_net", "off_net", "zero_rated"))
    stored = (
        pl.scan_parquet(path, row_index_name="ord", row_index_offset=before + 1)
        .select(
            "ord",
            "owner_hi",
            "owner_lo",
            "start_ms",
            "trait",
            "units",
            "counterparty_hi",
            "counterparty_lo",
            "session_hi",
            "session_lo",
            "partial",
        )
        .filter(col("start_ms").is_between(begin, finish, "left"))
    )
    parted = (col("partial") > 0) & ((col("session_hi") != 0) | (col("session_lo") != 0))
    session = ("owner_hi", "owner_lo", "session_hi", "session_lo")
    whole = stored.filter(~parted).with_columns(
        raw_before=lit(0, pl.Int64), tariff_ms=col("start_ms")
    )
    parts = (
        stored.filter(parted)
        .collect()
        .sort("ord")
        .with_columns(
            raw_before=col("units").cum_sum().over(session) - col("units"),
            tariff_ms=col("start_ms").first().over(session),
        )
    )
    used = pl.concat([whole, parts.lazy()]).drop("session_hi", "session_lo", "partial")
    trait = (
        given["trait"]
        .lazy()
        .with_columns(
            col("trait").cast(pl.UInt32), col("kind", "carrier", "destination", "network", "pack")
        )
    )
    zero = given["zero"].row(0, named=True)
    lets = given["destination"].filter(col("destination") == named)["mask"].item() & zero["bits"]
    is_named = (col("span_zero") == 1) & col("start_ms").is_between(
        col("span_from"), col("span_until"), "left"
    )
    known = (
        used.join(trait, on="trait")
        .join(
            person.lazy().select(
                "owner_lo",
                "o",
                "plan",
                person_hi="owner_hi",
                person_carrier="carrier",
                person_from="from_ms",
                person_until="until_ms",
                person_mask="mask",
                locality="locality",
            ),
            on="owner_lo",
        )
        .filter(
            (col("owner_hi") == col("person_hi"))
            & (col("carrier") == col("person_carrier"))
            & col("start_ms").is_between(col("person_from"), col("person_until"), "left")
        )
    )
    ported = known
    for port in ports:
        ported = (
            ported.join(port.lazy(), left_on="counterparty_lo", right_on="number_lo", how="left")
            .with_columns(
                destination=when(
                    (col("network") >= 0)
                    & (col("number_hi") == col("counterparty_hi"))
                    & col("start_ms").is_between(col("port_from"), col("port_until"), "left")
                )
                .then(when(col("port_carrier") == col("carrier")).then(on_net).otherwise(off_net))
                .otherwise(col("destination"))
            )
            .drop("number_hi", "port_from", "port_until", "port_carrier")
        )
    raw_after = col("raw_before") + col("units")
    hour = col("tariff_ms") % MS_PER_DAY // MS_PER_HOUR
    return (
        ported.with_columns(
            destination=when(is_named).then(named).otherwise(col("destination")).cast(pl.Int64),
            is_free=is_named
            & ((col("person_mask") & col("mask") & col("span_mask") & lets) != 0)
            & col("start_ms").is_between(zero["from_ms"], zero["until_ms"], "left"),
            begun=billed(col("raw_before")),
            ended=billed(raw_after),
        )
        .with_columns(
            key=when(col("kind") < PACK)
            .then(
                ((col("plan") * 3 + col("kind")) * len(classes) + col("destination")) * HOURS + hour
            )
            .otherwise(-1)
        )
        .join(given["price"].lazy(), on="key", how="left")
        .filter((col("kind") >= PACK) | col("numerator").is_not_null())
        .select(
            col("ord").cast(pl.Int64),
            "start_ms",
            col("kind").cast(pl.Int8),
            col("carrier").cast(pl.Int8),
            (col("start_ms") // MS_PER_DAY).cast(pl.Int16).alias("day"),
            "units",
            (col("ended") - col("begun")).alias("billed"),
            pl.max_horizontal(raw_after - col("begun"), 0).alias("raw"),
            col("numerator").cast(pl.Int32),
            col("denominator").cast(pl.Int32),
            col("pack").cast(pl.Int16),
            col("plan").cast(pl.Int16),
            col("destination").cast(pl.Int8),
            col("class_bit").cast(pl.Int32),
            "is_free",
            col("o").cast(pl.Int32),
            col("locality").cast(pl.Int16),
            mask=col("person_mask"),
            scope=(col("person_mask") & col("mask")).cast(pl.Int32),
        )
        .collect()
    )


def _bought(
    task: Task,
    given: dict[str, pl.DataFrame],
    words: Any,
    person: pl.DataFrame,
    open_packs: pl.DataFrame,
    handover: pl.DataFrame,
    event: pl.DataFrame,
) -> pl.DataFrame:
    """A row a purchase, or an open pack of the carriers' list; see bought.sql."""
    pack = given["pack"]
    columns = [c for c in pack.columns if c not in ("from_ms", "until_ms", "carrier")]
    sold = (
        event.filter((col("kind") == PACK) & (col("units") > 0))
        .select("o", "ord", "mask", "carrier", "start_ms", col("pack").cast(pl.Int64))
        .join(pack.rename({"carrier": "sold_by"}), on="pack")
        .filter(
            col("start_ms").is_between(col("from_ms"), col("until_ms"), "left")
            & ((col("sold_by") < 0) | (col("sold_by") == col("carrier")))
        )
        .select(
            col("o").cast(pl.Int64),
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
    given: dict[str, pl.DataFrame], person: pl.DataFrame, bought: pl.DataFrame
) -> pl.DataFrame:
    bonus = given["bonus"].rename({"from_ms": "m_from", "until_ms": "m_until"})
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
    given: dict[str, pl.DataFrame],
    person: pl.DataFrame,
    handover: pl.DataFrame,
    event: pl.DataFrame,
) -> pl.DataFrame:
    begin, finish = task.period
    grant = given["grant"].rename({"from_ms": "g_from", "until_ms": "g_until"})
    order = given["order"].rename({"from_ms": "r_from", "until_ms": "r_until"})
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
    asked = (
        event.filter(
            (col("kind") == SMS)
            & col("destination").is_in(grant["opt_in"].implode())
            & (col("units") > 0)
        )
        .select(
            col("o").cast(pl.Int64),
            "start_ms",
            col("locality").cast(pl.Int64),
            "mask",
            opt_in=col("destination").cast(pl.Int64),
        )
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
        pl.concat([begun, asked])
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


def _units(
    task: Task,
    given: dict[str, pl.DataFrame],
    words: Any,
    person: pl.DataFrame,
    open_packs: pl.DataFrame,
    event: pl.DataFrame,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What can cover usage, and the days it touches; see unit.sql, layer.sql, slot.sql."""
    begin, finish = task.period
    handover = _handover(task, person)
    bought = _bought(task, given, words, person, open_packs, handover, event)
    volumes = (
        bought.drop("volumes", "data_volumes", "hours")
        .join(given["volume"].rename({"hours": "in_hours"}), on="pack")
        .join(_bonus_of(given, person, bought), on="id", how="left")
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
    granted = _grants(task, given, person, handover, event)
    first = col("first") == 1
    nothing = lit(0, pl.Int64)
    from_ms = when(first).then(col("at_ms")).otherwise(col("at_ms") // 1000 * 1000)
    of_grants = granted.select(
        "o",
        nothing.alias("kind"),
        "destinations",
        lit(ALL_HOURS, pl.Int64).alias("in_hours"),
        nothing.alias("raw"),
        when(first).then(lit(0, pl.Int64)).otherwise(2).alias("class"),
        nothing.alias("rank"),
        "expiry_ms",
        col("at_ms").alias("bought_ms"),
        nothing.alias("pack"),
        nothing.alias("ord"),
        nothing.alias("step"),
        from_ms.alias("from_ms"),
        "until_ms",
        nothing.alias("own"),
        col("amount").alias("more"),
        from_ms.alias("more_from_ms"),
        nothing.alias("price"),
        lit(1, pl.Int64).alias("own_units"),
        nothing.alias("stop"),
        nothing.alias("overage"),
        nothing.alias("over_numerator"),
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


def _plain(
    given: dict[str, pl.DataFrame], event: pl.DataFrame
) -> tuple[list[pl.DataFrame], list[pl.DataFrame]]:
    """Totals of all usage as if nothing but zero-rating covered it, and of fees and packs."""
    ordinal = col("ord")
    price = half_up(
        col("billed") * col("numerator").cast(pl.Int64), col("denominator").cast(pl.Int64)
    )
    usage = (
        event.lazy()
        .filter(col("kind") < PACK)
        .select(
            "ord", "carrier", "day", "units", "billed", "is_free", "numerator", list_value=price
        )
        .with_columns(payable=when("is_free").then(0).otherwise(col("list_value")))
        .group_by("carrier", "day")
        .agg(
            events=pl.len().cast(pl.Int64),
            units=col("units").sum(),
            billed=col("billed").sum(),
            list_value=col("list_value").sum(),
            payable=col("payable").sum(),
            list_sum=(ordinal * col("list_value")).sum(),
            payable_sum=(ordinal * col("payable")).sum(),
            free_events=(col("is_free") & (col("billed") > 0) & (col("numerator") > 0))
            .sum()
            .cast(pl.Int64),
            free_units=when(col("is_free") & (col("numerator") > 0))
            .then(col("billed"))
            .otherwise(0)
            .sum(),
            free_amount=when("is_free").then(col("list_value")).otherwise(0).sum(),
        )
        .collect()
    )
    cut = given["cut"].row(0, named=True)
    packs = (
        event.lazy()
        .filter(col("kind") == PACK)
        .with_columns(col("pack").cast(pl.Int64))
        .join(given["pack"].lazy().rename({"carrier": "sold_by"}), on="pack")
        .filter(
            col("start_ms").is_between(col("from_ms"), col("until_ms"), "left")
            & ((col("sold_by") < 0) | (col("sold_by") == col("carrier")))
        )
        .with_columns(list_value=when(col("units") > 0).then(col("price")).otherwise(0))
        .with_columns(
            payable=when(
                ((col("scope") & cut["bit"]) != 0)
                & (col("new_price") >= 0)
                & col("start_ms").is_between(cut["from_ms"], cut["until_ms"], "left")
            )
            .then(pl.min_horizontal("list_value", "new_price"))
            .otherwise(col("list_value"))
        )
    )
    fees = (
        event.lazy()
        .filter(col("kind") == FEE)
        .with_columns(col("plan").cast(pl.Int64))
        .join(given["fee"].lazy(), on="plan")
        .filter(col("start_ms").is_between(col("from_ms"), col("until_ms"), "left"))
        .with_columns(list_value=when(col("units") > 0).then(col("amount")).otherwise(0))
        .with_columns(payable=col("list_value"))
    )
    others = (
        pl.concat(
            [
                frame.select("ord", "carrier", "day", "units", "list_value", "payable")
                for frame in (packs, fees)
            ]
        )
        .group_by("carrier", "day")
        .agg(
            events=pl.len().cast(pl.Int64),
            units=col("units").sum(),
            billed=col("units").sum(),
            list_value=col("list_value").sum(),
            payable=col("payable").sum(),
            list_sum=(ordinal * col("list_value")).sum(),
            payable_sum=(ordinal * col("payable")).sum(),
            cut_events=(col("payable") < col("list_value")).sum().cast(pl.Int64),
            cut_amount=(col("list_value") - col("payable")).sum(),
        )
        .collect()
    )
    relief = [
        usage.select(
            "carrier",
            "day",
            measure=lit("M3"),
            nature=lit("discount"),
            events="free_events",
            units="free_units",
            amount="free_amount",
        ),
        others.select(
            "carrier",
            "day",
            measure=lit("M4"),
            nature=lit("discount"),
            events="cut_events",
            units="cut_events",
            amount="cut_amount",
        ),
    ]
    totals = [
        frame.select(
            "carrier",
            "day",
            "events",
            "units",
            "billed",
            lit(0, pl.Int64).alias("bundled"),
            "list_value",
            "payable",
            "list_sum",
            "payable_sum",
        )
        for frame in (usage, others)
    ]
    return totals, relief


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


def _drawn(
    event: pl.DataFrame, unit: pl.DataFrame, slot: pl.DataFrame, task: Task
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A row an event and source that may cover it; and the events that have several."""
    first_day = task.period[0] // MS_PER_DAY
    hour = col("start_ms") % MS_PER_DAY // MS_PER_HOUR
    pairs = (
        event.lazy()
        .filter((col("kind") < PACK) & (col("numerator") > 0) & (col("billed") > 0))
        .select(
            "ord",
            "start_ms",
            "kind",
            "carrier",
            "day",
            "units",
            "billed",
            "raw",
            "numerator",
            "denominator",
            "is_free",
            "class_bit",
            key=col("o") * 128
            + col("kind").cast(pl.Int32) * 32
            + col("day").cast(pl.Int32)
            - first_day,
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
            "carrier",
            "day",
            "units",
            "billed",
            "raw",
            "numerator",
            "denominator",
            "is_free",
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
    rests = ~col("is_open") | col("is_free")
    layer = (
        pairs.filter(col("layer") == 1)
        .with_columns(
            demand=when(rests).then(0).when("is_raw").then(col("raw")).otherwise(col("billed")),
            tail=when("is_raw").then(col("billed") - col("raw")).otherwise(0),
        )
        .sort("unit", "ord")
    )
    found = [_before(layer)]
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
        crowded = _advance(crowded, found[-1])
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
        found.append(_before(layer))
    return pl.concat(found), crowded.select("ord")


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


def _spare_value() -> pl.Expr:
    return (
        when(col("spare") == 0)
        .then(0)
        .when(col("is_free") | (col("class") != 1))
        .then(half_up(col("spare") * col("n"), col("dn")))
        .otherwise(half_up(col("spare") * col("price"), col("own_units")))
    )


def _single(
    drawn: pl.DataFrame, unit: pl.DataFrame, crowded: pl.DataFrame
) -> tuple[list[pl.DataFrame], list[pl.DataFrame]]:
    """Events with one source, as differences from what `_plain` counted; see single.sql."""
    over = col("overage") == 1
    priced = (
        drawn.lazy()
        .join(crowded.lazy(), on="ord", how="anti")
        .join(unit.lazy().select(SOURCE), on="unit")
        .with_columns(
            col("numerator", "denominator").cast(pl.Int64),
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
            plain=half_up(col("billed") * col("numerator"), col("denominator")),
            kind_value=_spare_value(),
        )
        .group_by("carrier", "day", "is_free", "class")
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
            free=col("is_free").sum().cast(pl.Int64),
            free_units=when("is_free").then(col("billed")).otherwise(0).sum(),
        )
        .collect()
    )
    measure = (
        when("is_free").then(lit("M3")).when(col("class") == 1).then(lit("M2")).otherwise(lit("M6"))
    )
    nothing = lit(0, pl.Int64)
    total = priced.select(
        "carrier",
        "day",
        nothing.alias("events"),
        nothing.alias("units"),
        nothing.alias("billed"),
        "bundled",
        "list_value",
        "payable",
        "list_sum",
        "payable_sum",
    )
    relief = [
        priced.select(
            "carrier",
            "day",
            measure=measure,
            nature=lit("discount"),
            events=col("discounts") - col("free"),
            units=col("lowered") - col("free_units"),
            amount=col("amount") - col("plain"),
        ),
        priced.select(
            "carrier",
            "day",
            measure=measure,
            nature=lit("in_kind"),
            events="kinds",
            units="spare",
            amount="kind_value",
        ),
    ]
    return [total], relief


def _several(
    drawn: pl.DataFrame, unit: pl.DataFrame, crowded: pl.DataFrame
) -> tuple[list[pl.DataFrame], list[pl.DataFrame]]:
    """Events with several sources: each link of the chain a fold over them; see several.sql."""
    rows = (
        drawn.join(crowded, on="ord", how="semi")
        .join(unit.select(SOURCE), on="unit")
        .sort("ord", "unit")
    )
    over = col("overage") == 1
    bundle = pl.min_horizontal("demand", "own_left")
    whole = rows.group_by("ord", maintain_order=True).agg(
        col("carrier", "day", "units", "billed", "is_free", "numerator", "denominator").first(),
        raw_open=when(col("kind") == DATA).then(col("raw")).otherwise(col("billed")).first(),
        tail_open=when(col("kind") == DATA).then(col("billed") - col("raw")).otherwise(0).first(),
        refused=(col("stop").max() == 1) & (col("overage").max() == 0),
        n=pl.coalesce(
            col("over_numerator").filter(over).first(), col("numerator").first().cast(pl.Int64)
        ),
        dn=pl.coalesce(
            col("over_denominator").filter(over).first(), col("denominator").first().cast(pl.Int64)
        ),
        bundled=(
            bundle
            + when((col("demand") > 0) & (col("own_left") >= col("demand")))
            .then(col("tail"))
            .otherwise(0)
        ).sum(),
        raw=col("is_raw"),
        own=col("own_left"),
        more=col("more_left"),
        sources=pl.len().cast(pl.Int64),
    )
    links = (
        whole.with_columns(k=pl.int_ranges(0, col("sources") + 1))
        .explode("k")
        .with_columns(r=col("raw_open"), t=col("tail_open"))
    )
    for place in range(whole.select(col("sources").max()).item() or 0):
        cap = (
            col("own").list.get(place, null_on_oob=True)
            + when(col("k") > place)
            .then(col("more").list.get(place, null_on_oob=True))
            .otherwise(0)
        ).fill_null(0)
        below = pl.min_horizontal(col("r"), cap)
        raw = col("raw").list.get(place, null_on_oob=True).fill_null(False)
        links = links.with_columns(
            r=col("r") - below,
            t=when(raw)
            .then(when((col("r") > 0) & (col("r") <= cap)).then(0).otherwise(col("t")))
            .otherwise(col("t") - pl.min_horizontal(col("t"), cap - below)),
        )
    chain = links.with_columns(
        uncovered=when("refused").then(0).otherwise(col("r") + col("t"))
    ).with_columns(charge=half_up(col("uncovered") * col("n"), col("dn")))
    first = chain.filter(col("k") == 0)
    last = chain.filter(col("k") == col("sources"))
    plain = half_up(
        col("billed") * col("numerator").cast(pl.Int64), col("denominator").cast(pl.Int64)
    )
    free_plain = when("is_free").then(0).otherwise(plain)
    nothing = lit(0, pl.Int64)
    outcome = first.select(
        "ord",
        "carrier",
        "day",
        "bundled",
        list_value=col("charge") - plain,
        free_plain=free_plain,
        is_free="is_free",
    ).join(last.select("ord", payable=when("is_free").then(0).otherwise(col("charge"))), on="ord")
    total = (
        outcome.with_columns(payable=col("payable") - col("free_plain"))
        .group_by("carrier", "day")
        .agg(
            nothing.first().alias("events"),
            nothing.first().alias("units"),
            nothing.first().alias("billed"),
            col("bundled").sum(),
            col("list_value").sum(),
            col("payable").sum(),
            list_sum=(col("ord") * col("list_value")).sum(),
            payable_sum=(col("ord") * col("payable")).sum(),
        )
    )
    steps = chain.select("ord", "k", "uncovered", "charge", "n", "dn", "is_free")
    got = pl.min_horizontal(col("demand") - bundle, "more_left")
    step = (
        rows.filter(~col("is_free"))
        .select(
            "ord",
            "carrier",
            "day",
            "class",
            "price",
            "own_units",
            got=got,
            k=pl.int_range(1, pl.len() + 1).over("ord").cast(pl.Int64),
        )
        .join(steps, on=["ord", "k"])
        .join(
            steps.select("ord", col("k") + 1, before="uncovered", charge_before="charge"),
            on=["ord", "k"],
        )
        .with_columns(
            measure=when(col("class") == 1).then(lit("M2")).otherwise(lit("M6")),
            amount=col("charge_before") - col("charge"),
            lowered=pl.min_horizontal("got", col("before") - col("uncovered")),
        )
        .with_columns(spare=col("got") - col("lowered"))
    )
    free = first.filter("is_free").with_columns(
        measure=lit("M3"),
        amount=col("charge"),
        lowered=col("uncovered"),
        spare=col("billed") - col("uncovered"),
        price=nothing,
        own_units=lit(1, pl.Int64),
    )
    free = free.with_columns(nothing.alias("class"))
    line = ["ord", "carrier", "day", "measure", "amount", "lowered", "spare", "kind_value"]
    lines = (
        pl.concat(
            [frame.with_columns(kind_value=_spare_value()).select(line) for frame in (step, free)]
        )
        .group_by("ord", "carrier", "day", "measure")
        .agg(col("amount", "lowered", "spare", "kind_value").sum())
    )
    relief = [
        lines.filter((col("lowered") > 0) | (col("amount") > 0))
        .group_by("carrier", "day", "measure")
        .agg(
            nature=lit("discount").first(),
            events=pl.len().cast(pl.Int64),
            units=col("lowered").sum(),
            amount=col("amount").sum(),
        ),
        lines.filter(col("spare") > 0)
        .group_by("carrier", "day", "measure")
        .agg(
            nature=lit("in_kind").first(),
            events=pl.len().cast(pl.Int64),
            units=col("spare").sum(),
            amount=col("kind_value").sum(),
        ),
        # what _plain counted of them as wholly free
        first.filter("is_free")
        .group_by("carrier", "day")
        .agg(
            measure=lit("M3").first(),
            nature=lit("discount").first(),
            events=-pl.len().cast(pl.Int64),
            units=-col("billed").sum(),
            amount=-plain.sum(),
        )
        .select("carrier", "day", "measure", "nature", "events", "units", "amount"),
    ]
    return [total], relief
