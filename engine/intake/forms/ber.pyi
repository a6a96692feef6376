from collections.abc import Iterable, Sequence
from typing import NamedTuple

from doisoat.messages.text import Text

MORE: int
DONE: int
FULL: int
FAULTS: tuple[Text, ...]
RECORD_BYTES: int
UNREADABLE: str
KINDS: dict[str, int]

Path = tuple[int, ...]

class Found(NamedTuple):
    tag: int
    is_group: bool
    content: int
    length: int

class Batch(NamedTuple):
    tags: list[int]
    places: list[int]
    offsets: list[int]
    lengths: list[int]
    columns: dict[str, list[str]]
    part_records: list[int]
    part_kinds: list[int]
    part_columns: dict[str, list[str]]
    broken: list[tuple[int, int, int]]

def head_at(data: bytes, at: int) -> tuple[int, Found]: ...
def end_at(data: bytes, at: int) -> tuple[int, int]: ...

class Walker:
    columns: tuple[str, ...]
    part_columns: tuple[str, ...]
    @property
    def held(self) -> int: ...
    def __init__(
        self, fields: Iterable[tuple[Path, str, str]], parts: Sequence[Path] = ()
    ) -> None: ...
    def clear(self) -> None: ...
    def take(self) -> Batch: ...
    def read(self, data: bytes, at: int, until: int, base: int, most: int) -> tuple[int, int]: ...
