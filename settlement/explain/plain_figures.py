"""Moments, quantities and amounts of a letter, for people who are no specialists."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction

from doisoat.currency import CURRENCY, with_sign
from doisoat.messages.text import (
    Text,
    capital,
    composed,
    counted_message,
    joined,
    mapped,
    message,
    message_in,
)
from doisoat.settlement.explain.words import DATA_UNITS
from doisoat.settlement.figures.period import EPOCH
from doisoat.settlement.papers.figures import day_in_full
from doisoat.words import amount_in_words

MS_PER_SECOND, MS_PER_MINUTE = 1000, 60_000


def instant(ms: int) -> datetime:
    """Civil milliseconds as a moment."""
    return EPOCH + timedelta(milliseconds=ms)


def day(ms: int) -> Text:
    """The day of a moment, in full."""
    return day_in_full(instant(ms).date())


def clock(moment: datetime) -> Text:
    """The time of a day, without the parts after which nothing but zeros would come."""
    hour, minute, second = moment.hour, moment.minute, moment.second
    if second:
        return message_in(
            "time of day",
            "{hour} h {minute} min {second} s",
            hour=hour,
            minute=minute,
            second=second,
        )
    if minute:
        return message_in("time of day", "{hour} h {minute} min", hour=hour, minute=minute)
    return message_in("time of day", "{hour} h", hour=hour)


def when(ms: int) -> Text:
    """A day and the time of it."""
    return message("{day}, at {clock}", day=day(ms), clock=clock(instant(ms)))


def until(ms: int) -> Text:
    """An end that is no longer inside: midnight ends the day before it."""
    moment = instant(ms)
    if (moment.hour, moment.minute, moment.second, moment.microsecond) == (0, 0, 0, 0):
        return message("the end of {day}", day=day_in_full(moment.date() - timedelta(days=1)))
    return composed("{}, {}", clock(moment), day(ms))


def decimal(value: Fraction, places: int) -> Text:
    """A number of at most so many decimals, rounded half to even."""
    whole, rest = divmod(round(value * 10**places), 10**places)
    return number(whole, f"{rest:0{places}d}".rstrip("0"))


def price_text(price: Fraction) -> Text:
    """A price in minor units with the sign of the currency, to a hundredth of one."""
    decimals = CURRENCY.form.decimals
    return Text(*map(with_sign, decimal(price / 10**decimals, decimals + 2).texts))


def quantity(count: int, kind: str) -> Text:
    """Units of a kind (voice ms, messages, bytes, minor units of money) as people say them."""
    if kind == "voice":
        minutes, rest = divmod(count, MS_PER_MINUTE)
        seconds = message("{seconds} s", seconds=decimal(Fraction(rest, MS_PER_SECOND), 3))
        if not minutes:
            return seconds
        whole = message("{minutes} min", minutes=number(minutes))
        return composed("{} {}", whole, seconds) if rest else whole
    if kind == "sms":
        return counted_message(
            "{number} message", "{number} messages", count=count, number=number(count)
        )
    if kind == "data":
        for name, size in DATA_UNITS:
            if count >= size:
                value = Fraction(count, size)
                large = composed("{} {}", decimal(value, 2), name)
                return (
                    large
                    if (value * 100).denominator == 1
                    else message("about {large}", large=large)
                )
        return exactly(count, kind)
    return money_text(count) if kind == "money" else number(count)


def exactly(count: int, kind: str) -> Text:
    """A quantity of which no digit is left out."""
    if kind != "data":
        return quantity(count, kind)
    return counted_message("{number} byte", "{number} bytes", count=count, number=number(count))


def number(whole: int, decimals: str = "") -> Text:
    """A number with the signs of each language: 1.101,33 and 1,101.33."""
    en = f"{whole:,}"
    vi = en.replace(",", ".")
    return Text(f"{vi},{decimals}", f"{en}.{decimals}") if decimals else Text(vi, en)


def money_text(amount: int) -> Text:
    form = CURRENCY.form
    whole, rest = divmod(abs(amount), 10**form.decimals)
    written = number(whole, f"{rest:0{form.decimals}d}" if form.decimals else "")
    return (composed("-{}", written) if amount < 0 else written).mapped(with_sign)


def money_said(amount: int) -> Text:
    """1.180 đ (một nghìn một trăm tám mươi đồng); words are Vietnamese: English has figures."""
    figure = money_text(amount)
    return Text(f"{figure.vi} ({amount_in_words(amount).lower()})", figure.en)


def sentence(text: str) -> str:
    """The text with a capital at its beginning and a full stop at its end."""
    return mapped(
        capital(text), lambda words: words if words.endswith((".", "?", "!")) else words + "."
    )


def listed(parts: Sequence[str]) -> str:
    """a; a và b; a, b và c."""
    *first, last = parts
    return message("{first} and {last}", first=joined(", ", first), last=last) if first else last
