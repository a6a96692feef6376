"""Simulated audits of frames whose misstatement is known: does each bound hold as often as it says?

Frames, errors and seeds all follow from SHA-256 of a number, as draws do.
"""

from collections.abc import Callable, Iterator
from datetime import date
from fractions import Fraction
from typing import NamedTuple
from uuid import UUID

import polars as pl

from doisoat.settlement.sampling.bounds import binomial_cdf
from doisoat.settlement.sampling.design import Design, DesignRequest, parties_of
from doisoat.settlement.sampling.draw import design_of, drawn
from doisoat.settlement.sampling.evaluation import Evaluation, Frame, evaluated
from doisoat.settlement.sampling.joint_seed import Stream
from doisoat.settlement.sampling.units import UNIT, canonical

UNITS = 400
# How unlikely a count of misses must be, were the confidence right, for a test to fail.
CHANCE = Fraction(1, 10**6)


def seed_of(number: int, label: str) -> bytes:
    return Stream(number.to_bytes(32, "big"), label).below(1 << 256).to_bytes(32, "big")


def frame_of(number: int, units: int = UNITS) -> pl.DataFrame:
    """UNIT: amounts of four measures, from 118 to a few 100,000 đồng; some of 0."""
    stream = Stream(seed_of(number, "frame"), "units")
    rows = []
    for _ in range(units):
        measure = f"M{stream.below(4)}"
        size = stream.below(11)
        amount = 0 if stream.below(50) == 0 else 118 + stream.below(1 << (size + 8))
        rows.append((
            str(UUID(int=stream.below(1 << 128))), measure, "discount", "viettel",
            date(2021, 8, 1 + stream.below(31)), "01", amount, "",
        ))  # fmt: skip
    return canonical(pl.DataFrame(rows, UNIT, orient="row"))


Errors = Callable[[list[int], Stream], list[int]]


def none(amounts: list[int], stream: Stream) -> list[int]:
    return amounts


def few_large(amounts: list[int], stream: Stream) -> list[int]:
    """One line in fifty that should not be there."""
    return [0 if stream.below(50) == 0 else amount for amount in amounts]


def many_small(amounts: list[int], stream: Stream) -> list[int]:
    """A third of all lines, each up to a tenth too much."""
    return [
        amount - amount * stream.below(11) // 100 if stream.below(3) == 0 else amount
        for amount in amounts
    ]


def mixed(amounts: list[int], stream: Stream) -> list[int]:
    """Too much here by any share, too little there."""
    return [
        amount * stream.below(201) // 100 if stream.below(12) == 0 else amount for amount in amounts
    ]


def understated(amounts: list[int], stream: Stream) -> list[int]:
    """One line in twenty claims too little, by up to all of itself."""
    return [
        amount + amount * stream.below(101) // 100 if stream.below(20) == 0 else amount
        for amount in amounts
    ]


def just_intolerable(amounts: list[int], stream: Stream) -> list[int]:
    """The smallest lines, whole, until a twentieth of all is too much: the hardest to find."""
    right, left = list(amounts), sum(amounts) // 20 + 1
    for place in sorted(range(len(amounts)), key=lambda place: amounts[place]):
        taken = min(left, right[place])
        right[place] -= taken
        left -= taken
    return right


PATTERNS: dict[str, Errors] = {
    one.__name__: one for one in (none, few_large, many_small, mixed, understated, just_intolerable)
}
ASKED = {
    "mus by hoeffding": DesignRequest("mus", tolerable="5%"),
    "mus by stringer": DesignRequest("mus", tolerable="5%", bound="stringer"),
    "stratified, proportional": DesignRequest(
        "stratified", tolerable="30%", strata=("band",), allocation="proportional"
    ),
    "stratified, neyman": DesignRequest(
        "stratified", tolerable="10%", strata=("band",), allocation="neyman"
    ),
    "equal": DesignRequest("equal", tolerable="5%"),
}


class World(NamedTuple):
    """A frame, what is right of each of its lines, and what is misstated in all."""

    units: pl.DataFrame
    right: pl.DataFrame  # units with `audited`
    design: Design
    over: int
    under: int
    wrong: int


def world_of(number: int, asked: DesignRequest, errors: Errors, units: int = UNITS) -> World:
    frame = frame_of(number, units)
    amounts = frame["amount"].to_list()
    audited = errors(amounts, Stream(seed_of(number, "errors"), "errors"))
    pairs = list(zip(amounts, audited, strict=True))
    return World(
        frame,
        frame.with_columns(audited=pl.Series(audited, dtype=pl.Int64)),
        design_of(asked, frame, parties_of(["viettel"])),
        sum(max(book - right, 0) for book, right in pairs),
        sum(max(right - book, 0) for book, right in pairs),
        sum(book != right for book, right in pairs),
    )


def audits(world: World, count: int, first: int = 0) -> Iterator[Evaluation]:
    """Audits of one frame, each under a joint seed of its own."""
    frame = Frame(world.units, sum(world.units["amount"].to_list()))
    audited = world.right.select("event_id", "measure", "nature", "audited")
    for number in range(first, first + count):
        found = drawn(world.units, world.design, seed_of(number, "audit"))
        told = found.join(
            audited, on=["event_id", "measure", "nature"], how="left", maintain_order="left"
        )
        yield evaluated(frame, world.design, told)


def misses_allowed(audited: int, alpha: Fraction) -> int:
    """The most misses that a bound which errs at `alpha` is seen to make, but for CHANCE."""
    misses = audited * alpha.numerator // alpha.denominator
    while 1 - binomial_cdf(misses, audited, alpha) > CHANCE:
        misses += 1
    return misses


class Missed(NamedTuple):
    """How often the truth lay outside, by bound."""

    over_upper: int
    over_lower: int
    under_upper: int
    stringer: int


def missed(world: World, found: Iterator[Evaluation]) -> Missed:
    counts = [0, 0, 0, 0]
    is_equal = world.design.method == "equal"
    over = world.wrong if is_equal else world.over
    for one in found:
        counts[0] += one.over.upper < over
        counts[1] += one.over.lower > over
        counts[2] += one.under is not None and one.under.upper < world.under
        counts[3] += one.over.bounds.get("stringer", over) < over
    return Missed(*counts)
