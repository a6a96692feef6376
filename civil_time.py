"""Civil time: what the clocks of a place show, with daylight saving; of the state in use or a zone.

Events have civil time without a zone. So moments of UTC become civil time when they come in, and
civil time becomes UTC where one asks what a clock of UTC would have said.

- A moment of UTC has one civil time.
- A civil time that daylight saving skips (02:30 on 2021-03-14 in New York) was on no clock: it is
  no moment. Midnight is an exception, since a day without a time of day is written so.
- A civil time that comes twice (01:30 on 2021-11-07) is the first of its two moments.

The years are those of usage, 2000 to 2099; before and after, the nearest offset holds.
"""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from doisoat.state import STATE

EPOCH: Final = datetime(1970, 1, 1)
FROM_S: Final = 946_684_800 - 86_400  # 2000-01-01, and a day before
UNTIL_S: Final = 4_102_444_800 + 86_400
STEP_S: Final = 7 * 86_400  # No offset of these years held for a shorter time.


class Offsets(NamedTuple):
    """What a zone is ahead of UTC, by when that begins. The first holds from ever."""

    since_ms: tuple[int, ...]
    ahead_ms: tuple[int | None, ...]  # None: civil times that no clock showed


class Zone:
    """A zone by its IANA name. ZoneInfoNotFoundError or ValueError for what is none."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._info = ZoneInfo(name)

    @property
    def by_utc(self) -> Offsets:
        """Its offsets by moments of UTC."""
        return _offsets(self.name)

    @property
    def ahead_ms(self) -> int | None:
        """What it is ahead of UTC all these years; None where that changes."""
        only = self.by_utc.ahead_ms
        return only[0] if len(only) == 1 else None

    def ahead_between(self, begin_ms: int, end_ms: int) -> tuple[int, ...]:
        """What it is ahead of UTC between two moments, each offset once, in their order."""
        since, ahead = self.by_utc
        first = max(bisect_right(since, begin_ms) - 1, 0)
        last = max(bisect_right(since, max(begin_ms, end_ms - 1)) - 1, first)
        return tuple(dict.fromkeys(each for each in ahead[first : last + 1] if each is not None))

    @property
    def by_civil_time(self) -> Offsets:
        """Its offsets by civil time: None where clocks went on, the first where they went back."""
        return _civil_offsets(self.name)

    def civil(self, utc: datetime) -> datetime:
        """Civil time, without a zone, of a moment of UTC, written with or without its zone."""
        return (
            utc.replace(tzinfo=utc.tzinfo or UTC)
            .astimezone(self._info)
            .replace(tzinfo=None, fold=0)
        )

    def with_offset(self, civil: datetime) -> datetime:
        """A civil time with what it is ahead of UTC, as a fixed offset."""
        ahead = civil.replace(tzinfo=self._info).utcoffset()
        assert ahead is not None  # it has a zone
        return civil.replace(tzinfo=timezone(ahead))


@cache
def zone(name: str) -> Zone:
    """The zone of an IANA name."""
    return Zone(name)


def zone_in_use() -> Zone:
    """The zone of the state in use. CatalogueError where no catalogue says one."""
    return zone(STATE.required.zone)


def civil_now() -> datetime:
    """This moment by the clocks of the state in use, to the second; without a zone."""
    return zone_in_use().civil(datetime.now(UTC)).replace(microsecond=0)


def civil_of_utc(logged_at: str) -> datetime:
    """Civil time of a moment as the log writes it (UTC, to the second)."""
    return zone_in_use().civil(datetime.strptime(logged_at, "%Y-%m-%dT%H:%M:%S"))


@cache
def _offsets(name: str) -> Offsets:
    info = ZoneInfo(name)

    def ahead_s(at_s: int) -> int:
        ahead = (EPOCH + timedelta(seconds=at_s)).replace(tzinfo=UTC).astimezone(info).utcoffset()
        assert ahead is not None  # it has a zone
        return ahead // timedelta(seconds=1)

    since, ahead = [FROM_S], [ahead_s(FROM_S)]
    for at in range(FROM_S, UNTIL_S, STEP_S):
        until = at + STEP_S
        if ahead_s(until) == ahead[-1]:
            continue
        before, after = at, until  # the change lies behind `before`, not behind `after`
        while after - before > 1:
            middle = (before + after) // 2
            before, after = (middle, after) if ahead_s(middle) == ahead[-1] else (before, middle)
        since.append(after)
        ahead.append(ahead_s(after))
    return Offsets(tuple(1_000 * each for each in since), tuple(1_000 * each for each in ahead))


@cache
def _civil_offsets(name: str) -> Offsets:
    since_utc, ahead_utc = _offsets(name)
    since: list[int] = [since_utc[0]]
    ahead: list[int | None] = [ahead_utc[0]]
    for at, before, after in zip(since_utc[1:], ahead_utc, ahead_utc[1:], strict=False):
        assert before is not None and after is not None  # of moments of UTC each has one
        since.append(at + before)
        if after > before:
            ahead.append(None)
            since.append(at + after)
        ahead.append(after)
    return Offsets(tuple(since), tuple(ahead))
