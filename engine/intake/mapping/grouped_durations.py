"""Durations in which a point may group thousands: `1.234` that a spreadsheet wrote for 1,234 s.

A record by itself does not tell it from 1 s and 234 ms, and is read as its mapping says. Of a file
it shows: seconds of the one sort have a point in front of just three digits, and none above 999 has
no point; of the other sort some have fewer decimals, or all have them. Of some few that all have a
point nobody can tell; of many that would each be a call of a quarter of an hour, they are decimals.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from doisoat.messages.text import message

if TYPE_CHECKING:
    from doisoat.engine.intake.mapping.mapping import UsageLayout

GROUPED = r"^[1-9][0-9]{0,2}\.[0-9]{3}$"
FEW = 20  # so many calls, and no shorter one beside them, may each last above 1,000 s
GROUPED_MS_END = 1_000_000  # what is longer was written without a point, or with decimals


@dataclass(slots=True)
class Seconds:
    """How the seconds of calls are written, in a chunk or a file of them."""

    grouped: int = 0  # as thousands may be grouped
    plain: int = 0  # without a point, above 0
    is_decimal: bool = (
        False  # one at least can only have decimals, or has thousands without a point
    )

    def add(self, chunk: "Seconds") -> None:
        """Count those of a further chunk."""
        self.grouped += chunk.grouped
        self.plain += chunk.plain
        self.is_decimal = self.is_decimal or chunk.is_decimal

    def notes(self) -> list[str]:
        """What is to be told of the file."""
        if self.is_decimal or self.grouped == 0:
            return []
        if self.plain == 0:
            return [] if self.grouped > FEW else [self._cannot_tell()]
        return [
            message(
                "{grouped} durations have a point before just three digits (as 1.234),"
                " the others have none: if it groups thousands, they were read a thousand"
                " times too small; export them without it, take that file in, then"
                " suspense choose --file",
                grouped=self.grouped,
            )
        ]

    def _cannot_tell(self) -> str:
        return message(
            "each duration ({grouped}) has a point before just three digits (as"
            " 1.234), and the file does not tell whether decimals follow it or it"
            " groups thousands; read as seconds and milliseconds, as the mapping"
            " says: look at the source; if it groups thousands, export them without"
            " it, take that file in, then suspense choose --file",
            grouped=self.grouped,
        )


def seconds_of(frame: pl.DataFrame, layout: "UsageLayout") -> Seconds:
    """Those of a chunk's calls.

    Args: frame: with _kind, _duration and duration_ms, of `values.with_values`.
    """
    duration = layout.fields.duration
    if duration is None or frame.height == 0 or not duration.is_plain_seconds:
        return Seconds()
    longest = frame["duration_ms"].max()
    if isinstance(longest, int) and longest >= GROUPED_MS_END:
        return Seconds(is_decimal=True)
    is_call, text = pl.col("_kind") == "voice", pl.col("_duration")
    has_point, is_long = text.str.contains(".", literal=True), pl.col("duration_ms") > 0
    pointed, grouped, plain = frame.select(
        (is_call & has_point).sum(),
        grouped=(is_call & has_point & text.str.contains(GROUPED)).sum(),
        plain=(is_call & is_long & ~has_point).sum(),
    ).row(0)
    return Seconds(grouped, plain, pointed > grouped)
