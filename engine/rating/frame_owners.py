"""Whose the events of a frame are, and the order that they are rated in."""

from typing import NamedTuple

import polars as pl

from doisoat.engine.arrow.ids import event_order
from doisoat.engine.rating.frame_columns import refuse_any
from doisoat.engine.rating.frame_events import FrameEvents
from doisoat.engine.rating.frame_ids import coded, placed, refuse_mixed, series_of
from doisoat.engine.usage.membership import memberships, of_members
from doisoat.engine.usage.stored_parts import NO_PACKS, NO_SUBSCRIPTIONS
from doisoat.messages.text import message


class Owners(NamedTuple):
    """Whose events are: codes of ids, and the master data with these codes."""

    known: int  # how many ids there are
    owner: pl.Series  # of each event; UInt32
    subscriber: pl.Series
    subscriptions: pl.DataFrame  # NO_SUBSCRIPTIONS, ids (0, code + 1)
    packs: pl.DataFrame  # NO_PACKS, likewise


class Order(NamedTuple):
    """Where events stand. rows: the row at each place; None: they lie in order. starts: the place
    of each owner's first; whose: his code."""

    rows: pl.Series | None
    starts: pl.Series
    whose: pl.Series

    def of(self, column: pl.Series) -> pl.Series:
        return column if self.rows is None else column.gather(self.rows)


def owners_of(
    events: FrameEvents, subscriptions: pl.DataFrame, packs: pl.DataFrame | None
) -> Owners:
    frames = [("events", events.frame), ("subscriptions", subscriptions)]
    frames += [] if packs is None else [("packs", packs)]
    columns = [
        (name, frame[column])
        for name, frame in frames
        for column in ("subscriber_id", "owner_id")
        if column in frame.columns
    ]
    refuse_mixed(columns)
    found = [coded(column) for _, column in columns]
    values = pl.concat([each.values for each in found]).unique(maintain_order=True)
    codes = {
        (name, column.name): placed(each.values, values).gather(each.codes)
        for (name, column), each in zip(columns, found, strict=True)
    }

    def of(name: str) -> tuple[pl.Series, pl.Series]:
        subscriber = codes[name, "subscriber_id"]
        own = codes.get((name, "owner_id"), subscriber)
        return subscriber, own.zip_with(own.is_not_null(), subscriber)

    subscriber, owner = of("events")
    member, account = of("subscriptions")
    rows = subscriptions.select(
        **_ids("subscriber", member), **_ids("owner", account),
        carrier=pl.col("carrier").cast(pl.String), plan=pl.col("plan").cast(pl.String),
        segment=pl.col("segment").cast(pl.String), payment=pl.col("payment").cast(pl.String),
        home_locality=pl.col("home_locality").cast(pl.String), from_ms="valid_from",
        until_ms="valid_until" if "valid_until" in subscriptions.columns else None,
    ).cast(NO_SUBSCRIPTIONS.schema)  # fmt: skip
    listed = NO_PACKS
    if packs is not None:
        listed = packs.select(
            **_ids("owner", codes["packs", "owner_id"]), pack=pl.col("pack").cast(pl.String),
            bought_ms="bought_at", price_paid="price_paid",
            left=pl.col("left").cast(pl.List(pl.String)).list.join(";"),
        ).cast(NO_PACKS.schema)  # fmt: skip
    owner = _of_accounts(events, subscriber, owner, rows, values.len())
    return Owners(values.len(), owner, subscriber, rows, listed)


def _ids(name: str, codes: pl.Series) -> dict[str, pl.Expr | pl.Series]:
    return {f"{name}_hi": pl.lit(0, pl.UInt64), f"{name}_lo": codes.cast(pl.UInt64) + 1}


def _of_accounts(
    events: FrameEvents, subscriber: pl.Series, owner: pl.Series, rows: pl.DataFrame, count: int
) -> pl.Series:
    """The owner of each event: the account whose member its subscriber is, where the event names
    none."""
    members = memberships(rows)
    if members.is_empty():
        return owner
    ever = pl.zeros(count, dtype=pl.UInt8, eager=True)
    ever = ever.scatter(members["subscriber_lo"].unique() - 1, 1) == 1
    asked = ((owner == subscriber) & ever.gather(subscriber)).arg_true()
    whose = owner.gather(asked)
    some = pl.DataFrame({"row": asked, "start_ms": events.start_ms.gather(asked)}).with_columns(
        **_ids("owner", whose), **_ids("subscriber", whose),
        carrier=events.frame["carrier"].gather(asked).cast(pl.String),
    )  # fmt: skip
    moved = of_members(some, members)
    if moved.is_empty():
        return owner
    return owner.clone().scatter(moved["row"], (moved["owner_lo"] - 1).cast(pl.UInt32))


def in_order(events: FrameEvents, ids: Owners) -> Order:
    """Raises: IntakeError where two events have one event_id."""
    named = events.frame["event_id"] if "event_id" in events.frame.columns else None
    if named is not None:
        _refuse_twice(named)
    owner, starts = ids.owner, events.start_ms
    key = starts // 1_000 * 4_000 + events.rank.cast(pl.Int64) * 1_000 + starts % 1_000
    is_same = owner == owner.shift(1)
    firsts = (~is_same.fill_null(False)).arg_true()
    whose = owner.gather(firsts)
    is_in_order = whose.n_unique() == whose.len() and not (is_same & (key < key.shift(1))).any()
    if is_in_order and named is not None:
        ties = (is_same & (key == key.shift(1))).arg_true()
        is_in_order = not (named.gather(ties) < named.gather(ties - 1)).any()
    if is_in_order:
        return Order(None, firsts, whose)
    distinct = whose.unique(maintain_order=True)
    ranks = pl.zeros(ids.known, dtype=pl.UInt64, eager=True).scatter(
        distinct, pl.int_range(distinct.len(), eager=True, dtype=pl.UInt64)
    )
    nil = pl.zeros(owner.len(), dtype=pl.UInt64, eager=True)
    moments = pl.DataFrame(
        {
            "owner_hi": nil, "owner_lo": ranks.gather(owner), "event_hi": nil, "event_lo": nil,
            "start_ms": starts, "rank": events.rank,
        }
    )  # fmt: skip
    rows = series_of("row", event_order(moments.rechunk(), owner.len()))
    owner, key = owner.gather(rows), key.gather(rows)
    is_same = (owner == owner.shift(1)).fill_null(False)
    if named is not None:
        rows = _ties_by_id(rows, is_same & (key == key.shift(1)).fill_null(False), named)
    firsts = (~is_same).arg_true()
    return Order(rows, firsts, owner.gather(firsts))


def _ties_by_id(rows: pl.Series, is_tie: pl.Series, named: pl.Series) -> pl.Series:
    """The rows with those of one owner's moment in the order of event_id."""
    group = (~is_tie).cum_sum()
    among = (is_tie | is_tie.shift(-1).fill_null(False)).arg_true()
    if among.is_empty():
        return rows
    some = pl.DataFrame({"group": group.gather(among), "row": rows.gather(among)})
    some = some.with_columns(named=_comparable(named.gather(some["row"]))).sort("group", "named")
    return rows.clone().scatter(among, some["row"])


def _comparable(named: pl.Series) -> pl.Series:
    """Ids that sort as their texts do, whatever holds these."""
    return named.cast(pl.String) if isinstance(named.dtype, pl.Categorical | pl.Enum) else named


def _refuse_twice(named: pl.Series) -> None:
    # What has as many hashes as rows has no id twice: twenty times as quick as comparing texts.
    if named.hash().n_unique() < named.len():
        refuse_any(
            ~named.is_first_distinct(), named, "events", "event_id",
            message("stands in an earlier row, too"),
            message("keep one row an event: a duplicate would be rated twice"),
        )  # fmt: skip
