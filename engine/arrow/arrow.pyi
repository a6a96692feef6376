from collections.abc import Mapping
from typing import Protocol

from typing_extensions import Buffer

class ArrowStream(Protocol):
    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...

class StreamReader:
    def __init__(self, source: ArrowStream) -> None: ...

class Texts:
    """Texts of one column, filled in by a kernel."""

class ArrowTable:
    """Columns from buffers (array, memoryview): int64, uint64, int32, uint32 or uint8; or from
    Texts. No nulls."""

    rows: int
    batch_rows: int
    def __init__(
        self, columns: Mapping[str, Buffer | Texts], batch_rows: int = 122_880
    ) -> None: ...
    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...
