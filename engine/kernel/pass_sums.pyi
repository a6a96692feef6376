from collections.abc import Iterator, Mapping, Sequence

from doisoat.engine.arrow.columns import Column
from doisoat.engine.kernel.kernel import BucketPass
from doisoat.engine.kernel.program import Traits

class Sums:
    counters: dict[str, int]
    def begin(self, work: BucketPass, traits: Traits) -> None:
        """Have a pass go on where the one before ended, before its first event."""
    def take(self, work: BucketPass) -> None:
        """Add what else a finished pass wrote."""
    def hand_over_digests(self) -> dict[int, bytes]:
        """Shard -> digest, of the shards since they were last handed over."""
    def hand_over_refunds(self) -> dict[str, Column]:
        """carrier, charged, list_value, payable of each event charged above what it owes."""

class WholeSums:
    counters: dict[str, int]
    def take_totals(self, part: Sums) -> None:
        """Take over the totals of a thread's passes."""
    def take(self, part: Sums) -> None:
        """Take over all of a thread's sums and counters; not its refunds."""
    def slices(
        self, name: str, rows: int, names: Mapping[str, Sequence[str]]
    ) -> Iterator[dict[str, Column]]:
        """Columns by name of so many rows of a table at a time, in order; held no more afterwards.

        name: totals, relief_totals, line_sums, suspense_sums. names: what indexes stand for, in
        whose order rows are.
        """
