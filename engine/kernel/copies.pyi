from collections.abc import Iterable

from doisoat.engine.arrow.arrow import ArrowStream
from doisoat.engine.arrow.columns import Ints
from doisoat.engine.kernel.kernel import BucketPass
from doisoat.engine.kernel.narrow import Narrow
from doisoat.engine.kernel.program import Traits

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
