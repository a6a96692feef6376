"""Chance that a slip without a cause would be explained all the same. No I/O here.

Of many alternatives one may come to a difference that nobody made by it. How likely that is can be
counted: of all slips of the size that is seen, those are told that an alternative (or a pair, where
it took one) comes to. Two sorts of slips are looked at: as many of the cell's own lines left out,
or told again; and any other figures that are no further off.
"""

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from math import gcd, prod
from typing import Literal, NamedTuple

from doisoat.settlement.records.alternative_frame import VALUES

LIMIT = Fraction(1, 100)  # from here on a fit of one cell alone is no evidence
LINES_MOST = 2  # of a slip of lines
Seen = tuple[int, ...]  # of the declared columns
Worths = Mapping[tuple[int, int], int]  # how many lines of a cell have these units and amount
EVENTS = VALUES.index("events")


class Chance(NamedTuple):
    """Of so many slips (`ways`), how many would be explained. of: what slips: lines, figures."""

    of: Literal["lines", "figures"]
    explained: int
    ways: int

    @property
    def share(self) -> Fraction:
        return Fraction(self.explained, self.ways)

    @property
    def detail(self) -> str:
        return f"{self.of}={self.explained}/{self.ways}"


def chance_of(
    wanted: Seen, shown: Sequence[int], explainable: Collection[Seen], worths: Worths
) -> Chance:
    """The larger one of both sorts of slips.

    Args: wanted: the difference, in the columns `shown` (places in VALUES); explainable: every
        difference that would be explained by as many causes; worths: of the lines of the cell,
        empty where it is of none.
    """
    chances = [_of_figures(wanted, explainable)]
    lines = abs(wanted[shown.index(EVENTS)]) if EVENTS in shown else 1
    if 0 < lines <= LINES_MOST and sum(worths.values()) >= lines:
        chances.append(_of_lines(wanted, shown, explainable, worths, lines))
    return max(chances, key=lambda chance: chance.share)


def chance_of_slip(
    wanted: Seen, shown: Sequence[int], explainable: Collection[Seen], worths: Worths
) -> Chance:
    """The same of a slip of the hand: figures count in steps of what the cell's lines are worth.

    Ten packs at 10,000 đ in place of one are a digit too many, and nine packs, too.
    """
    figures = _of_figures(wanted, explainable)
    ways = ways_of(wanted, shown, worths)
    chances = [Chance("figures", min(figures.explained, ways), ways)]
    lines = chance_of(wanted, shown, explainable, worths)
    return max([*chances, *([lines] if lines.of == "lines" else [])], key=lambda of: of.share)


def ways_of(wanted: Seen, shown: Sequence[int], worths: Worths) -> int:
    """How many figures are no further off, in steps of what the lines of the cell are worth.

    1,000 đ more are a figure that somebody adds: a difference that is a power of ten is one step.
    """
    columns = [[(1, units, amount)[place] for units, amount in worths] for place in shown]
    steps = [
        abs(value) if str(abs(value)).rstrip("0") == "1" else gcd(*column) or 1
        for value, column in zip(wanted, columns, strict=True)
    ]
    if len(worths) == 1:
        lines = {value // step for value, step in zip(wanted, steps, strict=True)}
        is_whole = not any(value % step for value, step in zip(wanted, steps, strict=True))
        if is_whole and len(lines) == 1:
            return 2 * abs(lines.pop())
    ways = prod(2 * (abs(value) // step) + 1 for value, step in zip(wanted, steps, strict=True))
    return max(ways - 1, 1)


def _of_figures(wanted: Seen, explainable: Collection[Seen]) -> Chance:
    ways = 1
    for value in wanted:
        ways *= 2 * abs(value) + 1
    within = sum(
        any(difference)
        and all(abs(figure) <= abs(most) for figure, most in zip(difference, wanted, strict=True))
        for difference in explainable
    )
    return Chance("figures", within, ways - 1)


def _of_lines(
    wanted: Seen, shown: Sequence[int], explainable: Collection[Seen], worths: Worths, lines: int
) -> Chance:
    """Of all ways to leave out so many lines, or to tell them again: what the difference says."""
    seen: dict[Seen, int] = {}
    for (units, amount), count in worths.items():
        figures = tuple((1, units, amount)[place] for place in shown)
        seen[figures] = seen.get(figures, 0) + count
    sign = -1 if _leading(wanted) < 0 else 1
    within = sum(
        _ways(tuple(sign * value for value in difference), seen, lines)
        for difference in set(explainable)
    )
    whole = sum(seen.values())
    return Chance("lines", within, whole if lines == 1 else whole * (whole - 1) // 2)


def _leading(wanted: Seen) -> int:
    return next(value for value in wanted if value)


def _ways(sum_: Seen, seen: Mapping[Seen, int], lines: int) -> int:
    """In how many ways one or two lines come to a sum."""
    if lines == 1:
        return seen.get(sum_, 0)
    ordered = 0
    for figures, count in seen.items():
        rest = tuple(all_ - figure for all_, figure in zip(sum_, figures, strict=True))
        ordered += count * (seen.get(rest, 0) - (rest == figures))
    return ordered // 2
