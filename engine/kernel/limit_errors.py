"""Refusals beyond the kernel's limits: faults of data or tariffs, not of the kernel.

The limits are in limits.pxd: what is past them is refused, never dropped. Nobody's name is in a
message: what a run refuses may be logged.
"""

from typing import Final

from doisoat.errors import CatalogueError, IntakeError
from doisoat.messages.text import Text, message

# The kernel's words for what there is too much of, and for whose, in Vietnamese.
VIETNAMESE: Final = {
    "live sources": "nguồn đang dùng được",
    "live packs": "gói cước đang dùng được",
    "sources for one event": "nguồn cho một sự kiện",
    "beginnings in one period": "lần bắt đầu trong một kỳ",
    "windows of its sources": "khoảng thời gian của các nguồn",
    "relief lines": "dòng hỗ trợ",
    "pieces in time": "đoạn thời gian",
    "a balance owner": "một chủ số dư",
    "an event": "một sự kiện",
}


def too_many_held(most: int, kind: str, limit: str) -> IntakeError:
    """An owner holds more than the carriers' files can mean.

    Args: kind: of VIETNAMESE; limit: where it is declared.
    """
    return IntakeError(
        message(
            "a balance owner has more than {most} {kind}",
            most=most,
            kind=Text(VIETNAMESE[kind], kind),
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
            who=Text(VIETNAMESE[who], who),
            kind=Text(VIETNAMESE[kind], kind),
        ),
        "the orders and measures in force",
        message(
            "declare fewer of them for one time and place, or let a grant be given less"
            " often; if they are right, raise {limit} and build anew",
            limit=limit,
        ),
    )
