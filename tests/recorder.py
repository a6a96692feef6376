"""The kernel's passes kept as they are asked for, so that a test can ask for them again."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from doisoat.engine import rater as rater_module

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
