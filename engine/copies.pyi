from collections.abc import Iterable

from doisoat.engine.arrow import ArrowStream
from doisoat.engine.columns import Ints
from doisoat.engine.kernel import BucketPass
from doisoat.engine.narrow import Narrow
from doisoat.engine.program import Traits

class Copies:
    def __init__(
        self,
        work: BucketPass,
        traits: Traits,
        narrow: Narrow,
        beside: ArrowStream,
        conflicts: Ints,
    ) -> None: ...
    def rate(self, narrow: Narrow, traits: Traits, beside: Iterable[ArrowStream]) -> None: ...
    def finish(self) -> None: ...
