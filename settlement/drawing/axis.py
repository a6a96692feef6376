"""Axes of amounts and of days: round numbers, the unit they are read in, and how they are drawn."""

from collections.abc import Callable, Sequence
from datetime import date
from fractions import Fraction
from functools import partial
from typing import NamedTuple

from doisoat.currency import CURRENCY, number_text
from doisoat.messages.text import template
from doisoat.settlement.drawing.svg import MUTED, line, text

UNITS = (  # as charts have them
    (10**12, template("trillion {currency_own_name}")),
    (10**9, template("billion {currency_own_name}")),
    (10**6, template("million {currency_own_name}")),
    (1, template("{currency_own_name}")),
)
TICKS, DAY_TICKS = 6, 4
INSET = 4  # points between an axis and the first day


def unit_of(largest: int) -> tuple[int, str]:
    """The unit in which an axis up to `largest` is read, in minor units, and its name.

    The name is Vietnamese, as are the charts.
    """
    whole = 10**CURRENCY.form.decimals
    size, name = next((unit for unit in UNITS if abs(largest) >= unit[0] * whole), UNITS[-1])
    return size * whole, name().vi


def decimal_vi(amount: Fraction, places: int) -> str:
    """A figure with decimals as the state writes them; what is rounded is for the eye alone."""
    scaled = round(amount * 10**places)
    whole, part = divmod(abs(scaled), 10**places)
    sign = "−" if scaled < 0 else ""
    return sign + number_text(whole) + (f"{CURRENCY.form.point}{part:0{places}}" if places else "")


def ticks_of(low: int, high: int) -> list[int]:
    """Round numbers from low to high, about TICKS of them."""
    span = max(1, high - low)
    step = 1
    while span // step > TICKS:
        step = step * 5 // 2 if str(step)[0] == "2" else step * 2
    return list(range(-(-low // step) * step, high + 1, step))


class DayAxes(NamedTuple):
    """The frame of amounts by day: an axis from the low to the high one, and one of days."""

    days: Sequence[date]
    low: int
    high: int
    left: int
    right: int
    top: int
    bottom: int
    size: int = 7  # of texts

    @classmethod
    def of(
        cls, days: Sequence[date], amounts: Sequence[int], left: int, right: int, top: int,
        bottom: int, size: int = 7,
    ) -> "DayAxes":  # fmt: skip
        """Axes for amounts, from 0 or the least of them."""
        low, high = min([0, *amounts]), max([1, *amounts])
        return cls(days, low, high, left, right, top, bottom, size)

    def x(self, day: date) -> Fraction:
        span = max(1, (self.days[-1] - self.days[0]).days)
        step = Fraction(self.right - self.left - 2 * INSET, span)
        return self.left + INSET + step * (day - self.days[0]).days

    def y(self, amount: int) -> Fraction:
        height = self.bottom - self.top
        return self.bottom - Fraction(height * (amount - self.low), self.high - self.low)

    def drawn(
        self, head: str, unit: int, decimal: Callable[[Fraction, int], str],
        day_text: Callable[[date], str], every: int = 7,
    ) -> list[str]:  # fmt: skip
        """Rules and texts of both axes.

        Args: head: above the amounts; unit: in which they are written; every: days between two
            that are named.
        """
        named = partial(text, size=self.size, colour=MUTED)
        parts = []
        ticks = ticks_of(self.low, self.high)
        for tick in ticks if len(ticks) <= DAY_TICKS else ticks[::2]:
            y, places = self.y(tick), 0 if tick % unit == 0 else 1
            label, below = decimal(Fraction(tick, unit), places), self.size // 3 + 1
            parts.append(line(self.left, y, self.right, y))
            parts.append(named(self.left - 4, y + below, label, anchor="end"))
        parts.append(named(0, self.top - 5, head))
        for day in self.days[::every]:
            under = self.bottom + self.size + 3
            parts.append(named(self.x(day), under, day_text(day), anchor="middle"))
        return parts
