"""Values of DuckDB as JSON has them: exact, since what JSON would round becomes text."""

from datetime import datetime
from typing import Any

SAFE = 2**53  # whole numbers up to here are exact in every reader of JSON

Plain = None | bool | int | float | str | list[Any] | dict[str, Any]


def plain(value: Any) -> Plain:
    """A value as JSON takes it: a whole number beyond 2^53, a decimal or a moment as text."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if -SAFE <= value <= SAFE else str(value)
    if isinstance(value, float):
        return value if value - value == 0 else str(value)  # neither infinite nor no number
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    return str(value)  # a day, a time of day, a span, a decimal, a UUID
