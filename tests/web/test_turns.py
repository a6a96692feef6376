"""Who is next: one of a user at a time, users in turn, and each knows the place."""

import asyncio

import pytest

from doisoat.settlement.web.requests.queue import OF_USER_MAX, Ticket, Turns
from doisoat.settlement.web.requests.refusals import Refusal
from tests.web.loops import run_apart


class Desk:
    """Work that is done when it is told to be; `begun` says in which order it began."""

    def __init__(self, at_once):
        self.bugs = []
        self.turns = Turns(at_once, "query", self.bugs.append)
        self.begun, self.ends = [], {}

    def come(self, name, work=None):
        """Somebody comes: `lan1` is lan's first."""
        self.ends[name] = asyncio.Event()

        async def waited():
            self.begun.append(name)
            await self.ends[name].wait()
            return name

        ticket = Ticket(name, name.rstrip("0123456789"), work or waited)
        self.turns.add(ticket)
        return ticket

    async def end(self, ticket):
        self.ends[ticket.id].set()
        await ticket.over.wait()
        await asyncio.sleep(0)


def run(work):
    run_apart(work())


def test_users_take_turns_though_one_came_first_with_many():
    async def work():
        desk = Desk(1)
        lan = [desk.come(f"lan{number}") for number in range(3)]
        minh, hoa = desk.come("minh1"), desk.come("hoa1")
        await asyncio.sleep(0)
        assert [desk.turns.place(one) for one in (*lan, minh, hoa)] == [0, 3, 4, 1, 2]
        for ticket in (lan[0], minh, hoa, lan[1], lan[2]):
            await desk.end(ticket)
        assert desk.begun == ["lan0", "minh1", "hoa1", "lan1", "lan2"]
        assert [ticket.state for ticket in lan] == ["done"] * 3

    run(work)


def test_of_one_user_one_runs_though_there_is_room():
    async def work():
        desk = Desk(2)
        first, second, other = desk.come("lan1"), desk.come("lan2"), desk.come("minh1")
        await asyncio.sleep(0)
        assert (first.state, second.state, other.state) == ("running", "queued", "running")
        assert desk.turns.place(second) == 1
        await desk.end(other)
        assert second.state == "queued"
        await desk.end(first)
        assert second.state == "running"
        await desk.end(second)

    run(work)


@pytest.mark.parametrize("soon", [False, True], ids=["while it runs", "before it began"])
def test_what_is_cancelled_ends_and_lets_the_next_in(soon):
    async def work():
        desk = Desk(1)
        first, waiting, last = desk.come("lan1"), desk.come("minh1"), desk.come("hoa1")
        if not soon:
            await asyncio.sleep(0)
        desk.turns.cancel(waiting)
        desk.turns.cancel(first)
        await first.over.wait()
        await asyncio.sleep(0)
        assert (first.state, waiting.state, last.state) == ("cancelled", "cancelled", "running")
        assert first.refusal is not None and first.refusal.name == "query_cancelled"
        await desk.end(last)
        desk.turns.cancel(last)
        assert last.state == "done"

    run(work)


def test_what_is_refused_and_what_breaks_end_too():
    async def refused():
        raise Refusal("too_long", "query")

    async def broken():
        raise ZeroDivisionError

    async def work():
        desk = Desk(1)
        tickets = [desk.come("lan1", refused), desk.come("minh1", broken), desk.come("hoa1")]
        for ticket in tickets[:2]:
            await ticket.over.wait()
        assert [ticket.refusal.name for ticket in tickets[:2]] == ["too_long", "broken"]
        assert [type(bug) for bug in desk.bugs] == [ZeroDivisionError]
        await asyncio.sleep(0)
        await desk.end(tickets[2])
        assert tickets[2].result == "hoa1"

    run(work)


def test_a_queue_is_bounded_and_ends_when_it_is_closed():
    async def work():
        desk = Desk(1)
        tickets = [desk.come(f"lan{number}") for number in range(OF_USER_MAX + 1)]
        with pytest.raises(Refusal) as refused:
            desk.come("lan99")
        assert refused.value.name == "queue_full" and refused.value.retry_after
        await desk.turns.close()
        assert {ticket.state for ticket in tickets} == {"cancelled"}

    run(work)
