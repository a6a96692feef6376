"""Horizontal bars about an origin, as an SVG of plain shapes and texts; no dependency.

Amounts are placed by exact fractions: a bar is as long as its amount, to a hundredth of a pixel.
The same bars give the same bytes.
"""

from fractions import Fraction
from typing import NamedTuple
from xml.sax.saxutils import escape

from doisoat.money import group_vi

WIDTH = 1240
LABELS_MAX = 560  # pixels for what stands at the left of the bars
MARGIN_LEFT = 21
MARGIN_RIGHT = 40
ROW, ROW_OF_TWO, BAR, HEAD = 30, 42, 16, 34
CHARACTER, SMALL = 7, 6  # pixels of one of the texts beside bars, safely many
FONT = "'Noto Sans','Segoe UI','DejaVu Sans',Arial,sans-serif"
DARK, RULE, MUTED, BELOW, ABOVE = "#1F3864", "#C9D3E6", "#595959", "#2E75B6", "#C55A11"
UNITS = ((10**12, "nghìn tỷ đồng"), (10**9, "tỷ đồng"), (10**6, "triệu đồng"), (1, "đồng"))
TICKS = 6


class Bar(NamedTuple):
    """From `low` to `high`, about the origin between them; texts stand at their ends."""

    label: str
    low: int
    high: int
    low_text: str = ""
    high_text: str = ""
    high_cut: bool = False  # it is longer than it is drawn
    under: str = ""  # a second, smaller line of the label


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


def unit_of(largest: int) -> tuple[int, str]:
    """The unit in which an axis up to `largest` is read, and its name."""
    return next((unit for unit in UNITS if abs(largest) >= unit[0]), UNITS[-1])


def decimal_vi(amount: Fraction, places: int) -> str:
    """A figure with a decimal comma; what is rounded is for the eye alone."""
    scaled = round(amount * 10**places)
    whole, part = divmod(abs(scaled), 10**places)
    sign = "−" if scaled < 0 else ""
    return sign + group_vi(whole) + (f",{part:0{places}}" if places else "")


def ticks_of(low: int, high: int) -> list[int]:
    """Round numbers from low to high, about TICKS of them."""
    span = max(1, high - low)
    step = 1
    while span // step > TICKS:
        step = step * 5 // 2 if str(step)[0] == "2" else step * 2
    return list(range(-(-low // step) * step, high + 1, step))


def drawn(chart: Chart) -> str:
    """The chart as an SVG document."""
    bars = [bar for group in chart.groups for bar in group.bars]
    low = min([chart.origin, *(bar.low for bar in bars)])
    high = max([chart.origin, *(bar.high for bar in bars)])
    before = CHARACTER * max([len(bar.low_text) for bar in bars], default=0) + 12
    after = CHARACTER * max([len(bar.high_text) + 3 * bar.high_cut for bar in bars], default=0) + 12
    wanted = [max(CHARACTER * len(bar.label), SMALL * len(bar.under)) for bar in bars]
    labels = min(LABELS_MAX, MARGIN_LEFT + max(wanted, default=0))
    left, right = labels + before, WIDTH - MARGIN_RIGHT - after
    span = max(1, high - low)

    def x(amount: int) -> str:
        hundredths = round(Fraction(100 * (right - left) * (amount - low), span)) + 100 * left
        return f"{hundredths // 100}.{hundredths % 100:02}"

    def length(amount: int) -> str:
        hundredths = round(Fraction(100 * (right - left) * amount, span))
        return f"{hundredths // 100}.{hundredths % 100:02}"

    unit, unit_name = unit_of(max(abs(low), abs(high)))
    places = 0 if unit == 1 else 1
    parts = [
        _text(MARGIN_LEFT, 34, chart.title, "start", 20, DARK, bold=True),
        _text(MARGIN_LEFT, 58, chart.subtitle, "start", 13, MUTED),
    ]
    top = y = 96
    body: list[str] = []
    for group in chart.groups:
        body.append(_text(MARGIN_LEFT, y + 20, group.title, "start", 14, DARK, bold=True))
        y += HEAD
        for bar in group.bars:
            middle = y + BAR // 2 + 5
            body.append(_text(labels, middle, bar.label, "end", 13, "#222222"))
            if bar.under:
                body.append(_text(labels, middle + 14, bar.under, "end", 10, MUTED))
            for begin, end, colour in (
                (bar.low, min(bar.high, chart.origin), BELOW),
                (max(bar.low, chart.origin), bar.high, ABOVE),
            ):
                if end > begin:
                    body.append(
                        f'<rect x="{x(begin)}" y="{y}" width="{length(end - begin)}"'
                        f' height="{BAR}" fill="{colour}"/>'
                    )
            if bar.low_text:
                body.append(_text_at(x(bar.low), -6, middle, bar.low_text, "end"))
            if bar.high_text:
                body.append(
                    _text_at(
                        x(bar.high),
                        6,
                        middle,
                        ("≫ " if bar.high_cut else "") + bar.high_text,
                        "start",
                    )
                )
            y += ROW_OF_TWO if bar.under else ROW
        y += 8
    for tick in ticks_of(low, high):
        parts.append(
            f'<line x1="{x(tick)}" y1="{top - 6}" x2="{x(tick)}" y2="{y}" stroke="{RULE}"/>'
        )
        label = decimal_vi(Fraction(tick, unit), places)
        parts.append(_text_at(x(tick), 0, y + 18, label, "middle", MUTED))
    parts += body
    parts.append(
        f'<line x1="{x(chart.origin)}" y1="{top - 6}" x2="{x(chart.origin)}" y2="{y}"'
        f' stroke="{DARK}" stroke-width="2"/>'
    )
    parts.append(_text_at(x(chart.origin), 0, top - 12, chart.origin_text, "middle", DARK))
    y += 42
    parts.append(_text((left + right) // 2, y, f"{chart.axis} ({unit_name})", "middle", 12, MUTED))
    for note in chart.notes:
        y += 20
        parts.append(_text(MARGIN_LEFT, y, note, "start", 12, MUTED))
    height = y + 24
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}"'
        f' viewBox="0 0 {WIDTH} {height}" role="img" font-family="{FONT}">\n'
        f"<title>{escape(chart.title)}</title>\n"
        f'<rect width="{WIDTH}" height="{height}" fill="#FFFFFF"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _text(
    x: int, y: int, label: str, anchor: str, size: int, colour: str, *, bold: bool = False
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}" fill="{colour}"'
        f"{weight}>{escape(label)}</text>"
    )


def _text_at(x: str, shift: int, y: int, label: str, anchor: str, colour: str = "#222222") -> str:
    return (
        f'<text x="{x}" dx="{shift}" y="{y}" text-anchor="{anchor}" font-size="12"'
        f' fill="{colour}">{escape(label)}</text>'
    )
