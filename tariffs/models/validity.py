"""Validity of a pack: its length, its quotas, its part of a month, and renewals."""

from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Literal, Self

from pydantic import Field, model_validator

from doisoat.messages.text import TextError, message
from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.field_types import Model, PriceText, Rounding, Whole
from doisoat.tariffs.models.value_fault import ValueFault

MONTHS_A_YEAR = 12
DAYS_OF_MONTH_MAX = 31
LENGTHS = ("hours", "days", "calendar_days", "calendar_month", "months")


def midnight_of(moment: datetime) -> datetime:
    """The midnight with which the moment's day begins."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


class Validity(Model):
    """How long a pack lives from its purchase: exactly one of LENGTHS.

    hours, days: so many times 1 h or 24 h. calendar_days: until midnight after the n-th day,
    the day of purchase being the first. calendar_month: until the month's end. months: until the
    same day of the n-th month after; where that month has no such day, until its last day or the
    1st of the next, by short_month; ends: at the clock time of the purchase, or at the midnight
    with which that day begins. cycle_days: of days and calendar_days, how long a quota per cycle
    holds; of months it holds a month.
    """

    hours: Whole | None = None
    days: Whole | None = None
    calendar_days: Whole | None = None
    calendar_month: bool | None = None
    months: Whole | None = None
    short_month: Literal["last_day", "next_first"] | None = None
    ends: Literal["same_time", "midnight"] | None = None  # of months; None: same_time
    cycle_days: Whole | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        for name in (*LENGTHS, "cycle_days"):
            if getattr(self, name) == 0:
                raise TextError(message("{name} is at least 1", name=name))
        lengths = [name for name in LENGTHS if getattr(self, name)]
        if len(lengths) != 1:
            raise ValueFault(
                message("a validity has one length"),
                message("give exactly one of {names}", names=", ".join(LENGTHS)),
            )
        if self.months and self.short_month is None:
            raise ValueFault(
                message("months says nothing of the 29th to the 31st"),
                message(
                    "write short_month: last_day (a month without that day ends the pack on its"
                    " last day) or next_first (on the 1st of the next)"
                ),
            )
        if not self.months and (self.short_month or self.ends):
            raise ValueFault(
                message("short_month and ends are for months, not for {name}", name=lengths[0]),
                message("leave them out"),
            )
        if self.cycle_days is not None:
            length = self.days or self.calendar_days or 0
            if self.cycle_days < 1 or length == 0 or length % self.cycle_days:
                raise ValueFault(
                    message(
                        "cycle_days {days} does not divide days or calendar_days",
                        days=self.cycle_days,
                    ),
                    message("write a whole part of them (of months, a cycle is a month)"),
                )
        return self

    @property
    def cycles(self) -> int:
        """How many cycles a purchase pays for; 0: it has none."""
        if self.months:
            return self.months
        return (self.days or self.calendar_days or 0) // self.cycle_days if self.cycle_days else 0

    def expiry(self, bought: datetime) -> datetime:
        """The first moment the pack is no longer valid."""
        if self.hours or self.days:
            return bought + timedelta(hours=self.hours or 0, days=self.days or 0)
        if self.calendar_days:
            return midnight_of(bought) + timedelta(days=self.calendar_days)
        if self.months:
            return self._months_after(bought, self.months)
        return (midnight_of(bought).replace(day=1) + timedelta(days=32)).replace(day=1)

    def cycle_begins(self, bought: datetime, number: int) -> datetime:
        """The first moment of a cycle, the purchase's own being number 0."""
        if number == 0:
            return bought
        if self.months:
            return self._months_after(bought, number)
        begin = bought if self.days else midnight_of(bought)
        return begin + timedelta(days=number * (self.cycle_days or 0))

    def _months_after(self, bought: datetime, count: int) -> datetime:
        """The same day of a later month; which one where there is none, short_month says."""
        years, month = divmod(bought.month - 1 + count, MONTHS_A_YEAR)
        first = bought.replace(year=bought.year + years, month=month + 1, day=1)
        if self.ends == "midnight":
            first = midnight_of(first)
        day = first + timedelta(days=bought.day - 1)
        if day.month == first.month:
            return day
        next_first = (first + timedelta(days=31)).replace(day=1)
        return next_first if self.short_month == "next_first" else next_first - timedelta(days=1)


class ShareFrom(Model):
    """What a pack costs and holds if bought from this day of the month on, in per cent."""

    from_day: Whole = Field(ge=1, le=DAYS_OF_MONTH_MAX)
    share: PriceText


class Proration(Model):
    """What part of its price and volumes a pack of the calendar month is bought for.

    by_step: by the day of the purchase; by_days: the days left, that of the purchase among them, by
    the days of the month. The price is rounded once, by `rounding`, to the minor unit.
    """

    rule: Literal["by_step", "by_days"]
    shares: tuple[ShareFrom, ...] = ()  # of by_step
    rounding: Rounding = "half_up"

    @model_validator(mode="after")
    def _tells_each_day(self) -> Self:
        if self.rule == "by_days":
            if self.shares:
                raise ValueError("shares are for by_step: leave them out, or write rule: by_step")
            return self
        days = [step.from_day for step in self.shares]
        if not days or days[0] != 1:
            until = days[0] - 1 if days else DAYS_OF_MONTH_MAX
            raise ValueError(f"days 1 to {until} have no share: add one of from_day: 1")
        for before, day in pairwise(days):
            if day <= before:
                raise ValueError(
                    f"from_day {day} comes after from_day {before}: write them in ascending order"
                )
        for step in self.shares:
            if quantity.price(step.share) > 100:
                raise ValueError(
                    f"a share of {step.share} is more than all: write 100 or less per cent"
                )
        return self

    def part(self, bought: datetime) -> Fraction:
        """The part of price and volumes, 0 to 1."""
        if self.rule == "by_step":
            percents = [share.share for share in self.shares if share.from_day <= bought.day]
            return quantity.price(percents[-1]) / 100
        first = midnight_of(bought).replace(day=1)
        days = ((first + timedelta(days=32)).replace(day=1) - first).days
        return Fraction(days - bought.day + 1, days)


class Renewal(Model):
    """What a renewal, or a failed one, does to instances of its pack that are still valid.

    still_valid: new_instance, they live on beside the new one; replace, they end; extend, they end,
    and the new one's life is counted from the end of the last of them. rollover: full, what is left
    of volumes of those that end is added to the new one's. failed: continues, nothing follows;
    ends, they end; suspends, nothing is drawn from them until a renewal succeeds.
    """

    still_valid: Literal["new_instance", "replace", "extend"] = "new_instance"
    rollover: Literal["none", "full"] = "none"
    failed: Literal["continues", "ends", "suspends"] = "continues"

    @model_validator(mode="after")
    def _rolls_over_what_ends(self) -> Self:
        if self.rollover == "full" and self.still_valid == "new_instance":
            raise ValueError(
                "rollover is of what ends, and a new instance ends nothing: write still_valid:"
                " replace or extend, or leave rollover out"
            )
        return self
