from collections.abc import Iterable, Sequence

from doisoat.engine.arrow.arrow import ArrowStream
from doisoat.engine.arrow.columns import Column, Ints
from doisoat.engine.kernel.narrow import Narrow
from doisoat.engine.kernel.program import LoadedProgram, Traits

DEBUG: bool

class BucketPass:
    def __init__(
        self,
        program: LoadedProgram,
        period: tuple[int, int],
        subscriptions: Ints,
        opening: Ints,
        ports: Ints,
        conflicts: Ints,
        *,
        only_carrier: int = -1,
        keeps_events: bool = True,
        keeps_rated: bool = False,
        keeps_closing: bool = True,
        keeps_digests: bool = True,
        keeps_refunds: bool = True,
        keeps_lines: bool = True,
        keeps_streams: bool = False,
        grain: int = ...,
        owners_since: int = ...,
        later_periods: Sequence[int] = ...,
        short_way: bool = True,
    ) -> None: ...
    def rate(self, narrow: Narrow, traits: Traits, beside: Iterable[ArrowStream] = ()) -> None: ...
    def finish(self) -> None: ...
    def shard_digests(self) -> dict[int, bytes]: ...
    def shard_streams(self) -> dict[int, bytes] | None: ...
    def columns(self) -> dict[str, dict[str, Column]]: ...
    def counts(self) -> dict[str, int]: ...
    def efforts(self) -> dict[str, int]: ...
    def checksums(self) -> tuple[int, int]: ...
    def rows(self) -> int: ...
