from doisoat.engine.columns import Column
from doisoat.engine.kernel import BucketPass
from doisoat.engine.program import Traits

class Sums:
    counters: dict[str, int]
    def begin(self, work: BucketPass, traits: Traits) -> None:
        """Have a pass go on where the one before ended, before its first event."""
    def take(self, work: BucketPass) -> None:
        """Add what else a finished pass wrote."""
    def add(self, other: Sums) -> None:
        """Add what others came to; not the refunds."""
    def columns(self) -> dict[str, dict[str, Column]]:
        """totals, relief_totals, line_sums, suspense_sums -> columns by name, by indexes."""
    def hand_over_digests(self) -> dict[int, bytes]:
        """Shard -> digest, of the shards since they were last handed over."""
    def hand_over_refunds(self) -> dict[str, Column]:
        """carrier, charged, list_value, payable of each event charged above what it owes."""
