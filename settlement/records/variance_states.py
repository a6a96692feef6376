"""How a variance may stand, and the one table of what may follow. Imports little: help lists it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple, get_args

State = Literal["open", "asked", "accepted", "rejected", "adjusted"]
STATES: tuple[State, ...] = get_args(State)
DECIDED: tuple[State, ...] = ("accepted", "rejected", "adjusted")
Move = Literal["ask", "accept", "reject", "adjust", "reopen", "extend"]


class Rule(NamedTuple):
    """What a move does. needs_why: somebody answers for it, by name and with a reason.

    A deadline may be given where it leads to `asked`; needs_deadline: it must be.
    """

    state: State  # to which it leads
    follows: tuple[State, ...]  # the states in which it may be made
    needs_why: bool
    needs_deadline: bool = False


MOVES: Mapping[Move, Rule] = MappingProxyType({
    "ask": Rule("asked", ("open",), needs_why=False),
    "accept": Rule("accepted", ("asked",), needs_why=True),
    "reject": Rule("rejected", ("asked",), needs_why=True),
    "adjust": Rule("adjusted", ("asked",), needs_why=True),
    "reopen": Rule("open", DECIDED, needs_why=True),
    "extend": Rule("asked", ("asked",), needs_why=True, needs_deadline=True),
})  # fmt: skip
WHY_CHARACTERS_MAX = 1_000
BY_CHARACTERS_MAX = 200


def moves_from(state: State) -> tuple[Move, ...]:
    """What may be done to a variance that stands so."""
    return tuple(name for name, rule in MOVES.items() if state in rule.follows)
