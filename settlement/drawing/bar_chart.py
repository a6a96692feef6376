"""Horizontal bars about an origin: a bar is as long as its amount, to a hundredth of a pixel."""

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from doisoat.settlement.drawing.axis import decimal_vi, ticks_of, unit_of
from doisoat.settlement.drawing.svg import (
    BLUE,
    DARK,
    MUTED,
    ORANGE,
    SANS,
    drawing,
    line,
    rect,
    text,
    text_width,
)

WIDTH = 1240
LABELS_MAX = 560  # pixels for what stands at the left of the bars
MARGIN_LEFT = 21
MARGIN_RIGHT = 40
ROW, ROW_OF_TWO, BAR, HEAD, TOP = 30, 42, 16, 34, 96
CHARACTER, SMALL = 7, 6  # pixels of one of the texts beside bars, safely many
BELOW, ABOVE = BLUE, ORANGE


class Bar(NamedTuple):
    """From `low` to `high`, about the origin between them; texts stand at their ends."""

    label: str
    low: int
    high: int
    low_text: str = ""
    high_text: str = ""
    high_cut: bool = False  # it is longer than it is drawn
    under: str = ""  # a second, smaller line of the label

    @property
    def end_text(self) -> str:
        return f"≫ {self.high_text}" if self.high_text and self.high_cut else self.high_text


class Group(NamedTuple):
    title: str
    bars: tuple[Bar, ...]


class Chart(NamedTuple):
    title: str
    subtitle: str
    axis: str  # what the axis measures
    origin: int
    origin_text: str
    groups: tuple[Group, ...]
    notes: tuple[str, ...]


class _Scale(NamedTuple):
    """Where amounts lie, from the end of the labels to where the texts behind bars begin."""

    low: int
    high: int
    labels: int
    left: int
    right: int

    @classmethod
    def of(cls, chart: Chart) -> "_Scale":
        bars = [bar for group in chart.groups for bar in group.bars]
        before = max([text_width(bar.low_text, CHARACTER) for bar in bars], default=0) + 12
        after = max(
            [text_width(bar.high_text, CHARACTER) + 3 * CHARACTER * bar.high_cut for bar in bars],
            default=0,
        )
        wanted = [
            max(text_width(bar.label, CHARACTER), text_width(bar.under, SMALL)) for bar in bars
        ]
        labels = min(LABELS_MAX, MARGIN_LEFT + max(wanted, default=0))
        return cls(
            min([chart.origin, *(bar.low for bar in bars)]),
            max([chart.origin, *(bar.high for bar in bars)]),
            labels, labels + before, WIDTH - MARGIN_RIGHT - after - 12,
        )  # fmt: skip

    def length(self, amount: int) -> Fraction:
        return Fraction((self.right - self.left) * amount, max(1, self.high - self.low))

    def x(self, amount: int) -> Fraction:
        return self.left + self.length(amount - self.low)


def drawn(chart: Chart) -> str:
    """The chart as an SVG document."""
    scale = _Scale.of(chart)
    rows = [ROW_OF_TWO if bar.under else ROW for group in chart.groups for bar in group.bars]
    bottom = TOP + sum(rows) + (HEAD + 8) * len(chart.groups)
    height = bottom + 42 + 20 * len(chart.notes) + 24
    parts = [
        text(MARGIN_LEFT, 34, chart.title, size=20, colour=DARK, bold=True),
        text(MARGIN_LEFT, 58, chart.subtitle, size=13, colour=MUTED),
        *_axis(chart, scale, bottom),
        *_bars(chart, scale),
        line(scale.x(chart.origin), TOP - 6, scale.x(chart.origin), bottom, DARK, "2"),
        text(
            scale.x(chart.origin), TOP - 12, chart.origin_text, size=12, anchor="middle",
            colour=DARK,
        ),
        *(
            text(MARGIN_LEFT, bottom + 62 + 20 * place, note, size=12, colour=MUTED)
            for place, note in enumerate(chart.notes)
        ),
    ]  # fmt: skip
    return drawing(WIDTH, height, parts, font=SANS, title=chart.title)


def _axis(chart: Chart, scale: _Scale, bottom: int) -> Iterator[str]:
    """Rules of round amounts, and what they are."""
    unit, unit_name = unit_of(max(abs(scale.low), abs(scale.high)))
    for tick in ticks_of(scale.low, scale.high):
        x, label = scale.x(tick), decimal_vi(Fraction(tick, unit), 0 if unit == 1 else 1)
        yield line(x, TOP - 6, x, bottom, width="1")
        yield text(x, bottom + 18, label, size=12, anchor="middle", colour=MUTED)
    middle, name = (scale.left + scale.right) // 2, f"{chart.axis} ({unit_name})"
    yield text(middle, bottom + 42, name, size=12, anchor="middle", colour=MUTED)


def _bars(chart: Chart, scale: _Scale) -> Iterator[str]:
    y = TOP
    for group in chart.groups:
        yield text(MARGIN_LEFT, y + 20, group.title, size=14, colour=DARK, bold=True)
        y += HEAD
        for bar in group.bars:
            middle = y + BAR // 2 + 5
            yield text(scale.labels, middle, bar.label, size=13, anchor="end")
            if bar.under:
                yield text(
                    scale.labels, middle + 14, bar.under, size=10, anchor="end", colour=MUTED
                )
            for begin, end, colour in (
                (bar.low, min(bar.high, chart.origin), BELOW),
                (max(bar.low, chart.origin), bar.high, ABOVE),
            ):
                if end > begin:
                    yield rect(scale.x(begin), y, scale.length(end - begin), BAR, colour)
            if bar.low_text:
                yield text(scale.x(bar.low) - 6, middle, bar.low_text, size=12, anchor="end")
            if bar.high_text:
                yield text(scale.x(bar.high) + 6, middle, bar.end_text, size=12)
            y += ROW_OF_TWO if bar.under else ROW
        y += 8
