"""Tables for the terminal: texts to the left, figures to the right, a head above."""

from collections.abc import Sequence

from doisoat.currency import Amount, figure, number_text
from doisoat.messages.text import Text, in_each

GAP = "  "


def table(heads: Sequence[str], rows: Sequence[Sequence[str | int]], indent: str = "  ") -> Text:
    """The rows below their heads; integers are grouped, and end where the others end.

    An integer is a count, unless it is an Amount.
    """
    return in_each(
        lambda of: _table(
            [of(head) for head in heads],
            [[of(cell) if isinstance(cell, str) else cell for cell in row] for row in rows],
            indent,
        )
    )


def _figure(cell: int) -> str:
    if isinstance(cell, Amount):
        return figure(int(cell), minus="−")
    return number_text(cell, minus="−")


def _table(heads: Sequence[str], rows: Sequence[Sequence[str | int]], indent: str) -> str:
    texts = [[_figure(cell) if isinstance(cell, int) else cell for cell in row] for row in rows]
    right = [
        any(isinstance(row[column], int) for row in rows) for column in range(len(heads))
    ]  # a column of figures
    widths = [max(map(len, column)) for column in zip(heads, *texts, strict=True)]
    lines = []
    for cells in (heads, *texts):
        fitted = [
            cell.rjust(width) if is_right else cell.ljust(width)
            for cell, width, is_right in zip(cells, widths, right, strict=True)
        ]
        lines.append((indent + GAP.join(fitted)).rstrip())
    return "\n".join(lines)
