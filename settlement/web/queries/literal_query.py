"""The text of a fixed query with its parameters as literals, to be read and run in the console.

The server never runs what is made here: it binds parameters.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime

# Texts, names and comments are passed over: a parameter stands in none of them.
_PIECE = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|\$([A-Za-z_]\w*)")


def literal_query(statement: str, parameters: Mapping[str, object]) -> str:
    """A statement in which each $name is the literal of its value; without its semicolon."""

    def piece(match: re.Match[str]) -> str:
        name = match.group(1)
        return match.group() if name is None else literal(parameters[name])

    return _PIECE.sub(piece, statement).rstrip().removesuffix(";")


def literal(value: object) -> str:
    """A value as DuckDB reads it in a query. Raises: TypeError for a type that none has."""
    if value is None:
        return "NULL"
    if isinstance(value, bool | int):
        return str(value).upper()
    if isinstance(value, str):
        quoted = value.replace("'", "''")
        return f"'{quoted}'"
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value.isoformat(sep=' ')}'"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    raise TypeError(f"no literal of {type(value).__name__}")
