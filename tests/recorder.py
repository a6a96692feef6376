"""The kernel's passes kept as they are asked for, so that a test can ask for them again."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from doisoat.engine import rater as rater_module
from doisoat.engine.kernel import BucketPass
from tests.implementations import kernel

rater: Any = rater_module  # A test may put another pass into it.


@dataclass
class Call:
    """One pass over a bucket: what it was made with, and its batches of (events, traits, codes)."""

    given: tuple[Any, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    batches: list[tuple[Any, Any, Any]] = field(default_factory=list)


class Recorder:
    """Stands for a BucketPass, which may have no subclass."""

    def __init__(self, real: Any, call: Call) -> None:
        self.call, self.work = call, real(*call.given, **call.options)

    def rate(self, source: Any, traits: Any, codes: Any) -> None:
        self.call.batches.append((source, traits, codes))
        self.work.rate(source, traits, codes)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.work, name)


@contextmanager
def recording() -> Iterator[list[Call]]:
    """The calls made inside, by engine.rater."""
    real, calls = rater.BucketPass, []

    def make(*given: Any, **options: Any) -> Recorder:
        calls.append(Call(given, options))
        return Recorder(real, calls[-1])

    rater.BucketPass = make
    try:
        yield calls
    finally:
        rater.BucketPass = real


class Recorded:
    """One call of the kernel by `rate_events`, kept so that other input can be rated by it."""

    def __init__(self, inputs: tuple[Any, ...]) -> None:
        with recording() as calls:
            self.outcomes = kernel().rate_events(*inputs)
        self.given, self.options = calls[0].given, calls[0].options
        ((self.events, self.traits, self.codes),) = calls[0].batches

    def again(self, *batches: pl.DataFrame, **options: Any) -> BucketPass:
        """A pass over these batches, ended."""
        work = BucketPass(*self.given, **{**self.options, **options})
        for batch in batches:
            work.rate(batch, self.traits, self.codes)
        work.finish()
        return work


def rows_of(columns: dict[str, Any]) -> list[tuple[int, ...]]:
    values = [memoryview(c).cast("q").tolist() if len(c) else [] for c in columns.values()]
    return sorted(zip(*values, strict=True))


def everything(work: BucketPass) -> dict[str, Any]:
    """All that a pass gives."""
    return {
        **{name: rows_of(columns) for name, columns in work.columns().items()},
        "counts": work.counts(),
        "streams": [(shard, bytes(stream)) for shard, stream in work.shard_streams()],
    }
