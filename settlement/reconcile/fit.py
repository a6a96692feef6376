"""What explains a difference to the đồng: one cause, or two together. No I/O here.

A cell is what a carrier declares of one key: (events, units, amount), of which it may have left
some out. An alternative says by how much the cell would differ had it been counted that way. It
explains a difference that it equals in every declared column. Two causes add up: each alternative
is of the recomputation alone; only what is done to a figure (arithmetic: VAT, sign, double count)
is done to what another cause has made of it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, get_args

from doisoat.settlement.reconcile.delta import Alternative

Vector = tuple[int, int, int]  # events, units, amount
Declared = tuple[int | None, int | None, int | None]  # None: the carrier did not say
Verdict = Literal["explained", "ambiguous", "unexplained"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
AMOUNT = 2


def vector_of(values: Sequence[int]) -> Vector:
    """Values of a row, in their order."""
    events, units, amount = values
    return events, units, amount


def declared_of(values: Sequence[int | None]) -> Declared:
    """The same, where some may not be said."""
    events, units, amount = values
    return events, units, amount


class Part(NamedTuple):
    """A cause, and what it moved."""

    cause: str
    detail: str
    moved: Vector

    @property
    def amount(self) -> int:
        return self.moved[AMOUNT]


Explanation = tuple[Part, ...]
Arithmetic = Callable[[Vector], Iterable[tuple[Alternative, Vector]]]  # of a figure: what it moves


class Fitted(NamedTuple):
    """The verdict on a difference; explanations: all that fit with as few causes as can be.

    explained: by the same causes in all of them; ambiguous: by others too.
    """

    verdict: Verdict
    explanations: tuple[Explanation, ...]


def fit(
    claimed: Declared,
    recomputed: Vector,
    moved: Mapping[Alternative, Vector],
    arithmetic: Arithmetic,
) -> Fitted:
    """What explains claimed − recomputed.

    Args: moved: by how much each alternative differs from the recomputation in this cell;
        arithmetic: what can be done to a figure, given the figure.
    """
    shown = [place for place, value in enumerate(claimed) if value is not None]
    wanted = tuple(
        said - found for said, found in zip(claimed, recomputed, strict=True) if said is not None
    )

    def seen(vector: Vector) -> tuple[int, ...]:
        return tuple(vector[place] for place in shown)

    told = {one: vector for one, vector in moved.items() if any(seen(vector))}
    singles = [
        (Part(*one, vector),) for one, vector in told.items() if seen(vector) == wanted
    ] + [
        (Part(*one, vector),) for one, vector in arithmetic(recomputed) if seen(vector) == wanted
    ]  # fmt: skip
    if singles:
        return _fitted(singles)
    return _fitted(
        [*_sums(told, seen, wanted), *_compositions(told, recomputed, arithmetic, seen, wanted)]
    )


Seen = Callable[[Vector], tuple[int, ...]]


def _sums(
    told: Mapping[Alternative, Vector], seen: Seen, wanted: tuple[int, ...]
) -> Iterator[Explanation]:
    """Pairs of alternatives that add up."""
    by_vector: dict[tuple[int, ...], list[Alternative]] = {}
    for one, vector in told.items():
        by_vector.setdefault(seen(vector), []).append(one)
    for one, vector in told.items():
        rest = tuple(all_ - mine for all_, mine in zip(wanted, seen(vector), strict=True))
        for other in by_vector.get(rest, ()):
            # Two answers to one question cannot both have been given.
            if one < other and _question(one) != _question(other):
                yield Part(*one, vector), Part(*other, told[other])


def _question(one: Alternative) -> tuple[str, str]:
    return one.cause, one.detail.partition("=")[0]


def _compositions(
    told: Mapping[Alternative, Vector],
    recomputed: Vector,
    arithmetic: Arithmetic,
    seen: Seen,
    wanted: tuple[int, ...],
) -> Iterator[Explanation]:
    """What is done to a figure that an alternative, or other arithmetic, has made."""
    first = [*told.items(), *arithmetic(recomputed)]
    for one, vector in first:
        made = _added(recomputed, vector)
        for other, moved in arithmetic(made):
            if other.cause != one.cause and seen(_added(vector, moved)) == wanted:
                yield Part(*one, vector), Part(*other, moved)


def _added(one: Vector, other: Vector) -> Vector:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


def _fitted(found: Sequence[Explanation]) -> Fitted:
    """The verdict on what was found; two orders of the same causes are one explanation.

    Which of its cause it was (a file, or a day of it) may stay open: the difference is explained as
    long as the causes are the same.
    """
    kept: dict[tuple[tuple[str, str], ...], Explanation] = {}
    for one in found:
        kept.setdefault(tuple(sorted((part.cause, part.detail) for part in one)), one)
    distinct = tuple(kept[key] for key in sorted(kept))
    if not distinct:
        return Fitted("unexplained", ())
    causes = {tuple(sorted(part.cause for part in one)) for one in distinct}
    return Fitted("explained" if len(causes) == 1 else "ambiguous", distinct)
