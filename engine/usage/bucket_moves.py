"""Moves of events between buckets: from the subscriber's bucket to the account's.

Parts keep an event with the owner that its record names. Which account its subscriber was a member
of is known when a month is rated (`engine.usage.membership`), so it is only then that an event
moves.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import polars as pl

from doisoat.engine.arrow.arrow import ArrowTable
from doisoat.engine.files.blocks import mapped, places_of
from doisoat.engine.store.event_columns import EVENT_SCHEMA
from doisoat.engine.store.home import Home, Part
from doisoat.engine.usage.membership import of_members, of_traits
from doisoat.engine.usage.stored_parts import (
    EVENT,
    USAGE_COLUMNS,
    not_of,
    nothing_of,
    numbered,
    of_bucket,
)
from doisoat.engine.usage.subscriptions import OWNER, SUBSCRIBER

NOTHING_LEAVES = pl.DataFrame(schema={name: EVENT_SCHEMA[name] for name in EVENT})


class Moves(NamedTuple):
    """events: USAGE_COLUMNS of those that move, their OWNER the account, codes over all parts."""

    events: pl.DataFrame

    def leaving(self, bucket: int, buckets: int) -> pl.DataFrame:
        """Ids of the bucket's events that are not its own."""
        if self.events.is_empty():
            return NOTHING_LEAVES
        owner_names = dict(
            zip(SUBSCRIBER, OWNER, strict=True)
        )  # the record named none: the subscriber
        ids = self.events.select(*EVENT, *SUBSCRIBER).rename(owner_names)
        return of_bucket(ids, bucket, buckets).select(EVENT)

    def coming(self, bucket: int, buckets: int) -> pl.DataFrame:
        """Events of the bucket's accounts."""
        return of_bucket(self.events, bucket, buckets)


def moves_of(
    home: Home,
    parts: Sequence[Part],
    traits: Sequence[pl.DataFrame],
    rows: pl.DataFrame,
    stored: pl.DataFrame,
    without: Callable[[Part], Sequence[int]] = nothing_of,
) -> Moves:
    """The events of the parts that move. Of most homes none does, which a look at owners tells.

    Args: traits: of each part: their codes count on over the parts; rows: `memberships`;
        stored: EVENT of copies that contradict others, of which the standing ones alone count;
        without: the numbers of sources of a part that are looked past.
    """
    frames = [pl.DataFrame(schema={name: EVENT_SCHEMA[name] for name in USAGE_COLUMNS})]
    members = as_owners(rows)
    moving = [
        (bucket, owners)
        for bucket in range(home.buckets if rows.height else 0)
        if (owners := _moving(parts, home, bucket, of_bucket(members, bucket, home.buckets))).height
    ]
    offset = 0
    for part, trait in zip(parts, traits, strict=True):
        for bucket, owners in moving:
            path = part.file(home.bucket_name(bucket))
            if path is None:
                continue
            remaining = pl.scan_parquet(path, glob=False).filter(not_of(without(part)))
            events = remaining.select(USAGE_COLUMNS)
            moving_events = events.join(owners.lazy(), on=OWNER, how="semi").collect()
            if moving_events.height:
                frames.append(moving_events.with_columns(pl.col("trait") + offset))
        offset += trait.height
    moved = pl.concat(frames).join(stored, on=EVENT, how="anti", maintain_order="left")
    if moved.is_empty():
        return Moves(moved)
    return Moves(of_members(of_traits(moved, numbered(traits)), rows).select(USAGE_COLUMNS))


def as_owners(rows: pl.DataFrame) -> pl.DataFrame:
    """The subscribers of `memberships`, each once, as OWNER: what lies in the bucket is by them."""
    owner_columns = (
        pl.col(subscriber).alias(owner) for owner, subscriber in zip(OWNER, SUBSCRIBER, strict=True)
    )
    return rows.select(owner_columns).unique()


def _moving(parts: Sequence[Part], home: Home, bucket: int, members: pl.DataFrame) -> pl.DataFrame:
    """Those of a bucket's members that any of its events names as owner: OWNER."""
    if members.is_empty():
        return members
    halves, frames = bytearray(), [members.clear()]
    for part in parts:
        path, narrow = part.file(home.bucket_name(bucket)), part.file(home.narrow_name(bucket))
        if path is None:
            continue
        if narrow is None:
            events = pl.scan_parquet(path, glob=False, hive_partitioning=False)
            frames.append(events.select(OWNER).unique().collect())
            continue
        for place in places_of(narrow):
            halves += mapped(narrow, place).owner_ids()
    if halves:
        ids = pl.DataFrame(ArrowTable({"id": memoryview(halves).cast("Q")})).to_series()
        frames.append(
            pl.DataFrame({OWNER[0]: ids.gather_every(2), OWNER[1]: ids.gather_every(2, 1)})
        )
    return members.join(pl.concat(frames), on=OWNER, how="semi")
