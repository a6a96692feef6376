"""Paging of rows: which rows a request wants, and out of how many."""

import re
from typing import NamedTuple

from doisoat.settlement.web.requests.refusals import Refusal
from doisoat.settlement.web.views.page_tables import Parameters

WHOLE = re.compile(r"[0-9]{1,15}")
ROWS = 100
ROWS_OF_FILE_MAX = 200_000  # some hundred MiB while it is made


class Page(NamedTuple):
    """Some rows: so many, after so many others. is_whole: all that there are, or none."""

    rows: int
    after: int
    is_whole: bool = False

    @property
    def bounds(self) -> dict[str, int]:
        """As parameters of a query."""
        return {"rows": self.rows, "after": self.after}

    def of(self, count: int) -> dict[str, int]:
        """What an answer tells beside them. Args: count: of rows in all.

        Raises: Refusal output_too_large for a file that would be cut.
        """
        if self.is_whole and count - self.after > self.rows:
            raise Refusal("output_too_large", "as", f"{count} > {self.rows}")
        return {"offset": self.after, "limit": self.rows, "count": count}


def page_of(parameters: Parameters, most: int, of_file: int = ROWS_OF_FILE_MAX) -> Page:
    """The rows that are asked for; of a file all, unless some are.

    Args: most: rows in one answer; of_file: in one file of all.
    """
    after = whole_of(parameters, "offset", 0)
    if "as" in parameters and "limit" not in parameters:
        return Page(of_file, after, is_whole=True)
    return Page(whole_of(parameters, "limit", ROWS, most), after)


def whole_of(parameters: Parameters, name: str, default: int, most: int | None = None) -> int:
    """A whole number that is asked for."""
    text = parameters.get(name)
    if text is None:
        return default
    if WHOLE.fullmatch(text) is None or (most is not None and not 1 <= int(text) <= most):
        raise Refusal("bad_value", name, "" if most is None else f"1..{most}")
    return int(text)
