"""Refusals beyond the kernel's limits: faults of data or tariffs, not of the kernel.

The limits are in limits.pxd: what is past them is refused, never dropped. Nobody's name is in a
message: what a run refuses may be logged.
"""

from typing import Final

from doisoat.errors import CatalogueError, IntakeError

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
        f"một chủ số dư có hơn {most} {VIETNAMESE[kind]} | a balance owner has more than {most}"
        f" {kind}",
        "the packs in the carriers' files",
        "tìm trong các lần mua và danh sách gói còn mở số thuê bao nào được ghi cùng một gói nhiều"
        f" lần, rồi nhận dữ liệu đúng; nếu thật đã mua nhiều như vậy, tăng {limit} rồi build lại |"
        " look in purchases and lists of open packs for a number that is given the same pack again"
        f" and again, and take in what is right; if it did buy so many, raise {limit} and build"
        " anew",
    )


def too_many_in_force(who: str, most: int, kind: str, limit: str) -> CatalogueError:
    """Measures and orders in force ask too much. Args: as too_many_held; who: whom it is about."""
    return CatalogueError(
        f"{VIETNAMESE[who]} có hơn {most} {VIETNAMESE[kind]} | {who} has more than {most} {kind}",
        "the orders and measures in force",
        "khai ít hơn cho cùng một lúc, một nơi, hoặc cho tặng thưa hơn; nếu khai đúng, tăng"
        f" {limit} rồi build lại | declare fewer of them for one time and place, or let a grant be"
        f" given less often; if they are right, raise {limit} and build anew",
    )
