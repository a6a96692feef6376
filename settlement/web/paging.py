"""Rows some at a time: which are asked for, and of how many they are told."""

import re
from typing import NamedTuple

from doisoat.settlement.web.reading import Asked
from doisoat.settlement.web.refusals import Refusal

WHOLE = re.compile(r"[0-9]{1,15}")
ROWS = 100
ROWS_OF_FILE_MAX = 1_000_000  # a sheet has room for them


class Page(NamedTuple):
    """Some rows: so many, after so many others."""

    rows: int
    after: int

    def of(self, count: int) -> dict[str, int]:
        """What an answer tells beside them. Args: count: of rows in all."""
        return {"offset": self.after, "limit": self.rows, "count": count}


def page_of(asked: Asked, most: int) -> Page:
    """The rows that are asked for; of a file, all that it may hold unless some are.

    Args: most: rows in one answer.
    """
    after = whole_of(asked, "offset", 0)
    if "as" in asked and "limit" not in asked:
        return Page(ROWS_OF_FILE_MAX, after)
    return Page(whole_of(asked, "limit", ROWS, most), after)


def whole_of(asked: Asked, name: str, default: int, most: int | None = None) -> int:
    """A whole number that is asked for."""
    given = asked.get(name)
    if given is None:
        return default
    if WHOLE.fullmatch(given) is None or (most is not None and not 1 <= int(given) <= most):
        raise Refusal("bad_value", name, "" if most is None else f"1..{most}")
    return int(given)
