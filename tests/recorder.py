"""The kernel's passes kept as they are asked for, so that a test can ask for them again."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from doisoat.engine.files.coding import narrow_block
from doisoat.engine.kernel.kernel import BucketPass
from doisoat.engine.kernel.narrow import Narrow
from doisoat.engine.rating import rater as rater_module
from tests.implementations import kernel
from tests.spec.cases import catalogue, ms, package, subscription

rater: Any = rater_module  # A test may put another pass into it.


@dataclass
class Call:
    """One pass over a bucket: what it was made with, and its (narrow columns, traits, events)."""

    given: tuple[Any, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    blocks: list[tuple[Any, Any, Any]] = field(default_factory=list)


class Recorder:
    """Stands for a BucketPass, which may have no subclass."""

    def __init__(self, real: Any, call: Call) -> None:
        self.call, self.work = call, real(*call.given, **call.options)

    def rate(self, narrow: Any, traits: Any, beside: Any) -> None:
        self.call.blocks.append((narrow, traits, list(beside)))
        self.work.rate(*self.call.blocks[-1])

    def __getattr__(self, name: str) -> Any:
        return getattr(self.work, name)


@contextmanager
def recording() -> Iterator[list[Call]]:
    """The calls made inside, by engine.rating.rater."""
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
    """One call of `rate_events_and_close`, kept so that other input can be rated by it."""

    def __init__(self, inputs: tuple[Any, ...]) -> None:
        with recording() as calls:
            self.outcomes, _ = kernel().rate_events_and_close(*inputs)
        self.given, self.options = calls[0].given, calls[0].options
        ((_, self.traits, (self.events,)),) = calls[0].blocks

    def again(self, *batches: pl.DataFrame, **options: Any) -> BucketPass:
        """A pass over these batches, ended."""
        blocks = [(Narrow(narrow_block(batch)), batch) for batch in batches]
        return self.over(*blocks, **options)

    def over(self, *blocks: tuple[Narrow, pl.DataFrame], **options: Any) -> BucketPass:
        """As `again`, over blocks and the events that stand beside each."""
        work = BucketPass(*self.given, **{**self.options, "keeps_streams": True, **options})
        for narrow, beside in blocks:
            work.rate(narrow, self.traits, [beside])
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
        "streams": work.shard_streams(),
        "digests": work.shard_digests(),
    }


def counted(*events, measures=(), packs=(), open_packs=()) -> dict[str, int]:
    """How many grants, volumes and bonuses were given, and ran out, in August and September."""
    inputs = (catalogue(packs=list(packs)), package(*measures), (subscription(),), (), events,
              (ms("2021-08-01"), ms("2021-10-01")), open_packs)  # fmt: skip
    one = Recorded(inputs)
    counts = one.again(one.events).counts()
    names = ("grants", "volumes", "bonuses")
    return {f"{n} {w}": counts[f"{n}_{w}"] for n in names for w in ("given", "exhausted")
            if counts[f"{n}_{w}"]}  # fmt: skip
