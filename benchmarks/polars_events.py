"""Events of the polars job: subscribers, ports, and a bucket's usage, purchases and fees."""

from pathlib import Path

import polars as pl

from doisoat.benchmarks.polars_words import billed, cell_of, col, lit, when
from doisoat.benchmarks.task import Task
from doisoat.benchmarks.words import HOURS, MS_PER_HOUR, PACK, SMS, USAGE_KINDS, Cells, must
from doisoat.engine.store.home import SHARDS
from doisoat.engine.usage.stored_parts import SHARD_SHIFT
from doisoat.tariffs.compile.program import FOREVER
from doisoat.tariffs.models.quantity import MS_PER_DAY


def read_master(task: Task, name: str) -> pl.LazyFrame:
    return pl.scan_parquet(task.master_files(name))


def find_persons(task: Task, tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """A row a subscription, its owner numbered in the store's order; see person.sql."""
    none = tables["segment"].filter(col("name") == "")["mask"].item()

    def named(name: str, *more: str) -> pl.LazyFrame:
        return (
            tables[name]
            .lazy()
            .rename({"mask": f"{name}_mask"} if "mask" in tables[name].columns else {})
        )

    return (
        read_master(task, "subscription")
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
            home_province=col("province").fill_null(0),
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


def find_ports(task: Task, tables: dict[str, pl.DataFrame]) -> list[pl.DataFrame]:
    """Numbers that left their network: a frame of the first port of each, then of the second."""
    port = (
        read_master(task, "port")
        .join(
            tables["carrier"].lazy(), left_on="carrier", right_on="name", how="left", suffix="_at"
        )
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


def find_handovers(task: Task, person: pl.DataFrame) -> pl.DataFrame:
    """Moments at which an owner's next subscription is another carrier's; see handover.sql."""
    begin, finish = task.period
    before = col("carrier").shift(1).over("o", order_by="from_ms")
    return person.filter(
        (before.is_not_null() & (before != col("carrier")))
        & col("from_ms").is_between(begin, finish, "left")
    ).select("o", handed_ms="from_ms")


def stored(task: Task, path: Path, before: int) -> pl.LazyFrame:
    """A bucket's events of the period; `before`: how many the store holds before it."""
    begin, finish = task.period
    return pl.scan_parquet(path, row_index_name="ord", row_index_offset=before + 1).filter(
        col("start_ms").is_between(begin, finish, "left")
    )


def of_persons(used: pl.LazyFrame, trait: pl.LazyFrame, person: pl.DataFrame) -> pl.LazyFrame:
    """Events beside their trait and the subscription at their start."""
    return (
        used.join(trait, on="trait")
        .join(
            person.lazy().select(
                "owner_lo",
                "o",
                "plan",
                "locality",
                "home_province",
                person_hi="owner_hi",
                person_carrier="carrier",
                person_from="from_ms",
                person_until="until_ms",
                person_mask="mask",
            ),
            on="owner_lo",
        )
        .filter(
            (col("owner_hi") == col("person_hi"))
            & (col("carrier") == col("person_carrier"))
            & col("start_ms").is_between(col("person_from"), col("person_until"), "left")
        )
    )


def traits(tables: dict[str, pl.DataFrame]) -> pl.LazyFrame:
    return (
        tables["trait"]
        .lazy()
        .with_columns(col("trait").cast(pl.UInt32))
        .rename({"province": "serving_province"})
    )


def triggers(
    task: Task,
    path: Path,
    before: int,
    tables: dict[str, pl.DataFrame],
    cells: Cells,
    person: pl.DataFrame,
) -> pl.DataFrame:
    """The few events that are sold, or open sources: a row an event; see trigger.sql."""
    asks = tables["grant"]["opt_in"].implode()
    trait = tables["trait"].filter(
        (col("kind") >= PACK) | (col("kind") == SMS) & col("destination").is_in(asks)
    )
    wanted = trait["trait"].cast(pl.UInt32).implode()
    used = (
        stored(task, path, before)
        .filter(col("trait").is_in(wanted))
        .select("ord", "owner_hi", "owner_lo", "start_ms", "trait", "units")
    )
    return (
        of_persons(used, traits(tables), person)
        .select(
            "o",
            "start_ms",
            "units",
            "kind",
            "carrier",
            "plan",
            "locality",
            "destination",
            "pack",
            col("ord").cast(pl.Int64),
            mask="person_mask",
            sale_mask=col("person_mask") & col("mask"),
            cell=cell_of(cells),
        )
        .collect()
    )


def usage(
    task: Task,
    path: Path,
    before: int,
    tables: dict[str, pl.DataFrame],
    cells: Cells,
    classes: tuple[str, ...],
    person: pl.DataFrame,
    ports: list[pl.DataFrame],
) -> pl.DataFrame:
    """A bucket's rated usage; see event.sql. free: the bit of the zero-rating that takes it all."""
    on_net, off_net, named = (classes.index(name) for name in ("on_net", "off_net", "zero_rated"))
    stored_events = stored(task, path, before).select(
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
    parted = (col("partial") > 0) & ((col("session_hi") != 0) | (col("session_lo") != 0))
    session = ("owner_hi", "owner_lo", "session_hi", "session_lo")
    whole = stored_events.filter(~parted).with_columns(
        raw_before=lit(0, pl.Int64), tariff_ms=col("start_ms")
    )
    parts = (
        stored_events.filter(parted)
        .collect()
        .sort("ord")
        .with_columns(
            raw_before=col("units").cum_sum().over(session) - col("units"),
            tariff_ms=col("start_ms").first().over(session),
        )
    )
    used = pl.concat([whole, parts.lazy()]).drop("session_hi", "session_lo", "partial")
    zero = tables["zero"].row(0, named=True)
    is_listed = col("start_ms").is_between(col("span_from"), col("span_until"), "left")
    is_named = is_listed & (col("span_zero") == 1)
    may_free = col("person_mask") & when(is_listed).then(col("free_inside")).otherwise(
        col("free_outside")
    )
    known = of_persons(used, traits(tables).filter(col("kind") < PACK), person)
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
            may_free=may_free,
            begun=billed(col("raw_before")),
            ended=billed(raw_after),
        )
        .with_columns(
            key=((col("plan") * USAGE_KINDS + col("kind")) * len(classes) + col("destination"))
            * HOURS
            + hour
        )
        .join(tables["price"].lazy(), on="key")
        .select(
            col("ord").cast(pl.Int64),
            "start_ms",
            col("kind").cast(pl.Int8),
            "units",
            (col("ended") - col("begun")).alias("billed"),
            pl.max_horizontal(raw_after - col("begun"), 0).alias("raw"),
            col("numerator").cast(pl.Int32),
            col("denominator").cast(pl.Int32),
            col("class_bit").cast(pl.Int32),
            col("o").cast(pl.Int32),
            cell=cell_of(cells),
            free=when(
                (col("may_free") != 0)
                & (col("numerator") > 0)
                & (col("ended") > col("begun"))
                & col("start_ms").is_between(zero["from_ms"], zero["until_ms"], "left")
            )
            .then(col("may_free") & -col("may_free"))
            .otherwise(0)
            .cast(pl.Int32),
        )
        .collect()
    )
