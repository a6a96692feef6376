"""Tables of views by day as pictures: how an envelope is used up, and a carrier's relief."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from types import MappingProxyType
from typing import NamedTuple

from doisoat.messages.language import vi_or_en
from doisoat.messages.text import Text, in_language
from doisoat.settlement.drawing.axis import DayAxes
from doisoat.settlement.drawing.svg import (
    BLUE,
    MUTED,
    ORANGE,
    PALE,
    SANS,
    drawing,
    line,
    polyline,
)
from doisoat.settlement.papers.figures import Figures, short_unit
from doisoat.settlement.web.requests.refusals import Refusal
from doisoat.settlement.web.views.page_tables import Parameters, Table
from doisoat.settlement.web.vocabulary import CODES

FORM, KIND = "svg", "image/svg+xml"
WIDTHS = range(300, 901)  # pixels
HEIGHT, LEFT, RIGHT, TOP, BOTTOM, SIZE = 220, 56, 20, 28, 30, 12
DAY_WIDTH, DAYS_NAMED = 120, 4  # pixels between two days that are named, and at least how many
CEILING_FROM = 10  # the envelope is drawn once a tenth of it is used: else it flattens the rest


class Drawn(NamedTuple):
    """A table that is drawn: the column of amounts, and those whose values choose its rows."""

    amount: str
    by: tuple[str, ...]


DRAWN: Mapping[str, Drawn] = MappingProxyType({
    "burn_down": Drawn("recognised_to_date", ("programme", "carrier")),
    "relief_days": Drawn("amount", ("nature",)),
})  # fmt: skip


def day_drawing(tables: Mapping[str, Table], parameters: Parameters, language: str) -> bytes:
    """One line of a table of a view, by day. Raises: Refusal."""
    name = parameters.get("table", "")
    if name not in DRAWN or name not in tables:
        raise Refusal("bad_value", "table", ", ".join(DRAWN))
    drawn, table = DRAWN[name], tables[name]
    width = _width(parameters)
    chosen = {column: parameters.get(column, "") for column in drawn.by}
    rows = [table.as_row(row) for row in table.rows]
    rows = [
        row
        for row in rows
        if row["day"] is not None and all(chosen[key] == (row[key] or "") for key in chosen)
    ]
    if not rows:
        raise Refusal("not_found", name)
    days = [date.fromisoformat(str(row["day"])) for row in rows]
    amounts = [int(str(row[drawn.amount])) for row in rows]
    head = (
        CODES["nature"][chosen["nature"]] if "nature" in chosen else CODES["column"][drawn.amount]
    )
    ceiling = amounts[-1] + int(str(rows[-1]["remaining"])) if name == "burn_down" else None
    if ceiling is not None and amounts[-1] * CEILING_FROM < ceiling:
        ceiling = None
    return _drawn(days, amounts, ceiling, head, width, language).encode()


def _width(parameters: Parameters) -> int:
    width = parameters.get("width", str(WIDTHS[-1]))
    if not width.isdecimal() or int(width) not in WIDTHS:
        raise Refusal("bad_value", "width", f"{WIDTHS[0]}..{WIDTHS[-1]}")
    return int(width)


def _drawn(
    days: Sequence[date], amounts: Sequence[int], ceiling: int | None, head: Text, width: int,
    language: str,
) -> str:  # fmt: skip
    """Amounts as a stepped area: what a day came to holds until the next."""
    say = Figures(vi_or_en(language))
    all_amounts = [*amounts, *([ceiling] if ceiling is not None else [])]
    axes = DayAxes.of(days, all_amounts, LEFT, width - RIGHT, TOP, HEIGHT - BOTTOM, SIZE)
    unit, unit_name = short_unit(axes.high)
    name = in_language(head, language)
    steps = list(_steps(axes, days, amounts))
    ground = [(steps[0][0], axes.y(0)), *steps, (steps[-1][0], axes.y(0))]
    every = -(-len(days) // max(DAYS_NAMED, width // DAY_WIDTH))
    parts = [
        polyline(ground, "none", PALE),
        *axes.drawn(
            f"{name} ({say.text(unit_name)})", unit, say.decimal,
            lambda day: f"{day.day}/{day.month}", every,
        ),
        polyline(steps, BLUE, width="2"),
        line(LEFT, axes.y(0), width - RIGHT, axes.y(0), MUTED, "1"),
    ]  # fmt: skip
    if ceiling is not None:
        y = axes.y(ceiling)
        parts.append(line(LEFT, y, width - RIGHT, y, ORANGE, "2", dashes="6 4"))
    return drawing(width, HEIGHT, parts, font=SANS, title=name)


def _steps(
    axes: DayAxes, days: Sequence[date], amounts: Sequence[int]
) -> Iterator[tuple[Fraction, Fraction]]:
    for place, (day, amount) in enumerate(zip(days, amounts, strict=True)):
        if place:
            yield axes.x(day), axes.y(amounts[place - 1])
        yield axes.x(day), axes.y(amount)
