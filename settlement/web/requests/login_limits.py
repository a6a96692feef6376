"""Limits: wrong passwords wait ever longer; requests come out of a bucket that fills again."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

FREE_WRONG_LOGINS = 5  # of a user from one address, before the first wait
FREE_WRONG_OF_USER = 50  # from anywhere: else a stranger could keep a user out by a few tries
FREE_WRONG_OF_ADDRESS = 30  # many sit behind one address
WAIT_SECONDS_FIRST = 1.0
WAIT_SECONDS_MAX = 900.0
FORGET_SECONDS = 3_600.0  # a wrong login that long ago counts no more
KEPT_MAX = 100_000  # names and addresses that are remembered

# Requests a second, and at once. An account may be a room of auditors, an address a ministry; a
# page asks several things together, and most answers are there already.
OF_USER = (400.0, 2_000.0)
OF_ADDRESS = (2_000.0, 10_000.0)  # what needs no login, such as the page's own files

Clock = Callable[[], float]


@dataclass(slots=True)
class _Wrong:
    count: int
    last: float


class Logins:
    """Wrong logins by user and by address; each further one doubles the wait."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._wrong: OrderedDict[tuple[str, ...], _Wrong] = OrderedDict()

    def wait(self, user: str, address: str) -> float:
        """Seconds until another try is looked at; 0: now."""
        return max(self._wait(key, free) for key, free in _counted(user, address))

    def wrong(self, user: str, address: str) -> None:
        now = self._clock()
        for key, _ in _counted(user, address):
            known = self._wrong.pop(key, None)
            count = known.count if known and now - known.last < FORGET_SECONDS else 0
            self._wrong[key] = _Wrong(count + 1, now)
        while len(self._wrong) > KEPT_MAX:
            self._wrong.popitem(last=False)

    def right(self, user: str, address: str) -> None:
        """The user's count there begins anew; the address's does not, or one account clears it."""
        self._wrong.pop(("both", user, address), None)

    def _wait(self, key: tuple[str, ...], free: int) -> float:
        known = self._wrong.get(key)
        if known is None or known.count < free:
            return 0.0
        doubled = WAIT_SECONDS_FIRST * 2.0 ** min(known.count - free, 30)
        return max(0.0, known.last + min(doubled, WAIT_SECONDS_MAX) - self._clock())


def _counted(user: str, address: str) -> tuple[tuple[tuple[str, ...], int], ...]:
    return (
        (("both", user, address), FREE_WRONG_LOGINS),
        (("user", user), FREE_WRONG_OF_USER),
        (("address", address), FREE_WRONG_OF_ADDRESS),
    )


class Requests:
    """A bucket of requests for each who asks, which fills again by so many a second."""

    def __init__(self, a_second: float, at_once: float, clock: Clock = time.monotonic) -> None:
        self._clock, self._rate, self._most = clock, a_second, at_once
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, who: str) -> float:
        """Take one; seconds until there is one again, 0 if there was."""
        now = self._clock()
        tokens, at = self._left.pop(who, (self._most, now))
        tokens = min(self._most, tokens + (now - at) * self._rate)
        taken = tokens >= 1.0
        self._left[who] = (tokens - 1.0 if taken else tokens, now)
        while len(self._left) > KEPT_MAX:
            self._left.popitem(last=False)
        return 0.0 if taken else (1.0 - tokens) / self._rate
