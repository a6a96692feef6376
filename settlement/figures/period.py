"""A settlement period: one calendar month of civil time, half-open."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Self

from doisoat.errors import PeriodError
from doisoat.messages.text import Text, message

EPOCH = datetime(1970, 1, 1)
MS_PER_DAY = 86_400_000
TAKE_IN = message("take usage in first: doisoat simulate, or doisoat intake FILE --mapping NAME")


class Period(NamedTuple):
    """A month, with its bounds as moments and as civil milliseconds."""

    name: str  # YYYY-MM
    begin: datetime
    end: datetime  # exclusive

    @classmethod
    def of(cls, name: str, where: str = "--period") -> Self:
        """The period of a name. Args: where: it was given. Raises: PeriodError if it is none."""
        match = re.fullmatch(r"(\d{4})-(\d\d)", name, re.ASCII)
        if match is None or not 1 <= int(match[2]) <= 12 or not 1970 <= int(match[1]) <= 9998:
            raise PeriodError(
                message("{name} is no period", name=repr(name)),
                where,
                message("write a month, as in 2021-08"),
            )
        begin = datetime(int(match[1]), int(match[2]), 1)
        return cls(name, begin, (begin + timedelta(days=32)).replace(day=1))

    @property
    def begin_ms(self) -> int:
        return (self.begin - EPOCH).days * MS_PER_DAY

    @property
    def end_ms(self) -> int:
        return (self.end - EPOCH).days * MS_PER_DAY

    @property
    def last_day(self) -> datetime:
        return self.end - timedelta(days=1)

    @property
    def before(self) -> str:
        """The name of the month before."""
        return f"{self.begin - timedelta(days=1):%Y-%m}"

    @property
    def after(self) -> str:
        """The name of the month after."""
        return f"{self.end:%Y-%m}"


def month_of_day(day: int) -> str:
    """The period in which a day, counted from the epoch, lies."""
    return f"{EPOCH + timedelta(days=day):%Y-%m}"


def choose(
    period_name: str | None,
    months: Iterable[str],
    home: str,
    suspended: Mapping[str, int] | None = None,
    settled: Iterable[str] = (),
    booked: Iterable[str] = (),
) -> Period:
    """The period asked for, or the only one with usage.

    Args: suspended: records that are no usage yet, by what is wrong with them; settled: months that
        have a run in force, which can be settled again also when their usage turned out to be none;
        booked: months that an adjustment was booked into, which have a statement without usage too.
    A month between others may have no usage: balances pass through it.
    Raises: PeriodError if that is not one, or lies outside the months with usage, or several have
        some and none was named.
    """
    month_names = sorted(set(months))
    listed = ", ".join(month_names)
    period = Period.of(period_name) if period_name is not None else None
    if not month_names and suspended:
        reasons = ", ".join(f"{reason} {count}" for reason, count in suspended.items())
        raise PeriodError(
            message(
                "no usage: all {values} records taken in so far are suspended ({reasons})",
                values=sum(suspended.values()),
                reasons=reasons,
            ),
            home,
            message(
                "correct the files where they come from, or their mapping, and take them in again"
            ),
        )
    if period is not None:
        if period.name in set(settled):
            return period
        if not month_names or not month_names[0] <= period.name <= max((month_names[-1], *booked)):
            raise PeriodError(
                none_of(period.name, month_names),
                home,
                message("choose one of {listed}, or {take_in}", listed=listed, take_in=TAKE_IN)
                if month_names
                else TAKE_IN,
            )
        return period
    if not month_names:
        raise PeriodError(message("no usage is in this home"), home, TAKE_IN)
    if len(month_names) > 1:
        raise PeriodError(
            message(
                "usage of {count} months is in this home: {listed}",
                count=len(month_names),
                listed=listed,
            ),
            home,
            message(
                "say which one to settle, as in --period {month_names}", month_names=month_names[0]
            ),
        )
    return Period.of(month_names[0])


def none_of(period_name: str, month_names: Sequence[str]) -> Text:
    """That a home holds no usage of a month, and of which others it does: by name, in order."""
    if not month_names:
        return message("no usage of {period} is in this home", period=period_name)
    return message(
        "no usage of {period} is in this home, only of {listed}",
        period=period_name,
        listed=", ".join(month_names),
    )
