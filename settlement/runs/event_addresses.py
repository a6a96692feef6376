"""Where events came from and what they are: file, row, plan, kind and destination.

A run keeps of an event whose it is and what it came to. Where it stands in its source's files lies
in the parts, and whose plan it meets in the master data; both are looked up for whoever has to act
on the event. Nothing of a person is among it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from doisoat.engine.files.part_events import FILE, part_of, rows_in, scan_parts
from doisoat.engine.intake.master.master_tables import BY_NAME
from doisoat.engine.intake.master.master_tables import standing as standing_rows
from doisoat.engine.intake.records.conflict import copies_in, described, standing
from doisoat.engine.intake.records.events import CONTENT, EVENT
from doisoat.engine.store.home import Home, Part, list_parts
from doisoat.engine.usage.subscriptions import OWNER, SUBSCRIBER

FOUND = pl.Schema(
    {
        **dict.fromkeys((*EVENT, *SUBSCRIBER), pl.UInt64()),
        "kind": pl.String(), "destination": pl.String(),  # of a pack: its name
        "units": pl.Int64(), "charged": pl.Int64(),  # charged: null where the source does not say
        "file": pl.String(), "sha256": pl.String(), "mapping_sha256": pl.String(),
        "row": pl.Int64(),
    }
)  # fmt: skip
ADDRESS = pl.Schema(
    {
        **{name: FOUND[name] for name in EVENT},
        **{name: pl.String() for name in ("file", "sha256", "mapping_sha256")},
        "row": pl.Int64(),
        **{name: pl.String() for name in ("plan", "kind", "destination")},
        **{name: FOUND[name] for name in ("units", "charged")},
    }
)
NOWHERE = ADDRESS.to_frame()
WHOSE = pl.Schema({"carrier": pl.String(), "start_ms": pl.Int64()})
COPY_ADDRESS = pl.Schema({**ADDRESS, **dict.fromkeys(CONTENT, pl.UInt64()), **WHOSE})


def event_addresses(
    events: pl.DataFrame, usage: Sequence[Part], copies: pl.DataFrame, subscriptions: pl.DataFrame
) -> pl.DataFrame:
    """ADDRESS of those of these events that the parts hold.

    Args: events: EVENT, OWNER, carrier, start_ms, each once; the rest as of `unpriced`.
    """
    if events.is_empty():
        return NOWHERE
    keyed = events.select(*EVENT, *OWNER, pl.col("carrier").cast(pl.String), "start_ms")
    found = keyed.join(found_in(keyed.select(EVENT), usage, copies), on=EVENT, how="inner")
    return _planned(found, subscriptions).select(ADDRESS.names())


def addresses_in(home: Home, events: pl.DataFrame) -> pl.DataFrame:
    """The same of events of a home, as its parts and decisions stand."""
    usage = list_parts(home, "usage")
    rows = standing_rows(list_parts(home, "master"), BY_NAME["subscription"])
    return event_addresses(events, usage, copies_in(home, usage), rows)


def copy_addresses_in(home: Home, copies: pl.DataFrame) -> pl.DataFrame:
    """ADDRESS, CONTENT and WHOSE of each of these COPIES of a home: of one event there are several.

    Where the same content came more than once, the address is that of one of them.
    """
    if copies.is_empty():
        return COPY_ADDRESS.to_frame()
    rows = described(copies, list_parts(home, "usage"))
    whose = rows.select(*CONTENT, *OWNER, pl.col("carrier").cast(pl.String), "start_ms")
    subscriptions = standing_rows(list_parts(home, "master"), BY_NAME["subscription"])
    planned = _planned(_named(rows).hstack(whose), subscriptions)
    return planned.select(COPY_ADDRESS.names())


class WithKeys(NamedTuple):
    """Rows with the sources' own keys, and of how many the file was not there."""

    rows: pl.DataFrame
    lacking: int


def with_keys(rows: pl.DataFrame, files: Sequence[Path], mappings: Sequence[Path]) -> WithKeys:
    """Rows of addresses with `key`, which the source gave each record (`source_keys`).

    Args: rows: with sha256, mapping_sha256 and row; null of a row that has no address.
    """
    # What reads files is loaded for this alone: each settle has addresses, few have keys.
    from doisoat.engine.intake.source_keys import Place, source_keys

    wanted: dict[Place, set[int]] = {}
    addresses = rows.select("sha256", "mapping_sha256", "row").drop_nulls()
    for sha256, mapping_sha256, row in addresses.iter_rows():
        wanted.setdefault(Place(sha256, mapping_sha256), set()).add(row)
    keys = source_keys(wanted, files, mappings) if files else {}
    found = [keys.get(place) for place in rows.select("sha256", "row").iter_rows()]
    with_them = rows.with_columns(pl.Series("key", found, pl.String))
    return WithKeys(with_them, with_them["key"].null_count())


def found_in(events: pl.DataFrame, usage: Sequence[Part], copies: pl.DataFrame) -> pl.DataFrame:
    """FOUND of the events: of the copy that stands, where copies contradicted each other."""
    is_of_usage = pl.col("part").is_in([part.id for part in usage])
    wanted = standing(copies.join(events, on=EVENT, how="semi")).filter(is_of_usage)
    frames = [FOUND.to_frame()]
    if wanted.height:
        frames.append(_named(described(wanted, usage)))
    ids = events.join(wanted, on=EVENT, how="anti")
    first = pl.col("event_hi").is_in(ids["event_hi"].unique().implode())
    columns = (*EVENT, *SUBSCRIBER, "trait", "units", "charged", "source", "row")
    for scan in scan_parts(usage, lambda part: part.buckets, lambda part: ()) if ids.height else ():
        identified = scan.select(*columns, FILE).filter(first).collect(engine="streaming")
        rows = identified.with_columns(part_of(identified[FILE], usage)).join(
            ids, on=EVENT, how="semi"
        )
        in_parts = set(rows["part"])
        knowing = [part for part in usage if part.id in in_parts]
        trait, source = (rows_in(knowing, name) for name in ("trait.parquet", "source.parquet"))
        if trait is not None and source is not None:
            named = source.select("part", "source", "sha256", "mapping_sha256", file="name")
            described_rows = rows.join(trait, on=["part", "trait"], maintain_order="left")
            frames.append(
                _named(described_rows.join(named, on=["part", "source"], maintain_order="left"))
            )
    return pl.concat(frames).unique(EVENT, keep="first", maintain_order=True)


def _named(rows: pl.DataFrame) -> pl.DataFrame:
    is_pack = pl.col("kind") == "pack"
    called = pl.when(is_pack).then("pack").otherwise("destination").alias("destination")
    others = [name for name in FOUND.names() if name != "destination"]
    return rows.select(*others, called).select(FOUND.names()).cast(FOUND)


def _planned(found: pl.DataFrame, subscriptions: pl.DataFrame) -> pl.DataFrame:
    planned = with_plan(found.with_row_index("_place"), subscriptions)
    return planned.sort("_place").with_columns(pl.col("plan").fill_null(""))


def with_plan(events: pl.DataFrame, subscriptions: pl.DataFrame) -> pl.DataFrame:
    """Events, of `_place`, with the plan of the subscriber, else that of all rows of the owner."""
    names = ("carrier", "plan", "from_ms", "until_ms")
    rows = subscriptions.select(
        *OWNER, *SUBSCRIBER, *(pl.col(name).alias(f"_{name}") for name in names)
    )
    at = pl.col("start_ms")
    holds = (pl.col("_from_ms") <= at) & (
        pl.col("_until_ms").is_null() | (at < pl.col("_until_ms"))
    )
    is_held = holds & (pl.col("_carrier").cast(pl.String) == pl.col("carrier"))
    plans = []
    for whose in (SUBSCRIBER, OWNER):
        meant = events.select("_place", *whose, "carrier", "start_ms").join(
            rows.select(*whose, *(f"_{name}" for name in names)), on=whose
        )
        agreed = (
            meant.filter(is_held)
            .group_by("_place")
            .agg(pl.col("_plan").cast(pl.String).first(), several=pl.col("_plan").n_unique())
        )
        plans.append(agreed.filter(pl.col("several") == 1).select("_place", "_plan"))
    subscriber_plans, account = plans
    return (
        events.join(subscriber_plans, on="_place", how="left")
        .join(account.rename({"_plan": "_of_account"}), on="_place", how="left")
        .with_columns(plan=pl.coalesce("_plan", "_of_account"))
    )
