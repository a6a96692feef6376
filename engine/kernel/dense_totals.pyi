from collections.abc import Sequence

from doisoat.engine.arrow.columns import Column

class DenseTotals:
    """Exact sums of some int64 by key, a row after the other."""
    def __init__(self, key_bytes: int, widths: Sequence[int]) -> None:
        """Each of 1 to 7. key_bytes: that every key needs; widths: that most sums of each value
        need: larger ones may be, too."""
    def add(self, key: int, values: Sequence[int]) -> None:
        """Add to one row. Raises: ConservationError if a sum passes 2**63, or is below 0."""
    def put_in_order(
        self, parts: Sequence[tuple[int, int]], ranks: Sequence[Sequence[int] | None]
    ) -> None:
        """Order the rows by parts (lowest bit, bits) of keys, each by its values' ranks; None: by
        the values themselves. Nothing is added afterwards."""
    def columns(self, parts: Sequence[tuple[int, int]], first: int, rows: int) -> list[Column]:
        """So many rows in order: a column for each of parts, then the values."""
    def forget(self) -> None:
        """Let go of all rows."""
