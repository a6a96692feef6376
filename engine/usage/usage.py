"""The usage of a home as it is rated, bucket by bucket: each event once, with its owner.

Of an event that records contradict each other about one copy stands
(engine.intake.records.conflict); what members of accounts used lies with their accounts
(engine.usage.bucket_moves). A bucket of one part whose events are all its own is mapped as it was
written; else its parts are merged. The copies that stand are put among a bucket's events when it is
merged, or given apart, for the pass to rate at their places.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Self

import polars as pl

from doisoat.engine.files.blocks import places_of
from doisoat.engine.files.part_events import rows_by_part
from doisoat.engine.files.slices import of_range, shard_ranges
from doisoat.engine.intake.records.conflict import copies_in, standing, undecided
from doisoat.engine.store.home import Home, Part, list_parts
from doisoat.engine.usage.bucket_moves import Moves, moves_of
from doisoat.engine.usage.membership import memberships, of_traits, resolved
from doisoat.engine.usage.stored_parts import (
    EVERY_SHARD,
    USAGE_COLUMNS,
    Block,
    in_order,
    nothing_of,
    numbered,
    of_bucket,
    scan_blocks,
    scan_bucket,
    shard_range,
    shards_of,
    with_standing,
)

MERGED_ROWS = 500_000  # of a bucket, merged over parts at a time
MERGED_TOGETHER = 2  # of such ranges that are rated in one pass


@dataclass(frozen=True)
class Usage:
    """Parts of a home, verified, with what stands beside them.

    traits: of each part, then of those that only a standing copy lies in: codes count on over them.
    stored: copies that lie among the parts' events; stand: the standing ones, with such codes.
    """

    home: Home
    parts: Sequence[Part]
    traits: Sequence[pl.DataFrame]
    stored: pl.DataFrame
    stand: pl.DataFrame
    moves: Moves
    without: Callable[[Part], Sequence[int]] = nothing_of  # sources of a part that are looked past
    counted: dict[int, dict[int, int]] = field(default_factory=dict)  # events by bucket, shard

    @cached_property
    def trait_table(self) -> pl.DataFrame:
        """All traits by their codes."""
        return numbered(self.traits)

    @cached_property
    def kinds(self) -> list[str]:
        """The kind of each trait, by its code."""
        return self.trait_table["kind"].to_list()

    @property
    def undecided(self) -> pl.DataFrame:
        """The standing copies of events of which no decision names the right copy."""
        return undecided(self.stand)

    def without_undecided(self) -> Self:
        """The same without the events that no decision names the right copy of."""
        return replace(self, stand=self.stand.filter("is_chosen"), counted={})

    def pieces(self, bucket: int) -> list[tuple[int, int]]:
        """Ranges of shards in which a bucket is rated, in order: together all that it has.

        Of a bucket whose blocks lie as they were written, theirs; else the ranges that are merged
        at a time, some together.
        """
        first, after = shard_range(bucket, self.home.buckets)
        narrow = self.parts[0].file(self.home.narrow_name(bucket)) if self.parts else None
        if self._is_as_written(bucket) and narrow is not None:
            begins = [place.shard for place in places_of(narrow)]
        else:
            begins = [begin for begin, _ in self._ranges(bucket)][::MERGED_TOGETHER]
        return list(pairwise([first, *begins[1:], after]))

    def mapped(
        self,
        bucket: int,
        columns: Sequence[str],
        piece: int | None = None,
        *,
        copies_apart: bool = False,
    ) -> Sequence[Block] | None:
        """A bucket's blocks as they were written, with `columns` beside; None: it is merged.

        Args: piece: the number of one of `pieces`; all of them unless said; copies_apart: the
            copies that stand are left to `copies`; else a bucket with any is merged.
        """
        _, stand, _, _ = self.changes(bucket)
        if not self._is_as_written(bucket) or (stand.height and not copies_apart):
            return None
        return scan_blocks(self.parts[0], self.home, bucket, columns, piece) if self.parts else ()

    def chosen(
        self, bucket: int, wanted: pl.Expr, columns: Sequence[str]
    ) -> Sequence[pl.DataFrame]:
        """Columns of the events of a bucket that is `mapped` which are `wanted`: what is not is
        left in its file. The copies that stand are left to `copies`."""
        path = self.parts[0].file(self.home.bucket_name(bucket)) if self.parts else None
        if path is None:
            return ()
        events = pl.scan_parquet(path, glob=False, hive_partitioning=False)
        return [events.filter(wanted).select(columns).collect()]

    def copies(self, bucket: int, within: tuple[int, int] = EVERY_SHARD) -> pl.DataFrame:
        """The copies that stand for events of a bucket, in the order of events: USAGE_COLUMNS and
        `is_chosen`.

        Args: within: only those of owners in the shards [first, after).
        """
        _, stand, _, _ = self.changes(bucket)
        if stand.height:
            stand = stand.filter(of_range(*within))
        copies = stand.select(*USAGE_COLUMNS, "is_chosen")
        return in_order(copies, self.trait_table["kind"]) if copies.height else copies

    def _is_as_written(self, bucket: int) -> bool:
        """Are a bucket's events, but for copies that stand, those of one part as they lie there?"""
        stored, _, leaving, coming = self.changes(bucket)
        is_changed = any(frame.height for frame in (stored, leaving, coming))
        return not (
            len(self.parts) > 1 or is_changed or any(self.without(part) for part in self.parts)
        )

    def merged(
        self,
        bucket: int,
        within: tuple[int, int] = EVERY_SHARD,
        *,
        copies_apart: bool = False,
    ) -> Iterator[pl.DataFrame]:
        """A bucket's events (USAGE_COLUMNS) in order, whole owners at a time.

        Args: within: only those of owners in the shards [first, after); copies_apart: the copies
            that stand are left to `copies`; else they are among the events.
        """
        name, of_parts = self.home.bucket_name(bucket), self.traits[: len(self.parts)]
        stored, stand, leaving, coming = self.changes(bucket)
        stand = stand.clear() if copies_apart else stand
        for first, after in self._ranges(bucket):
            shards = max(first, within[0]), min(after, within[1])
            if shards[0] >= shards[1]:
                continue
            events = scan_bucket(self.parts, name, of_parts, leaving, coming, shards, self.without)
            events = with_standing(events, stored, stand.filter(of_range(*shards)), self.kinds)
            if events is not None:
                yield events

    def _ranges(self, bucket: int) -> list[tuple[int, int]]:
        """Ranges of shards in which a bucket is merged: each of at most MERGED_ROWS events, unless
        one shard alone has more."""
        _, stand, _, coming = self.changes(bucket)
        events = sum(part.manifest["counts"]["events"] for part in self.parts)
        if events + coming.height + stand.height <= MERGED_ROWS:
            return [EVERY_SHARD]
        if bucket not in self.counted:
            name = self.home.bucket_name(bucket)
            self.counted[bucket] = shards_of(self.parts, name, (coming, stand))
        return shard_ranges(self.counted[bucket], MERGED_ROWS)

    def changes(self, bucket: int) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
        """Of a bucket: copies to leave out, copies that stand, events leaving it and coming."""
        buckets = self.home.buckets
        return (
            of_bucket(self.stored, bucket, buckets),
            of_bucket(self.stand, bucket, buckets),
            self.moves.leaving(bucket, buckets),
            self.moves.coming(bucket, buckets),
        )


def usage_of(
    home: Home,
    parts: Sequence[Part],
    subscriptions: pl.DataFrame,
    copies: pl.DataFrame | None = None,
    without: Callable[[Part], Sequence[int]] = nothing_of,
) -> Usage:
    """The usage of some parts of a home: copies are looked for in all that it has, unless given.

    Args: copies: engine.intake.records.conflict.COPIES; without: the numbers of the sources of a
    part that
        are looked past, as if they had not been taken in.
    Raises: StoreError if the decisions are not whole.
    """
    all_parts = list_parts(home, "usage")
    copies = copies_in(home, all_parts) if copies is None else copies
    stored, stand = copies.filter("is_stored"), standing(copies)
    part_ids = {part.id for part in parts}
    known = [*parts, *(part for part in all_parts if part.id in set(stand["part"]) - part_ids)]
    traits = [table.sort("trait") for table in rows_by_part(known, "trait.parquet")]
    members = memberships(subscriptions)
    return Usage(
        home,
        parts,
        traits,
        stored,
        resolved(of_traits(_with_codes(stand, known, traits), numbered(traits)), members).drop(
            "carrier"
        ),
        moves_of(home, parts, traits[: len(parts)], members, stored, without),
        without,
    )


def _with_codes(
    copies: pl.DataFrame, parts: Sequence[Part], traits: Sequence[pl.DataFrame]
) -> pl.DataFrame:
    """Copies with the trait codes that count on over the parts."""
    offsets, offset = {}, 0
    for part, trait in zip(parts, traits, strict=True):
        offsets[part.id] = offset
        offset += trait.height
    if copies.is_empty():
        return copies
    shift = pl.col("part").replace_strict(offsets, return_dtype=pl.UInt32)
    return copies.with_columns(trait=pl.col("trait") + shift)
