"""Oracle: where on the billed timeline an event lies, and its price there: docs/adr/0019."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from doisoat.engine.oracle.charge import FAR, Tariff
from doisoat.tariffs.models.quantity import MS_PER_HOUR

STRETCHES_MAX = 64  # of one price, in one session
Steps = tuple[tuple[int, int, int, Fraction], ...]
Band = Callable[[int], Tariff | None]  # the tariff of the band in force at a moment


@dataclass(frozen=True)
class Laid:
    """An event's part of its session's billed timeline, and the tariff that prices it there."""

    tariff: Tariff
    start: int
    until: int
    raw_until: int  # where raw units end; with bands billed apart, where billed ones do


class NoBand(Exception):
    """No rate holds at a moment of the event."""


class TooLong(Exception):
    """More stretches of one price than one session may have."""


def lay(tariff: Tariff, band: Band, origin_ms: int, raw_before: int, raw: int) -> Laid:
    """Lay an event out whose session began at a moment and had `raw_before` units before it.

    raw: units up to the event's end. Raises: NoBand, TooLong.
    """
    if tariff.crossing == "split_apart":
        return _split_apart(tariff, band, origin_ms, raw_before, raw)
    start, until = tariff.billed(raw_before), tariff.billed(raw)
    if tariff.crossing == "split_time":
        steps = _stretches(tariff, band, origin_ms, until)
        return Laid(replace(tariff, steps=steps), start, until, raw)
    if tariff.volume and until:
        return Laid(_by_length(tariff, start, until), start, until, raw)
    return Laid(tariff, start, until, raw)


def _by_length(tariff: Tariff, start: int, until: int) -> Tariff:
    """All units at the price of the step that the last one lies in, and its flat amount."""
    chosen = next(i for i, (a, b, _, _) in enumerate(tariff.steps) if a < until <= b)
    price = tariff.steps[chosen][3]
    begins, _, flat = tariff.flats[chosen]
    due = flat if start <= begins else Fraction(0)
    return replace(tariff, steps=((0, FAR, 1, price),), flats=((start, FAR, due),))


def _stretches(tariff: Tariff, band: Band, origin_ms: int, until: int) -> Steps:
    """Each millisecond of [0, until) at the price of the band it lies in."""
    pieces: list[tuple[int, int, Fraction]] = []
    at = 0
    while at < until:
        now = origin_ms + at
        then = min(until, at + MS_PER_HOUR - now % MS_PER_HOUR)
        tariff_now = band(now)
        if tariff_now is None:
            raise NoBand
        pieces += tariff_now.priced(((at, then),))
        at = then
    return _united(pieces)


def _united(pieces: list[tuple[int, int, Fraction]]) -> Steps:
    out: list[tuple[int, int, int, Fraction]] = []
    for a, b, price in pieces:
        if out and out[-1][3] == price:
            out[-1] = (out[-1][0], b, 1, price)
        else:
            out.append((a, b, 1, price))
    if len(out) > STRETCHES_MAX:
        raise TooLong
    return tuple(out)


def _split_apart(tariff: Tariff, band: Band, origin_ms: int, raw_before: int, raw: int) -> Laid:
    """Each stretch of one band billed by its own blocks, from its own beginning."""
    pieces: list[tuple[int, int, Fraction]] = []
    begun = billed_before = start = 0  # raw units, billed units, and the event's first billed unit
    while begun < raw:
        tariff_now = band(origin_ms + begun)
        if tariff_now is None:
            raise NoBand
        ends = begun
        while ends < raw and band(origin_ms + ends) is tariff_now:
            now = origin_ms + ends
            ends = min(raw, ends + MS_PER_HOUR - now % MS_PER_HOUR)
        if begun < raw_before <= ends:
            start = billed_before + tariff_now.billed(raw_before - begun)
        billed = tariff_now.billed(ends - begun)
        pieces += [
            (billed_before + a, billed_before + b, price)
            for a, b, price in tariff_now.priced(((0, billed),))
        ]
        begun, billed_before = ends, billed_before + billed
    return Laid(replace(tariff, steps=_united(pieces)), start, billed_before, billed_before)
