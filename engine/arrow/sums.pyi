from collections.abc import Sequence

from doisoat.engine.arrow.arrow import ArrowStream
from doisoat.engine.arrow.columns import Column

ONE: str

class Sums:
    keys: tuple[str, ...]
    sums: tuple[str, ...]
    def __init__(self, keys: Sequence[str], sums: Sequence[str]) -> None: ...
    def __len__(self) -> int: ...
    def add(self, frame: ArrowStream) -> None: ...
    def columns(self) -> dict[str, Column]: ...
