"""Findings of a check of tariffs: code, place and remedy, in two languages."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from doisoat.errors import CatalogueError
from doisoat.messages.text import Text, halves_of, message_in

Severity = Literal["error", "warning"]
Place = Callable[..., str]  # path of keys and places in lists -> file:line:column
Span = tuple[datetime, datetime | None]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong (error) or that somebody should look at (warning)."""

    severity: Severity
    code: str  # stable: scripts may ask for it
    where: str
    fault: Text
    mend: Text

    def as_object(self) -> dict[str, Any]:
        return {
            "severity": self.severity,
            "code": self.code,
            "where": self.where,
            "vi": self.fault.vi,
            "en": self.fault.en,
            "mend_vi": self.mend.vi,
            "mend_en": self.mend.en,
        }


@dataclass(frozen=True, slots=True)
class Assumed:
    """A value that no source supports: of `item`, these fields (`*`: all that is not named)."""

    where: str
    item: str
    fields: tuple[str, ...]
    source: str


def refused(error: CatalogueError, code: str = "refused") -> Finding:
    """What the loader or the compiler refuses, as a finding."""
    fault, mend = halves_of(error.what), halves_of(error.mend)
    # A text of a library or a file in one language begins, in others, with what it is.
    untranslated = message_in("not usable as written", "{fault}", fault=fault)
    return Finding(
        "error", code, error.where,
        fault if fault.vi != fault.en else untranslated,
        mend if mend.vi != mend.en else message_in("to be mended there", "{mend}", mend=mend),
    )  # fmt: skip


class HasSpan(Protocol):
    @property
    def valid_from(self) -> datetime: ...
    @property
    def valid_until(self) -> datetime | None: ...


def meet(first: HasSpan, second: HasSpan) -> bool:
    """Do two half-open intervals share a moment?"""
    return (second.valid_until is None or first.valid_from < second.valid_until) and (
        first.valid_until is None or second.valid_from < first.valid_until
    )


def hours_text(mask: int) -> str:
    """Hours of the day in a mask, as spans: '0-6, 23-24'."""
    spans: list[list[int]] = []
    for hour in range(24):
        if mask >> hour & 1:
            if spans and spans[-1][1] == hour:
                spans[-1][1] = hour + 1
            else:
                spans.append([hour, hour + 1])
    return ", ".join(f"{begin}-{end}" for begin, end in spans)


def listed(names: Iterable[object]) -> str:
    return ", ".join(str(name) for name in names)
