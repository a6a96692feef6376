"""What a side answers: all of it as plain values, by whose digest and rows sides are compared."""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Any

Content = Mapping[str, Any]
DIFFERENCES_MOST = 10


class Answer(ABC):
    """The answer of a side. stages: seconds, for the curious."""

    stages: dict[str, float]

    @cached_property
    def content(self) -> Content:
        """All of it as plain values: rows are sorted, so that equal answers are equal bytes.

        It is asked for when the clock has stopped.
        """
        return self.as_content()

    @abstractmethod
    def as_content(self) -> Content: ...

    @property
    def digest(self) -> str:
        return hashlib.sha256(json.dumps(self.content, separators=(",", ":")).encode()).hexdigest()


def rows_that_differ(
    name: str, width: int, ours: Iterable[Sequence[Any]], theirs: Iterable[Sequence[Any]]
) -> Iterator[str]:
    """A line a row that only one has, or both otherwise. width: how many columns are its key."""
    mine, other = (
        {tuple(row[:width]): list(row[width:]) for row in rows} for rows in (ours, theirs)
    )
    for key in sorted({*mine, *other}):
        if mine.get(key) != other.get(key):
            yield f"{name} {key}: {mine.get(key)} is not {other.get(key)}"


def first_of(found: Iterable[str]) -> list[str]:
    """The first of many lines, and how many there are besides."""
    lines = iter(found)
    told, more = list(islice(lines, DIFFERENCES_MOST)), sum(1 for _ in lines)
    return told + ([f"and {more} more"] if more else [])
