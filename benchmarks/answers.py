"""The answers of the sides of a job as plain values, compared row by row."""

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
    name: str, width: int, our_rows: Iterable[Sequence[Any]], peer_rows: Iterable[Sequence[Any]]
) -> Iterator[str]:
    """A line a row that only one has, or both otherwise. width: how many columns are its key."""
    our_values, peer_values = (
        {tuple(row[:width]): list(row[width:]) for row in rows} for rows in (our_rows, peer_rows)
    )
    for key in sorted({*our_values, *peer_values}):
        if our_values.get(key) != peer_values.get(key):
            yield f"{name} {key}: {our_values.get(key)} is not {peer_values.get(key)}"


def first_of(all_lines: Iterable[str]) -> list[str]:
    """The first of many lines, and how many there are besides."""
    lines = iter(all_lines)
    first_lines, more = list(islice(lines, DIFFERENCES_MOST)), sum(1 for _ in lines)
    return first_lines + ([f"and {more} more"] if more else [])
