"""What an owner or an event asks for beyond the room that the kernel has: data or tariffs, no bug.

The limits are constants of the kernel's declarations, which refuse rather than drop what is past
them. Nobody's name is in a message: what a run refuses may be logged.
"""

from doisoat.errors import CatalogueError, IntakeError


def too_many_held(most: int, what: str, limit: str) -> IntakeError:
    """An owner holds more than the carriers' files can mean. Args: limit: where it is declared."""
    return IntakeError(
        f"a balance owner has more than {most} {what}",
        "the packs in the carriers' files",
        "look in purchases and lists of open packs for a number that is given the same pack again"
        f" and again, and take in what is right; if it did buy so many, raise {limit} and build"
        " anew",
    )


def too_many_in_force(who: str, most: int, what: str, limit: str) -> CatalogueError:
    """Measures and orders in force ask too much. Args: as too_many_held; who: whom it is about."""
    return CatalogueError(
        f"{who} has more than {most} {what}",
        "the orders and measures in force",
        "declare fewer of them for one time and place, or let a grant be given less often; if they"
        f" are right, raise {limit} and build anew",
    )
