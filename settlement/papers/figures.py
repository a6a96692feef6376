"""Numbers, amounts and days as papers write them, in Vietnamese and English. Exact: no floats."""

from datetime import date, datetime
from fractions import Fraction
from typing import Any, Literal, NamedTuple

from doisoat.currency import CURRENCY, with_sign
from doisoat.messages.text import Text, message_in, template
from doisoat.settlement.report.report_text import UNITS

Lang = Literal["vi", "en"]
LANGS: tuple[Lang, ...] = ("vi", "en")
MINUS = "−"
DAYS_PADDED, MONTHS_PADDED = 9, 2  # the last ones that stand with a zero before them, in full
SHORT_UNITS = (
    (10**12, template("trillion {currency_sign}")),
    (10**9, template("billion {currency_sign}")),
    (10**6, template("million {currency_sign}")),
    (10**3, template("thousand {currency_sign}")),
    (1, template("{currency_sign}")),
)


class Figures(NamedTuple):
    """The figures of one language: 1.234.567,8 or 1,234,567.8."""

    lang: Lang

    def text(self, both: Text) -> str:
        return both.vi if self.lang == "vi" else both.en

    def tree(self, content: Any) -> Any:
        """Lists and dicts with each of their texts in the language."""
        if isinstance(content, dict):
            return {name: self.tree(value) for name, value in content.items()}
        if isinstance(content, list):
            return [self.tree(value) for value in content]
        return self.text(content) if isinstance(content, Text) else content

    def whole(self, number: int) -> str:
        digits = f"{abs(number):,}"
        return (MINUS if number < 0 else "") + (
            digits.replace(",", ".") if self.lang == "vi" else digits
        )

    def decimal(self, number: Fraction, places: int) -> str:
        """Rounded to places, halves to even: for the eye alone, never an amount."""
        scaled = round(number * 10**places)
        whole, part = divmod(abs(scaled), 10**places)
        point = "," if self.lang == "vi" else "."
        sign = MINUS if scaled < 0 else ""
        return sign + self.whole(whole) + (f"{point}{part:0{places}}" if places else "")

    def money(self, amount: int) -> str:
        """An amount of minor units without its sign, exactly: 1.234.567, 12.345,67."""
        decimals = CURRENCY.form.decimals
        return self.decimal(Fraction(amount, 10**decimals), decimals)

    def amount(self, amount: int) -> str:
        """The same with its sign."""
        return with_sign(self.money(amount), MINUS)

    def share(self, part: int, whole: int) -> str:
        """A part of a whole in per cent; '–' of nothing."""
        return f"{self.decimal(Fraction(100 * part, whole), 6)} %" if whole else "–"

    def day(self, day: date) -> str:
        return f"{day:%d/%m/%Y}" if self.lang == "vi" else f"{day.day} {MONTHS[day.month]} {day:%Y}"

    def moment(self, moment: datetime) -> str:
        return f"{moment:%H:%M:%S} {self.day(moment)}"

    def quantity(self, kind: str, units: int) -> tuple[str, str]:
        """Units of a kind in the largest unit that they reach, and its name; '–' of money alone."""
        if kind == "money":
            return "–", ""
        sizes = UNITS[kind]
        fitting = [entry for entry in sizes if entry[1] <= abs(units)]
        unit, size = fitting[0] if fitting else (sizes[-1] if units else sizes[0])
        number = self.whole(units) if size == 1 else self.decimal(Fraction(units, size), 1)
        if units and size > 1 and not fitting:
            number = self.decimal(Fraction(units, size), 3)
        return number, self.text(unit)


MONTHS = (
    "", "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def month_in_full(month: date) -> Text:
    """As Decree 30/2020/NĐ-CP has it: tháng 02 năm 2021, but tháng 3."""
    named = Text(_padded(month.month, MONTHS_PADDED), MONTHS[month.month])
    return message_in("a date in full", "{month} {year}", month=named, year=month.year)


def day_in_full(day: date) -> Text:
    """As the decree has it: ngày 05 tháng 02 năm 2021."""
    number = Text(_padded(day.day, DAYS_PADDED), str(day.day))
    return message_in("a date in full", "{day} {month}", day=number, month=month_in_full(day))


def _padded(number: int, up_to: int) -> str:
    return f"{number:02}" if number <= up_to else str(number)


def short_unit(largest: int) -> tuple[int, Text]:
    """The unit in which amounts up to `largest` are read off a drawing, in minor units."""
    whole = 10**CURRENCY.form.decimals
    size, name = next(
        (unit for unit in SHORT_UNITS if abs(largest) >= unit[0] * whole), SHORT_UNITS[-1]
    )
    return size * whole, name()
