"""Refusals beyond the kernel's limits: faults of data or tariffs, not of the kernel.

The limits are in limits.pxd: what is past them is refused, never dropped. Nobody's name is in a
message: what a run refuses may be logged.
"""

from typing import Final

from doisoat.errors import CatalogueError, IntakeError
from doisoat.messages.text import message, words_in

# The kernel's words for what there is too much of, and for whose.
TOO_MANY: Final = words_in(
    "too many",
    "live sources",
    "live packs",
    "sources for one event",
    "beginnings in one period",
    "windows of its sources",
    "relief lines",
    "pieces in time",
    "a balance owner",
    "an event",
)


def too_many_held(most: int, kind: str, limit: str) -> IntakeError:
    """An owner holds more than the carriers' files can mean.

    Args: kind: of TOO_MANY; limit: where it is declared.
    """
    return IntakeError(
        message(
            "a balance owner has more than {most} {kind}",
            most=most,
            kind=TOO_MANY[kind],
        ),
        "the packs in the carriers' files",
        message(
            "look in purchases and lists of open packs for a number that is given the"
            " same pack again and again, and take in what is right; if it did buy so"
            " many, raise {limit} and build anew",
            limit=limit,
        ),
    )


def too_many_in_force(who: str, most: int, kind: str, limit: str) -> CatalogueError:
    """Measures and orders in force ask too much. Args: as too_many_held; who: whom it is about."""
    return CatalogueError(
        message(
            "{who} has more than {most} {kind}",
            most=most,
            who=TOO_MANY[who],
            kind=TOO_MANY[kind],
        ),
        "the orders and measures in force",
        message(
            "declare fewer of them for one time and place, or let a grant be given less"
            " often; if they are right, raise {limit} and build anew",
            limit=limit,
        ),
    )
