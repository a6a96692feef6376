"""What became of parts that were merged, as a line for people."""

from typing import TYPE_CHECKING

from doisoat.messages.text import message, message_in

if TYPE_CHECKING:
    from doisoat.settlement.upkeep.compact import Compacted


def merged_line(group: "Compacted") -> str:
    """Which parts became which, and of how many rows."""
    became = (
        f"part {group.part}" if group.part else (message("one") + " (" + message("dry run") + ")")
    )
    many = f"{len(group.parts)} " + message_in("store", "parts")
    return f"{group.floor}: {many} → {became}, {group.rows} " + message("rows")
