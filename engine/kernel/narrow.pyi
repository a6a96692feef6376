from collections.abc import Mapping, Sequence

import polars as pl
from typing_extensions import Buffer

from doisoat.engine.arrow.event_ids import EventIds

CODE_COLUMNS: tuple[str, ...]
TABLES: tuple[str, ...]
NARROW_FORMATS: dict[str, str]

def pack_events(events: pl.DataFrame) -> bytearray: ...
def pack_narrow(events: pl.DataFrame, ids: pl.DataFrame) -> bytearray: ...
def pack_buffers(columns: Mapping[str, Buffer], ids: Sequence[Buffer]) -> bytearray:
    """Of buffers: columns by NARROW_FORMATS; ids by TABLES, hi and lo of each in turn."""

class Narrow:
    owners_count: int
    numbers_count: int
    sessions_count: int
    count: int
    def __init__(
        self, memory: Buffer, event_ids: EventIds | None = None, ids_row: int = 0
    ) -> None: ...
    def owner_ids(self) -> memoryview: ...
