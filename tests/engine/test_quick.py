"""The quick way: its charge by two multiplications is the tariff's, up to the units it is for."""

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from doisoat.engine.kernel.program import LoadedProgram, quick_charge
from doisoat.tariffs.compile.compile import compile_program
from doisoat.tariffs.compile.price_tables import NUMERATOR_MAX, Table
from doisoat.tariffs.compile.program import Program
from tests.profiles import examples
from tests.spec.cases import catalogue, package

HALF_UP, ROUND_UP = 0, 3
UNITS = st.integers(1, 2**40)
STEP = st.tuples(st.integers(1, 10**6), st.integers(1, 10**9))  # block, numerator a unit
FIRST = st.integers(1, 10**5)  # blocks of the first step
DENOMINATOR = st.integers(1, 2**40) | st.integers(1, 100)


@cache
def any_program() -> Program:
    return compile_program(catalogue(), package())


def table(
    denominator: int, steps: tuple[tuple[int, int, int], ...], **more: int
) -> Table:  # of no more than its price
    whole: dict[str, int] = {"connect": 0, "limit": 2**45, "rounding": HALF_UP, **more}
    return Table(
        denominator, whole["connect"], False, whole["rounding"], 0, whole["limit"], steps,
        (0,) * len(steps), False, 0, -1, False, 1, 0,
    )  # fmt: skip


def charged(tariff: Table, units: int) -> tuple[int, int] | None:
    loaded = LoadedProgram(replace(any_program(), tables=(tariff,)))
    return quick_charge(loaded, 0, units)


def expected(tariff: Table, units: int) -> tuple[int, int]:
    """Billed units and charge by the tariff's own words."""
    start, block, _ = [step for step in tariff.steps if step[0] < units][-1]
    billed = start + -(-(units - start) // block) * block
    numerator = tariff.connect
    ends = [step[0] for step in tariff.steps[1:]] + [billed]
    for (begin, _, price), end in zip(tariff.steps, ends, strict=True):
        numerator += price * max(0, min(end, billed) - begin)
    return billed, (2 * numerator + tariff.denominator) // (2 * tariff.denominator)


@settings(max_examples=examples(3))
@given(DENOMINATOR, STEP, FIRST, STEP | st.none(), st.integers(0, 10**12), UNITS)
@example(1, (10**6, 92_233_721), 10**5, (1, 1), 0, 1)
def test_the_charge_is_the_tariffs_or_there_is_none(denominator, one, first, two, connect, units):
    steps: tuple[tuple[int, int, int], ...] = ((0, *one),)
    if two is not None:
        blocks = min(first, NUMERATOR_MAX // (one[0] * one[1]))  # what compiling lets through
        steps += ((blocks * one[0], *two),)
    tariff = table(denominator, steps, connect=connect)
    found = charged(tariff, units)
    assert found is None or found == expected(tariff, units)


@pytest.mark.parametrize("block", [1, 1_000, 51_200])
@pytest.mark.parametrize("denominator", [1, 7, 60_000, 2**20])
def test_beside_multiples_it_is_exact(block, denominator):
    tariff = table(denominator, ((0, 6 * block, 1_590), (6 * block, block, 1_590)))
    for times in (1, 5, 6, 7, 10_007):
        for units in (times * block - 1, times * block, times * block + 1):
            if units > 0:
                assert charged(tariff, units) == expected(tariff, units)


def test_what_may_pass_the_bounds_is_not_charged_so():
    large = table(2**40, ((0, 1, 10**9),))
    assert charged(large, 2**40) is None
    limited = table(1, ((0, 10, 1),), limit=100)
    assert charged(limited, 91) == (100, 100)
    assert charged(limited, 92) is None  # up to here no block passes the limit


def test_another_rounding_is_not_quick():
    assert charged(table(3, ((0, 1, 1),), rounding=ROUND_UP), 1) is None
