"""Sessions: kept here by the digest of their token, never by the token; they end by themselves."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from doisoat.settlement.access.users import User

TOKEN_BYTES = 32
IDLE_SECONDS = 30 * 60
ABSOLUTE_SECONDS = 10 * 3_600
SESSIONS_MAX = 10_000  # of all users
SESSIONS_OF_USER_MAX = 200  # the oldest ends

Clock = Callable[[], float]


@dataclass(slots=True)
class Session:
    """Somebody who logged in."""

    user: str
    mark: str  # of the user then: another password, and the session counts no more
    csrf: str
    began: float
    seen: float
    by_cookie: bool


class Sessions:
    """Those that are open. A restart of the server ends all of them."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._open: dict[bytes, Session] = {}

    def __len__(self) -> int:
        return len(self._open)

    def begin(self, user: User, *, by_cookie: bool) -> tuple[str, Session]:
        """A session of a user, and its token, which is told this once."""
        now = self._clock()
        self._end_old(now)
        own_keys = [key for key, session in self._open.items() if session.user == user.name]
        for key in own_keys[: max(0, len(own_keys) - SESSIONS_OF_USER_MAX + 1)]:
            del self._open[key]
        while len(self._open) >= SESSIONS_MAX:
            del self._open[next(iter(self._open))]
        token = secrets.token_urlsafe(TOKEN_BYTES)
        session = Session(
            user.name, user.mark, secrets.token_urlsafe(TOKEN_BYTES), now, now, by_cookie
        )
        self._open[_digest(token)] = session
        return token, session

    def of(self, token: str, *, by_cookie: bool) -> Session | None:
        """The session of a token that still counts; it was seen now."""
        key, now = _digest(token), self._clock()
        session = self._open.get(key)
        if session is None or session.by_cookie != by_cookie:
            return None
        if _is_over(session, now):
            del self._open[key]
            return None
        session.seen = now
        return session

    def end(self, token: str) -> None:
        self._open.pop(_digest(token), None)

    def end_of(self, user: str) -> None:
        """End all sessions of a user."""
        for key in [key for key, session in self._open.items() if session.user == user]:
            del self._open[key]

    def seconds_left(self, session: Session) -> int:
        """Until it ends whatever is done."""
        return int(session.began + ABSOLUTE_SECONDS - self._clock())

    def _end_old(self, now: float) -> None:
        for key in [key for key, session in self._open.items() if _is_over(session, now)]:
            del self._open[key]


def is_csrf(session: Session, token: str) -> bool:
    """Is that the session's token against forged requests?"""
    return hmac.compare_digest(session.csrf.encode(), token.encode("utf-8", "replace"))


def _is_over(session: Session, now: float) -> bool:
    return now - session.seen > IDLE_SECONDS or now - session.began > ABSOLUTE_SECONDS


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
