"""How a variance may stand, and what may follow. Imports little: commands list it in help."""

from collections.abc import Mapping
from typing import Literal, get_args

State = Literal["open", "asked", "accepted", "rejected", "adjusted"]
STATES: tuple[State, ...] = get_args(State)
# What may follow a state. accepted, rejected: by the carrier, of what it was asked; adjusted: the
# claim was put right, by a new version of it or by what was decided.
FOLLOWS: Mapping[State, tuple[State, ...]] = {
    "open": ("asked", "accepted"),
    "asked": ("accepted", "rejected"),
    "accepted": ("adjusted",),
    "rejected": ("asked", "adjusted"),
    "adjusted": (),
}
