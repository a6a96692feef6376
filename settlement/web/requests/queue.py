"""Queue of jobs: some at a time, one of a user; users take turns, and each sees its place."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Literal

from doisoat.settlement.web.requests.refusals import Refusal

OF_USER_MAX = 10  # waiting, of one user
WAITING_MAX = 500

State = Literal["queued", "running", "done", "refused", "cancelled"]
Work = Callable[[], Coroutine[Any, Any, Any]]


class Ticket:
    """Something that is to be done for a user."""

    def __init__(self, id: str, user: str, work: Work) -> None:
        self.id, self.user, self.work = id, user, work
        self.state: State = "queued"
        self.result: Any = None
        self.refusal: Refusal | None = None
        self.over = asyncio.Event()
        self.task: asyncio.Task[Any] | None = None


class Turns:
    """What waits and what runs. One of an event loop: nothing here is for threads."""

    def __init__(
        self, at_once: int, where: str, bug: Callable[[BaseException], None] = lambda bug: None
    ) -> None:
        """Args: at_once: how many run together; where: for refusals; bug: told of each."""
        self._at_once, self._where, self._bug = at_once, where, bug
        self._waiting: OrderedDict[str, deque[Ticket]] = OrderedDict()  # users in their turn
        self._running: dict[str, Ticket] = {}  # by user

    def add(self, ticket: Ticket) -> None:
        """Let it wait for its turn. Raises: Refusal queue_full."""
        waiting = self._waiting.get(ticket.user, ())
        if len(waiting) >= OF_USER_MAX or sum(map(len, self._waiting.values())) >= WAITING_MAX:
            raise Refusal("queue_full", self._where, retry_after=5)
        self._waiting.setdefault(ticket.user, deque()).append(ticket)
        self._begin()

    def place(self, ticket: Ticket) -> int:
        """0: it runs, or is over; n: it is the n-th to begin, if nobody else comes or leaves."""
        return self._order().index(ticket) + 1 if ticket.state == "queued" else 0

    def cancel(self, ticket: Ticket) -> None:
        """Nobody waits for it any more: it ends, whatever it was doing."""
        if ticket.state == "queued":
            self._waiting[ticket.user].remove(ticket)
            self._forget_idle(ticket.user)
            self._end(ticket, "cancelled", Refusal("query_cancelled", self._where))
        elif ticket.task is not None:
            ticket.task.cancel()

    async def close(self) -> None:
        """End all of it."""
        running = list(self._running.values())
        for ticket in (*self._order(), *running):
            self.cancel(ticket)
        for ticket in running:
            await ticket.over.wait()

    def _order(self) -> list[Ticket]:
        """Those that wait, as they will begin: users of whom one runs come after the others."""
        users = sorted(self._waiting, key=self._running.__contains__)
        rows = [list(self._waiting[user]) for user in users]
        longest = max(map(len, rows), default=0)
        return [row[turn] for turn in range(longest) for row in rows if turn < len(row)]

    def _begin(self) -> None:
        for user in list(self._waiting):
            if len(self._running) >= self._at_once:
                return
            if user not in self._running:
                ticket = self._waiting[user].popleft()
                self._waiting.move_to_end(user)  # until its turn comes again
                self._forget_idle(user)
                self._running[user] = ticket
                ticket.state = "running"
                ticket.task = asyncio.create_task(ticket.work())
                ticket.task.add_done_callback(partial(self._over, ticket))

    def _over(self, ticket: Ticket, task: asyncio.Task[Any]) -> None:
        """Called when a task ended, also one that was cancelled before it began."""
        if task.cancelled():
            self._end(ticket, "cancelled", Refusal("query_cancelled", self._where))
        elif (bug := task.exception()) is None:
            ticket.result = task.result()
            self._end(ticket, "done", None)
        elif isinstance(bug, Refusal):
            self._end(ticket, "refused", bug)
        else:
            self._bug(bug)
            self._end(ticket, "refused", Refusal("broken", self._where))
        del self._running[ticket.user]
        if ticket.user in self._waiting:
            self._waiting.move_to_end(ticket.user)  # the others have their turn first
        self._begin()

    def _end(self, ticket: Ticket, state: State, refusal: Refusal | None) -> None:
        ticket.state, ticket.refusal = state, refusal
        ticket.over.set()

    def _forget_idle(self, user: str) -> None:
        if not self._waiting[user]:
            del self._waiting[user]
