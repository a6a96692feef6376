"""Explanations of a difference to the đồng: one cause, or two together. No I/O here.

A cell is what a carrier declares of one key: (events, units, amount), of which it may have left
some out. An alternative says by how much the cell would differ had it been counted that way. It
explains a difference that it equals in every declared column. Two causes add up: each alternative
is of the recomputation alone; only what is done to a figure (arithmetic: VAT, sign, double count)
is done to what another cause has made of it.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Literal, NamedTuple, get_args

from doisoat.settlement.records.alternative_frame import Alternative

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


class Support(NamedTuple):
    """How many cells of a claim an alternative moves, and of how many it is an explanation."""

    cells: int
    fits: int


class Part(NamedTuple):
    """A cause, and what it moved. support: None where no other cell could have any."""

    cause: str
    detail: str
    moved: Vector
    support: Support | None = None

    @property
    def amount(self) -> int:
        return self.moved[AMOUNT]


Explanation = tuple[Part, ...]
Nested = Collection[frozenset[Alternative]]  # pairs that move the same lines, so do not add up
Arithmetic = Callable[[Vector], Iterable[tuple[Alternative, Vector]]]  # of a figure: what it moves


class Tried(NamedTuple):
    """What two causes done together come to in a cell, and what of it explains the difference."""

    explanations: tuple[Explanation, ...]
    moved: frozenset[Vector]


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
    nested: Nested = (),
) -> Fitted:
    """What explains claimed − recomputed.

    Args: moved: by how much each alternative differs from the recomputation in this cell;
        arithmetic: what can be done to a figure, given the figure; nested: pairs that are not
        summed.
    """
    shown = shown_of(claimed)
    wanted = tuple(
        declared - computed
        for declared, computed in zip(claimed, recomputed, strict=True)
        if declared is not None
    )

    def seen(vector: Vector) -> tuple[int, ...]:
        return tuple(vector[place] for place in shown)

    visible = {alternative: vector for alternative, vector in moved.items() if any(seen(vector))}
    singles = [
        (Part(*alternative, vector),)
        for alternative, vector in visible.items() if seen(vector) == wanted
    ] + [
        (Part(*alternative, vector),)
        for alternative, vector in arithmetic(recomputed) if seen(vector) == wanted
    ]  # fmt: skip
    if singles:
        return verdict_on(singles)
    return verdict_on(
        [
            *_sums(visible, seen, wanted, nested),
            *_compositions(visible, recomputed, arithmetic, seen, wanted),
        ]
    )


def shown_of(claimed: Declared) -> tuple[int, ...]:
    """The places of the columns that are declared."""
    return tuple(place for place, value in enumerate(claimed) if value is not None)


def explainable(
    recomputed: Vector,
    moved: Mapping[Alternative, Vector],
    arithmetic: Arithmetic,
    shown: Sequence[int],
    causes: int,
    nested: Nested = (),
) -> set[tuple[int, ...]]:
    """Every difference that `fit` would explain by at most so many causes (1 or 2)."""

    def seen(vector: Vector) -> tuple[int, ...]:
        return tuple(vector[place] for place in shown)

    visible = {alternative: vector for alternative, vector in moved.items() if any(seen(vector))}
    first = [*visible.items(), *arithmetic(recomputed)]
    explained = {seen(vector) for _, vector in first}
    if causes > 1:
        for alternative, partner in combinations(visible, 2):
            if _adds_up(alternative, partner, nested):
                explained.add(seen(_added(visible[alternative], visible[partner])))
        for alternative, vector in first:
            for partner, more in arithmetic(_added(recomputed, vector)):
                if partner.cause != alternative.cause:
                    explained.add(seen(_added(vector, more)))
    return explained - {(0,) * len(shown)}


Seen = Callable[[Vector], tuple[int, ...]]


def _sums(
    visible: Mapping[Alternative, Vector], seen: Seen, wanted: tuple[int, ...], nested: Nested
) -> Iterator[Explanation]:
    """Pairs of alternatives that add up."""
    by_vector: dict[tuple[int, ...], list[Alternative]] = {}
    for alternative, vector in visible.items():
        by_vector.setdefault(seen(vector), []).append(alternative)
    for alternative, vector in visible.items():
        rest = tuple(all_ - share for all_, share in zip(wanted, seen(vector), strict=True))
        for partner in by_vector.get(rest, ()):
            if alternative < partner and _adds_up(alternative, partner, nested):
                yield Part(*alternative, vector), Part(*partner, visible[partner])


def question(alternative: Alternative) -> tuple[str, str]:
    """What an alternative answers."""
    return alternative.cause, alternative.detail.partition("=")[0]


def _adds_up(alternative: Alternative, partner: Alternative, nested: Nested) -> bool:
    """May both be supposed at once, and do they move no line twice?

    Two answers to one question cannot both have been given. What came in late are sets of files,
    each within the next; what all files told again is what each of them did.
    """
    if question(alternative) == question(partner) or frozenset((alternative, partner)) in nested:
        return False
    sorts = {_sort(alternative), _sort(partner)}
    return sorts not in ({"late"}, {"late", "file"}, {"duplicate", "duplicate all"})


def _sort(alternative: Alternative) -> str:
    by = alternative.detail.partition(":")[0]
    if alternative.cause == "missing":
        return by
    if alternative.cause == "late":  # left out; from: what was late of another month is added
        return "from" if by == "from" else "late"
    return "duplicate all" if (alternative.cause, by) == ("duplicate", "all") else alternative.cause


def _compositions(
    visible: Mapping[Alternative, Vector],
    recomputed: Vector,
    arithmetic: Arithmetic,
    seen: Seen,
    wanted: tuple[int, ...],
) -> Iterator[Explanation]:
    """What is done to a figure that an alternative, or other arithmetic, has made."""
    first = [*visible.items(), *arithmetic(recomputed)]
    for alternative, vector in first:
        changed = _added(recomputed, vector)
        for partner, moved in arithmetic(changed):
            if partner.cause != alternative.cause and seen(_added(vector, moved)) == wanted:
                yield Part(*alternative, vector), Part(*partner, moved)


def _added(first: Vector, second: Vector) -> Vector:
    return first[0] + second[0], first[1] + second[1], first[2] + second[2]


def verdict_on(explanations: Sequence[Explanation]) -> Fitted:
    """The verdict on what was found; two orders of the same causes are one explanation.

    Which of its cause it was (a file, or a day of it) may stay open: the difference is explained as
    long as the causes are the same.
    """
    by_causes: dict[tuple[tuple[str, str], ...], Explanation] = {}
    for explanation in explanations:
        by_causes.setdefault(
            tuple(sorted((part.cause, part.detail) for part in explanation)), explanation
        )
    distinct = tuple(by_causes[key] for key in sorted(by_causes))
    if not distinct:
        return Fitted("unexplained", ())
    causes = {tuple(sorted(part.cause for part in explanation)) for explanation in distinct}
    return Fitted("explained" if len(causes) == 1 else "ambiguous", distinct)
