"""Events that no tariff prices, by carrier, plan, kind and destination: what a catalogue lacks.

A run keeps of a suspended event whose it is and why. What it is stands in the parts, and whose plan
it meets in the master data; both are looked up for those who are to mend the catalogue.
"""

from collections.abc import Sequence

import polars as pl

from doisoat.engine.intake.master.master_tables import BY_NAME
from doisoat.engine.intake.master.master_tables import standing as standing_rows
from doisoat.engine.intake.records.conflict import copies_in, described, standing
from doisoat.engine.intake.records.events import EVENT
from doisoat.engine.store.home import Home, Part, list_parts
from doisoat.engine.usage.subscriptions import OWNER, SUBSCRIBER
from doisoat.messages.text import Text, joined, message
from doisoat.money import group_vi
from doisoat.settlement.runs.suspended_events import suspended_events

NO_TARIFF = "no_tariff"
BY = ("carrier", "plan", "kind", "destination")
SCHEMA = pl.Schema({**dict.fromkeys(BY, pl.String()), "events": pl.Int64()})
NOTHING = SCHEMA.to_frame()
SHOWN = 5  # of a carrier, in one note
USAGE_KIND = pl.Schema(
    {
        **dict.fromkeys((*EVENT, *SUBSCRIBER), pl.UInt64()),
        "kind": pl.String(), "destination": pl.String(),
    }
)  # fmt: skip


def unpriced(
    events: pl.DataFrame,
    usage: Sequence[Part],
    copies: pl.DataFrame,
    subscriptions: pl.DataFrame,
) -> pl.DataFrame:
    """SCHEMA: how many of these events there are of each, the most first by carrier.

    Args: events: EVENT, OWNER, carrier, start_ms; usage: parts that hold them; copies: COPIES of
        these; subscriptions: OWNER, SUBSCRIBER, carrier, plan, from_ms, until_ms (null: open).
    plan: of the subscriber's row at the event's start, else of its account's; '' where there is no
        one such. destination: of a pack its name.
    """
    if events.is_empty():
        return NOTHING
    keyed = events.select(*EVENT, *OWNER, pl.col("carrier").cast(pl.String), "start_ms")
    described_events = keyed.join(
        _kinds_of(keyed.select(EVENT), usage, copies), on=EVENT, how="left"
    )
    described_events = _with_plan(described_events.with_row_index("_place"), subscriptions)
    return (
        described_events.with_columns(pl.col(name).fill_null("") for name in BY)
        .group_by(BY)
        .agg(events=pl.len().cast(pl.Int64))
        .sort("carrier", "events", *BY[1:], descending=[False, True, False, False, False])
        .select(SCHEMA.names())
    )


def unpriced_in(home: Home) -> pl.DataFrame:
    """The same of the runs in force; `suspended_events` may have been listed already."""
    events = suspended_events(home).filter(pl.col("reason") == NO_TARIFF)
    if events.is_empty():
        return NOTHING
    usage = list_parts(home, "usage")
    rows = standing_rows(list_parts(home, "master"), BY_NAME["subscription"])
    return unpriced(events, usage, copies_in(home, usage), rows)


def notes_of(groups: pl.DataFrame) -> list[str]:
    """A note for each carrier: what most of its events without a price are."""
    notes: list[str] = []
    for (carrier,), rows in groups.group_by("carrier", maintain_order=True):
        count, more = group_vi(int(rows["events"].sum())), rows.height - SHOWN
        texts = [said_of(*row) for row in rows.head(SHOWN).select(*BY[1:], "events").iter_rows()]
        if more > 0:
            texts.append(
                message("and {more} further sorts (sheet Treo, doisoat suspense list)", more=more)
            )
        notes.append(
            message(
                "{carrier}: {count} events without a price: {sorts}",
                carrier=carrier,
                count=count,
                sorts=joined("; ", texts),
            )
        )
    return notes


def said_of(plan: str, kind: str, destination: str, events: int) -> Text:
    """One sort of events without a price, in words."""
    count = group_vi(events)
    vi, en = (f"gói cước {plan}", f"plan {plan}") if plan else ("không rõ gói cước", "no one plan")
    return Text(
        f"{vi}, {kind} đến {destination}: {count}", f"{en}, {kind} to {destination}: {count}"
    )


def _kinds_of(events: pl.DataFrame, usage: Sequence[Part], copies: pl.DataFrame) -> pl.DataFrame:
    """WHAT of the events: of the copy that stands, where copies contradicted each other."""
    is_of_usage = pl.col("part").is_in([part.id for part in usage])
    wanted = standing(copies.join(events, on=EVENT, how="semi")).filter(is_of_usage)
    frames = [USAGE_KIND.to_frame()]
    if wanted.height:
        frames.append(_named(described(wanted, usage)))
    ids = events.join(wanted, on=EVENT, how="anti")
    first = pl.col("event_hi").is_in(ids["event_hi"].unique().implode())
    for part in usage:
        trait = part.file("trait.parquet")
        if not part.buckets or trait is None or ids.is_empty():
            continue
        stored = pl.scan_parquet(part.buckets, glob=False, hive_partitioning=False)
        identified = stored.select(*EVENT, *SUBSCRIBER, "trait").filter(first)
        rows = identified.collect(engine="streaming").join(ids, on=EVENT, how="semi")
        traits = pl.read_parquet(trait, glob=False, hive_partitioning=False)
        frames.append(_named(rows.join(traits, on="trait")))
    return pl.concat(frames).unique(EVENT, keep="first", maintain_order=True)


def _named(rows: pl.DataFrame) -> pl.DataFrame:
    is_pack = pl.col("kind") == "pack"
    called = pl.when(is_pack).then("pack").otherwise("destination").alias("destination")
    return rows.select(*EVENT, *SUBSCRIBER, "kind", called).cast(USAGE_KIND)


def _with_plan(events: pl.DataFrame, subscriptions: pl.DataFrame) -> pl.DataFrame:
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
