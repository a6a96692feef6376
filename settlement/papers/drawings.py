"""The drawings of a carrier's summary: by measure, by province, by day, and what of the
relief counts against the programme's value.

What is drawn is for the eye; the figures beside it, and the minutes, are exact.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from doisoat.messages.text import Text, message, template
from doisoat.settlement.drawing.axis import INSET, DayAxes
from doisoat.settlement.drawing.svg import (
    BLUE,
    DARK,
    GREEN,
    INK,
    MUTED,
    ORANGE,
    RULE,
    SHADES,
    WHITE,
    cut,
    drawing,
    legend,
    polyline,
    rect,
    text,
)
from doisoat.settlement.papers.figures import Figures, short_unit
from doisoat.settlement.papers.run_reader import DailyRelief, Source
from doisoat.settlement.report.report_text import NATURES
from doisoat.tariffs.load.tiles import Tile, tiles_on

WIDTH = 332  # of the column of charts, points
NATURE_COLOURS = {"discount": BLUE, "in_kind": GREEN, "contribution": ORANGE}
BARS_MAX, BAR_ROW = 12, 15
TILE_WIDTH, TILE_HEIGHT = 29, 27
DARK_FROM = 3  # shades on which letters are white
LABELS = 42  # left of an axis, points
PLOT_HEIGHT, PLOT_FRAME = 100, 34  # points; the frame holds the legend and the days
RELIEFS_MAX = 2
UNKNOWN = message("Province not known")
OF_PROGRAMME = template("{period} this period; {to_date} to date, {share} of the programme's value")
OF_OWN_PART = template("{period} this period; {to_date} to date, {share} of the carrier's own part")


def drawings(source: Source, say: Figures) -> dict[str, str]:
    """Each drawing as SVG, by name; provinces: "" where the catalogue has no map of them."""
    content = source.content
    tiles = tiles_on(content.catalogue.id, content.period.begin.date())
    discounts = {code: sums["discount"] for code, _, sums in content.by_province}
    days = [day for day, _ in content.by_day]
    series = [
        Series(say.text(NATURES[nature]), colour, [sums[nature] for _, sums in content.by_day])
        for nature, colour in NATURE_COLOURS.items()
    ]
    return {
        "measures": measures(source, say),
        "provinces": provinces(tiles, discounts, say) if tiles else "",
        "days": curve(days, series, say),
        "reliefs": reliefs(source.reliefs, say),
    }


# --- By measure -----------------------------------------------------------------------------------


def measures(source: Source, say: Figures) -> str:
    """A bar for each line with an amount, as long as it; colours are natures, never added up."""
    lines = [
        relief
        for relief in source.content.lines
        if relief.amount and relief.nature in NATURE_COLOURS
    ]
    order = list(NATURE_COLOURS)
    lines.sort(key=lambda relief: (order.index(relief.nature), -relief.amount, relief.measure))
    shown = lines[:BARS_MAX]
    names = [(say.text(NATURES[nature]), colour) for nature, colour in NATURE_COLOURS.items()]
    parts = legend(names, 0, 2, 8, baseline=9)
    most = max((relief.amount for relief in shown), default=1)
    left, right, y = 142, WIDTH - 84, 18
    for relief in shown:
        name = cut(f"{relief.measure}  {say.text(Text(relief.title, relief.title_en))}", 36)
        width = Fraction((right - left) * relief.amount, most)
        parts += [
            text(left - 5, y + 9, name, size=Fraction(15, 2), anchor="end"),
            rect(left, y + 2, width, 9, NATURE_COLOURS[relief.nature]),
            text(left + width + 4, y + 9, say.amount(relief.amount), size=Fraction(15, 2)),
        ]
        y += BAR_ROW
    if not shown:
        parts.append(text(0, y + 9, say.text(message("No amount"))))
        y += 14
    if len(lines) > len(shown):
        left_out = len(lines) - len(shown)
        more = message("and {left_out} more: see the minutes", left_out=left_out)
        parts.append(text(left, y + 9, say.text(more), size=7, colour=MUTED))
        y += 14
    return drawing(WIDTH, y + 2, parts)


# --- By province ----------------------------------------------------------------------------------


def provinces(tiles: Sequence[Tile], amounts: Mapping[str, int], say: Figures) -> str:
    """A tile for each province, darker where the amount is larger; below them the rest."""
    places = {tile.place for tile in tiles}
    most = max((amounts.get(code, 0) for code in places), default=0)
    unit, unit_name = short_unit(most)
    parts = []
    for tile in tiles:
        amount = amounts.get(tile.place)
        shade = shade_of(amount or 0, most)
        ink = WHITE if shade >= DARK_FROM else INK
        x, y = tile.column * TILE_WIDTH, tile.row * TILE_HEIGHT
        middle = x + Fraction(TILE_WIDTH, 2)
        label = "–" if amount is None else short(amount, unit, say)
        parts += [
            rect(x + 1, y + 1, TILE_WIDTH - 1, TILE_HEIGHT - 1, SHADES[shade], RULE),
            text(middle, y + 10, tile.name, size=5, anchor="middle", colour=ink),
            text(middle, y + 21, label, size=7, anchor="middle", colour=ink, bold=True),
        ]
    y = (1 + max(tile.row for tile in tiles)) * TILE_HEIGHT + 10
    scale = message("in {unit_name}", unit_name=unit_name)
    parts.append(text(0, y, say.text(scale), size=7))
    elsewhere = sum(amount for code, amount in amounts.items() if code not in places)
    if elsewhere:
        y += 10
        parts.append(text(0, y, f"{say.text(UNKNOWN)}: {say.amount(elsewhere)}", size=7))
    columns = 1 + max(tile.column for tile in tiles)
    return drawing(columns * TILE_WIDTH + 1, y + 4, parts)


def shade_of(amount: int, most: int) -> int:
    """0 for nothing, then fifths of the largest amount."""
    if amount <= 0 or most <= 0:
        return 0
    return min(len(SHADES) - 1, 1 + (len(SHADES) - 1) * (amount - 1) // most)


def short(amount: int, unit: int, say: Figures) -> str:
    """An amount in a unit, so short that it fits a tile; nothing above 0 is shown as 0."""
    share = Fraction(amount, unit)
    if unit > 1 and 0 < 20 * share <= 1:  # it would be rounded to 0
        return "<" + say.decimal(Fraction(1, 10), 1)
    return say.decimal(share, 0 if amount == 0 or unit == 1 or share >= 100 else 1)


# --- By day --------------------------------------------------------------------------------------


class Series(NamedTuple):
    name: str
    colour: str
    values: Sequence[int]  # đồng, a day each


def curve(days: Sequence[date], series: Sequence[Series], say: Figures) -> str:
    """A line for each series over the days, on one axis from 0."""
    names = [(shown.name, shown.colour) for shown in series]
    parts = legend(names, LABELS, 3, 3, baseline=8)
    values = [value for shown in series for value in shown.values]
    plotted = _plot(14, PLOT_HEIGHT, days, series, values, say)
    return drawing(WIDTH, PLOT_HEIGHT + PLOT_FRAME, [*parts, *plotted])


def reliefs(daily: Sequence[DailyRelief], say: Figures) -> str:
    """What of a carrier's relief counts against each programme, a column a day; of the first
    RELIEFS_MAX."""
    parts: list[str] = []
    y = 0
    shown = daily[:RELIEFS_MAX]
    height = PLOT_HEIGHT if len(shown) < 2 else PLOT_HEIGHT // 2 - PLOT_FRAME // 2
    for one in shown:
        amounts = [amount for _, amount in one.by_day]
        if len(daily) > 1:
            title = cut(say.text(Text(one.title, one.title_en)), 80)
            parts.append(text(0, y + 8, title, size=8, bold=True))
            y += 12
        filled = OF_OWN_PART if one.is_own_part else OF_PROGRAMME
        label = filled(
            period=say.amount(sum(amounts)),
            to_date=say.amount(one.to_date),
            share=say.share(one.to_date, one.envelope),
        )
        parts.append(text(0, y + 8, say.text(label), size=7))
        top = y + 22
        axes, drawn = _axes(top, height, [day for day, _ in one.by_day], amounts, say)
        parts += drawn
        width = min(
            Fraction(2 * (axes.right - axes.left), 3 * max(1, len(amounts))), Fraction(2 * INSET)
        )
        for day, amount in one.by_day:
            if amount:
                top_of_column = axes.y(max(amount, 0))
                length = abs(axes.y(amount) - axes.y(0))
                parts.append(rect(axes.x(day) - width / 2, top_of_column, width, length, DARK))
        y += height + PLOT_FRAME + 8
    return drawing(WIDTH, max(y, 1), parts)


def _plot(
    top: int,
    height: int,
    days: Sequence[date],
    series: Sequence[Series],
    values: Sequence[int],
    say: Figures,
) -> list[str]:
    axes, parts = _axes(top, height, days, values, say)
    for curve in series:
        points = [
            (axes.x(day), axes.y(value)) for day, value in zip(days, curve.values, strict=True)
        ]
        parts.append(polyline(points, curve.colour))
    return parts


def _axes(
    top: int, height: int, days: Sequence[date], values: Sequence[int], say: Figures
) -> tuple[DayAxes, list[str]]:
    axes = DayAxes.of(days, values, LABELS, WIDTH - 6, top, top + height)
    unit, unit_name = short_unit(axes.high)

    def day_text(day: date) -> str:
        return f"{day:%d/%m}" if say.lang == "vi" else f"{day.day}/{day.month}"

    return axes, axes.drawn(say.text(unit_name), unit, say.decimal, day_text)
