"""Moments, quantities and amounts of a letter, in Vietnamese for people who are no specialists."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction

from doisoat.money import group_vi
from doisoat.settlement.figures.period import EPOCH
from doisoat.words import number_in_words

DATA_UNITS = (("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10))
MS_PER_SECOND, MS_PER_MINUTE = 1000, 60_000


def instant(ms: int) -> datetime:
    """Civil milliseconds as a moment."""
    return EPOCH + timedelta(milliseconds=ms)


def day(moment: datetime) -> str:
    """As documents write a day: zeros before days under 10 and before January and February."""
    month = f"{moment.month:02d}" if moment.month < 3 else str(moment.month)
    return f"ngày {moment.day:02d} tháng {month} năm {moment.year}"


def clock(moment: datetime) -> str:
    """The time of a day, without the parts after which nothing but zeros would come."""
    text = f"{moment.hour} giờ"
    if moment.minute or moment.second:
        text += f" {moment.minute} phút"
    return f"{text} {moment.second} giây" if moment.second else text


def when(ms: int) -> str:
    moment = instant(ms)
    return f"{day(moment)}, lúc {clock(moment)}"


def until(ms: int) -> str:
    """An end that is no longer inside: midnight ends the day before it."""
    moment = instant(ms)
    if (moment.hour, moment.minute, moment.second, moment.microsecond) == (0, 0, 0, 0):
        return f"hết {day(moment - timedelta(days=1))}"
    return f"{clock(moment)}, {day(moment)}"


def decimal(value: Fraction, places: int) -> str:
    """A number of at most so many decimals, rounded half to even, with a Vietnamese comma."""
    scaled = round(value * 10**places)
    whole, rest = divmod(scaled, 10**places)
    decimals = f"{rest:0{places}d}".rstrip("0")
    return group_vi(whole) + (f",{decimals}" if decimals else "")


def quantity(count: int, kind: str) -> str:
    """Units of a kind (voice ms, messages, bytes, minor units of money) as people say them."""
    if kind == "voice":
        minutes, rest = divmod(count, MS_PER_MINUTE)
        parts = [f"{group_vi(minutes)} phút"] if minutes else []
        if rest or not minutes:
            parts.append(f"{decimal(Fraction(rest, MS_PER_SECOND), 3)} giây")
        return " ".join(parts)
    if kind == "sms":
        return f"{group_vi(count)} tin nhắn"
    if kind == "data":
        for name, size in DATA_UNITS:
            if count >= size:
                value = Fraction(count, size)
                about = "" if (value * 100).denominator == 1 else "khoảng "
                return f"{about}{decimal(value, 2)} {name}"
        return f"{group_vi(count)} byte"
    if kind == "money":
        return dong(count)
    return group_vi(count)


def exactly(count: int, kind: str) -> str:
    """A quantity of which no digit is left out."""
    return f"{group_vi(count)} byte" if kind == "data" else quantity(count, kind)


def dong(amount: int) -> str:
    return f"{group_vi(amount)} đ"


def dong_said(amount: int) -> str:
    """An amount in figures and in words: 1.180 đ (một nghìn một trăm tám mươi đồng)."""
    return f"{dong(amount)} ({number_in_words(amount)} đồng)"


def sentence(text: str) -> str:
    """The text with a capital at its beginning and a full stop at its end."""
    text = text.strip()
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "?", "!")) else ".")


def listed(parts: Sequence[str]) -> str:
    """a; a và b; a, b và c."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} và {parts[-1]}"
