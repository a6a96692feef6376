"""What became of parts that were merged, as a line for people."""

from typing import TYPE_CHECKING

from doisoat.messages.text import message

if TYPE_CHECKING:
    from doisoat.messages.text import Text
    from doisoat.settlement.upkeep.compact import Compacted


def merged_line(group: "Compacted") -> "Text":
    """Which parts became which, and of how many rows."""
    merged = {"floor": group.floor, "count": len(group.parts), "rows": group.rows}
    if not group.part:
        return message("{floor}: {count} parts → one (dry run), {rows} rows", **merged)
    return message("{floor}: {count} parts → part {part}, {rows} rows", part=group.part, **merged)
