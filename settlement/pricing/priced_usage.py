"""What a carrier's month uses of plans and packs, by kind and destination class. Counts only.

It is counted in parts and master data, so a month needs no run to be asked for its prices.
"""

from collections.abc import Collection
from typing import Final, NamedTuple

import polars as pl

from doisoat.engine.intake.master.master_tables import BY_NAME, standing
from doisoat.engine.intake.records.conflict import copies_in
from doisoat.engine.store.home import Home, Part, list_parts
from doisoat.engine.usage.subscriptions import OWNER, SUBSCRIBER
from doisoat.errors import PeriodError
from doisoat.messages.text import message
from doisoat.settlement.figures.period import TAKE_IN, Period, choose
from doisoat.settlement.runs.event_addresses import with_plan
from doisoat.settlement.runs.period_state import booked_months
from doisoat.settlement.runs.runs import current_runs
from doisoat.settlement.runs.usage_months import events_by_month, read, suspended_records
from doisoat.tariffs.models.catalogue_model import Catalogue
from doisoat.tariffs.models.quantity import from_ms

TRAITS: Final = ("kind", "destination", "rating_group", "pack")
UNKNOWN: Final = "unknown"  # the class of such numbers
BY: Final = ("plan", *TRAITS)
USED: Final = pl.Schema({**dict.fromkeys(BY, pl.String()), "events": pl.Int64()})
STARTED: Final = pl.Schema(
    {
        **dict.fromkeys((*SUBSCRIBER, *OWNER), pl.UInt64()), "carrier": pl.String(),
        "start_ms": pl.Int64(), **dict.fromkeys(TRAITS, pl.String()), "events": pl.Int64(),
    }
)  # fmt: skip


class PricedUsage(NamedTuple):
    """The usage of a carrier in a period, by what decides its price."""

    period: Period
    plans: tuple[str, ...]  # of subscriptions of the period, and of events
    usage: dict[tuple[str, str, str], int]  # (plan, kind, destination class) -> events
    packs: dict[str, int]  # pack -> events
    hosts: dict[str, int]  # rating groups of data that stand on no list -> events
    nowhere: int  # events to numbers that no range holds: a price would mend none of them


def usage_of(home: Home, catalogue: Catalogue, carrier: str, period: str | None) -> PricedUsage:
    """What a carrier's month uses, as the number plan and the hosts of a catalogue class it.

    Raises: PeriodError if that month has no usage of the carrier.
    """
    parts = list_parts(home, "usage")
    months = events_by_month(parts, copies_in(home, parts))
    suspended = None if months else suspended_records(parts)
    chosen = choose(
        period, months, str(home.path), suspended, current_runs(home), booked_months(home)
    )
    subscriptions = standing(list_parts(home, "master"), BY_NAME["subscription"])
    bounds = chosen.begin_ms, chosen.end_ms
    frames = [frame for part in parts if (frame := started(part, carrier, *bounds)) is not None]
    if not frames:
        raise PeriodError(
            message("no event of {carrier} is of {period}", carrier=carrier, period=chosen.name),
            str(home.path),
            TAKE_IN,
        )
    rows = pl.concat(frames).with_row_index("_place")
    used = (
        with_plan(rows, subscriptions)
        .with_columns(pl.col("plan").fill_null(""))
        .group_by(BY)
        .agg(pl.col("events").sum())
        .sort(BY)
    )
    return _by_price(used.select(USED.names()), subscriptions, catalogue, carrier, chosen)


def started(part: Part, carrier: str | None, begin_ms: int, end_ms: int) -> pl.DataFrame | None:
    """STARTED: the events of a time, by subscriber and trait; the first start of each.

    Args: carrier: whose; None: of all.
    """
    trait = part.file("trait.parquet")
    if trait is None or not part.buckets:
        return None
    traits = read(trait)
    if carrier is not None:
        traits = traits.filter(pl.col("carrier") == carrier)
    is_within = pl.col("start_ms").is_between(begin_ms, end_ms, closed="left")
    stored = pl.scan_parquet(part.buckets, glob=False, hive_partitioning=False)
    rows = (
        stored.filter(is_within & pl.col("trait").is_in(traits["trait"].unique().implode()))
        .group_by(*SUBSCRIBER, *OWNER, "trait")
        .agg(pl.col("start_ms").min(), events=pl.len().cast(pl.Int64))
        .collect(engine="streaming")
    )
    if rows.is_empty():
        return None
    return rows.join(traits, on="trait").select(STARTED.names()).cast(STARTED)


def _by_price(
    used: pl.DataFrame, subscriptions: pl.DataFrame, catalogue: Catalogue, carrier: str,
    period: Period,
) -> PricedUsage:  # fmt: skip
    hosts = zero_rated_of(catalogue, period.begin_ms, period.end_ms)
    subscribed = subscriptions.filter(
        (pl.col("carrier") == carrier)
        & (pl.col("from_ms") < period.end_ms)
        & (pl.col("until_ms").is_null() | (pl.col("until_ms") > period.begin_ms))
    )
    plans = {*subscribed["plan"].cast(pl.String).to_list()}
    usage: dict[tuple[str, str, str], int] = {}
    packs: dict[str, int] = {}
    unlisted: dict[str, int] = {}
    nowhere = 0
    for plan, kind, destination, group, pack, events in used.iter_rows():
        if kind == "pack":
            packs[pack] = packs.get(pack, 0) + events
            continue
        plans.add(plan)
        name = class_of_usage(kind, destination, group, carrier, hosts)
        if kind == "data" and group and group not in hosts:
            unlisted[group] = unlisted.get(group, 0) + events
        if name == UNKNOWN:
            nowhere += events
        elif kind != "fee":
            usage[plan, kind, name] = usage.get((plan, kind, name), 0) + events
    return PricedUsage(period, tuple(sorted(plans - {""})), usage, packs, unlisted, nowhere)


def zero_rated_of(catalogue: Catalogue, begin_ms: int, end_ms: int) -> frozenset[str]:
    """The hosts that stand on a list at some moment of a time."""
    begin, end = from_ms(begin_ms), from_ms(end_ms)
    return frozenset(
        host.host
        for host in catalogue.zero_rated_hosts
        if host.valid_from < end and (host.valid_until is None or host.valid_until > begin)
    )


def class_of_usage(
    kind: str, destination: str, group: str, carrier: str, hosts: Collection[str]
) -> str:
    """The class by which a rate prices an event. Args: hosts: that are zero-rated."""
    return "zero_rated" if kind == "data" and group in hosts else class_of(destination, carrier)


def class_of(destination: str, carrier: str) -> str:
    """The class of a network relative to a carrier, ports aside: docs/architecture.md."""
    if destination.startswith("class:"):
        return destination.removeprefix("class:")
    name, _, whose = destination.partition(":")
    if name == "mobile":
        return "on_net" if whose == carrier else "off_net"
    if name == "fixed":
        return "fixed_own" if whose == carrier else "fixed"
    return destination.replace(":", "_")
