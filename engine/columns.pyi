from collections.abc import Sequence

from doisoat.engine.arrow import ArrowStream

class Column:
    """A growable column of int64 with the buffer protocol."""

    def __len__(self) -> int: ...
    def view(self) -> memoryview: ...

class Ints:
    rows: int
    width: int
    def __init__(self, source: ArrowStream, names: Sequence[str]) -> None: ...
    def of_shards(self, first: int, after: int) -> Ints: ...
