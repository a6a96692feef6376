"""Owners rated piece by piece, of which sums and digests are kept and no row."""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import polars as pl

from doisoat.engine.arrow.arrow import ArrowTable
from doisoat.engine.arrow.columns import Column, Ints
from doisoat.engine.kernel.kernel import BucketPass
from doisoat.engine.kernel.narrow import Narrow
from doisoat.engine.kernel.pass_sums import Sums, WholeSums
from doisoat.engine.kernel.program import Traits
from doisoat.engine.rating.rater import Rater

if TYPE_CHECKING:
    from doisoat.engine.arrow.arrow import ArrowStream
    from doisoat.engine.arrow.hashes import Hasher


class Piece(Protocol):
    """Some owners, whole: their events, and who they are."""

    @property
    def narrow(self) -> Narrow: ...
    @property
    def beside(self) -> "ArrowStream": ...
    @property
    def subscriptions(self) -> Ints: ...
    @property
    def opening(self) -> Ints: ...
    @property
    def ports(self) -> Ints: ...


class Summed(NamedTuple):
    """What some pieces came to, beside sums. refunds: carrier, charged, list_value, payable; a row
    an event that was charged above what it owes."""

    events: int
    shard_digests: dict[int, bytes]
    refunds: pl.DataFrame


def sum_up(
    rater: Rater,
    traits: Traits,
    pieces: Iterable[Piece],
    period: tuple[int, int],
    sums: Sums,
    whole: WholeSums,
    hasher: "Hasher" = sha256,
) -> Summed:
    """Rate pieces in the order of their owners; each is let go of before the next is asked for.

    A shard's stream goes on from piece to piece: how it is cut has no say in its digest.
    sums: by which they are summed: of no other thread meanwhile, and empty afterwards. whole: which
    takes over what they come to. hasher: what makes the digests; the same for the same sums.
    """
    for piece in pieces:
        work = BucketPass(
            rater.loaded, period, piece.subscriptions, piece.opening, piece.ports,
            rater.no_conflicts, keeps_closing=False, hasher=hasher,
        )  # fmt: skip
        sums.begin(work, traits)
        work.rate(piece.narrow, traits, [piece.beside])
        del piece
        work.finish()
        sums.take(work)
        del work  # nor is what was found held while the next piece is made
        whole.take_totals(sums)
    digests, events = sums.hand_over_digests(), sums.counters.get("events", 0)
    whole.take(sums)
    return Summed(events, digests, frame_of(sums.hand_over_refunds()))


def frame_of(columns: Mapping[str, Column]) -> pl.DataFrame:
    """Columns of int64 as a frame."""
    given: dict[str, Any] = {name: column.view() for name, column in columns.items()}
    return pl.DataFrame(ArrowTable(given))
