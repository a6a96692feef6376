"""State of the page's server while it runs: sessions, the publication, cached answers."""

import asyncio
import json
import os
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from doisoat.engine.store.home import JOURNAL, Home
from doisoat.messages.text import message
from doisoat.settlement.access.passwords import is_right
from doisoat.settlement.access.server_files import folder_of
from doisoat.settlement.access.users import USERS, User, users_of
from doisoat.settlement.web.readers.audience import Audience, audience_of
from doisoat.settlement.web.readers.published_files import Generations
from doisoat.settlement.web.requests.access_log import NAME, AccessLog
from doisoat.settlement.web.requests.login_limits import OF_ADDRESS, OF_USER, Logins, Requests
from doisoat.settlement.web.requests.refusals import Refusal
from doisoat.settlement.web.requests.request_checks import SAFE_METHODS
from doisoat.settlement.web.requests.sessions import ABSOLUTE_SECONDS, Session, Sessions, is_csrf

COOKIE = "doisoat_session"
COOKIE_TLS = "__Host-doisoat_session"
CSRF = "x-csrf-token"
READ_THREADS = 4
EXPORTS_AT_ONCE = 2  # of these: files are slow to make
LOGIN_THREADS = 2  # each takes 64 MiB while a password is hashed
ANSWERS_BYTES_MAX = 64 << 20
ANSWER_BYTES = 512  # what an answer takes beside its body and the text of its question
NOBODY = "?"

T = TypeVar("T")


class Asker(NamedTuple):
    """Who asks: a user, the session, and its token."""

    user: User
    session: Session
    token: str

    @property
    def audience(self) -> Audience:
        return audience_of(self.user)


class Answers:
    """Answers by what was asked, as bytes; the oldest go. What is asked at once is made once.

    Questions count as answers do: of many long ones that are answered shortly no more are kept.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, ...], bytes] = OrderedDict()
        self._size = 0
        self._coming: dict[tuple[str, ...], asyncio.Future[bytes]] = {}

    async def of(self, key: tuple[str, ...], make: Callable[[], Awaitable[bytes]]) -> bytes:
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        if key not in self._coming:
            self._coming[key] = asyncio.ensure_future(make())
            self._coming[key].add_done_callback(lambda future: self._keep(key, future))
        return await asyncio.shield(self._coming[key])

    def _keep(self, key: tuple[str, ...], future: "asyncio.Future[bytes]") -> None:
        del self._coming[key]
        if future.cancelled() or future.exception() is not None:
            return
        self._kept[key] = future.result()
        self._size += _size_of(key, future.result())
        while self._size > ANSWERS_BYTES_MAX:
            self._size -= _size_of(*self._kept.popitem(last=False))


def _size_of(key: tuple[str, ...], body: bytes) -> int:
    """Bytes that an answer is kept in, about: a text may take four a letter."""
    return len(body) + sum(4 * len(part) for part in key) + ANSWER_BYTES


class Site:
    """The state of a server of one home."""

    def __init__(
        self, home: Home, *, tls: bool = False, say: Callable[[str], None] = lambda text: None
    ) -> None:
        self.home, self.tls, self.say = home, tls, say
        self.generations = Generations(home, say)
        self.sessions, self.logins = Sessions(), Logins()
        self.of_user, self.of_address = Requests(*OF_USER), Requests(*OF_ADDRESS)
        self.answers = Answers()
        self.exporting: set[str] = set()  # users with a file on its way
        self.export_places = asyncio.Semaphore(EXPORTS_AT_ONCE)
        self.warmed = ""  # the publication of which the first views were made
        self._begun: set[asyncio.Task[None]] = set()
        self.console_is_open = True  # until it is found that queries cannot be kept apart
        self._log = AccessLog(folder_of(home) / NAME)
        self._readers = ThreadPoolExecutor(READ_THREADS, "read")
        self._hashers = ThreadPoolExecutor(LOGIN_THREADS, "login")
        self._writer = ThreadPoolExecutor(1, "log")  # one: lines in the order they were told
        self._users: tuple[object, dict[str, User]] = (None, {})

    def close(self) -> None:
        for pool in (self._readers, self._hashers, self._writer):
            pool.shutdown()
        self._log.close()
        self.generations.close()

    async def read(self, work: Callable[[], T]) -> T:
        """Do something slow on a thread of the readers."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, work)

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside what is asked; what goes wrong in it the asker will find out."""
        task = asyncio.ensure_future(work)
        self._begun.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._begun.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.say(message("Note") + f": {type(task.exception()).__name__}")

    async def tell(self, act: str, user: str, **more: Any) -> None:
        """Write a line into the access log."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._writer, lambda: self._log.tell(act, user, **more))

    def make_ready(self) -> None:
        """Cut the files of all who may log in, before they do."""
        for audience in sorted({audience_of(user) for user in self.users().values()}):
            self.generations.file_of(audience)

    # --- who asks --------------------------------------------------------------------------------

    def users(self) -> dict[str, User]:
        """Who may log in, by the file and the log as they are now."""
        seen = [_seen(folder_of(self.home) / USERS), _seen(self.home.path / JOURNAL)]
        if None in seen:
            return {}
        if seen != self._users[0]:
            self._users = (seen, users_of(self.home))
        return self._users[1]

    async def log_in(self, name: str, password: str, address: str, *, by_cookie: bool) -> Asker:
        """Raises: Refusal wrong_login, or too_many_logins with the seconds to wait."""

        def wait() -> None:
            seconds = self.logins.wait(name, address)
            if seconds:
                raise Refusal("too_many_logins", "login", retry_after=int(seconds) + 1)

        def try_it() -> User | None:
            wait()  # of those that came at once, the later ones wait for what the earlier came to
            user = self.users().get(name)
            if is_right(password, user.password if user else None):
                self.logins.right(name, address)
                return user
            self.logins.wrong(name, address)
            return None

        wait()
        loop = asyncio.get_running_loop()
        user = await loop.run_in_executor(self._hashers, try_it)
        if user is None:
            known = name if name in self.users() else NOBODY  # else a password typed as a name
            await self.tell("login refused", known, address=address)
            raise Refusal("wrong_login", "login")
        token, session = self.sessions.begin(user, by_cookie=by_cookie)
        await self.tell("login", user.name, address=address)
        return Asker(user, session, token)

    def asker(self, request: Request) -> Asker:
        """Who asks. Raises: Refusal not_logged_in, no_csrf, too_many_requests."""
        token, by_cookie = self._token(request)
        session = self.sessions.of(token, by_cookie=by_cookie) if token else None
        user = self.users().get(session.user) if session else None
        if session is None or user is None or user.mark != session.mark:
            if session is not None:
                self.sessions.end(token)
            raise Refusal("not_logged_in", "session")
        changes = request.method not in SAFE_METHODS
        if by_cookie and changes and not is_csrf(session, request.headers.get(CSRF, "")):
            raise Refusal("no_csrf", CSRF)
        seconds = self.of_user.take(user.name)
        if seconds:
            raise Refusal("too_many_requests", "request", retry_after=int(seconds) + 1)
        return Asker(user, session, token)

    def _token(self, request: Request) -> tuple[str, bool]:
        """The token of a request, and whether a cookie bore it."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind:
            return (token.strip() if kind.lower() == "bearer" else ""), False
        return request.cookies.get(self.cookie, ""), True

    @property
    def cookie(self) -> str:
        return COOKIE_TLS if self.tls else COOKIE

    def set_cookie(self, response: Response, token: str) -> None:
        response.set_cookie(
            self.cookie, token, max_age=ABSOLUTE_SECONDS, path="/", secure=self.tls,
            httponly=True, samesite="strict",
        )  # fmt: skip

    def end_cookie(self, response: Response) -> None:
        response.delete_cookie(
            self.cookie, path="/", secure=self.tls, httponly=True, samesite="strict"
        )


def _seen(path: Path) -> tuple[int, int, int] | None:
    """By what a file is known to be the one that was read; None if there is none."""
    try:
        about = os.stat(path)
    except FileNotFoundError:
        return None
    return about.st_ino, about.st_size, about.st_mtime_ns


def address_of(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client else ""


def json_bytes(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
