"""Claims with planted disagreements of every cause on a small world: all are found, with the cause.

The planting (tests/planted_claims) shares nothing with the finding; python -m tests.long_claims
does the same on 13 million events.
"""

import pytest

from doisoat.fixtures.assumptions import read_assumptions
from doisoat.fixtures.simulate import simulate
from tests.made_once import copy_of_made
from tests.planted_claims.by_oracle import by_day
from tests.planted_claims.cells import Cell, Figures
from tests.planted_claims.claims import file_all
from tests.planted_claims.home import PERIOD, copied_to, make, process
from tests.planted_claims.judge import CAUSES, judge, misses
from tests.planted_claims.planting import Disagreement, Plan, Why
from tests.planted_claims.proof import held_of, prove
from tests.planted_claims.worlds import OF_SMALL, WORLDS, suppositions

SUBSCRIBERS = 200
# More of what a small world has too little of: of a million records.
FAULTS = {"late": 60_000, "resent": 30_000, "exact_duplicate": 30_000, "conflicting": 20_000}

# Who bought a pack on a day by which an order might be longer are some in ten thousand.
NOT_HERE = {"order_boundary"}
OF_ORACLE = [
    *OF_SMALL,
    *(one for one in WORLDS if (one.carrier, one.cause) == ("vietnamobile", "locality_policy")),
]


@pytest.fixture(scope="module")
def proved(tmp_path_factory):
    """A copy of the home after the proof, and the proof."""
    folder, (planted, proof) = copy_of_made(
        tmp_path_factory, "planted", plant_and_prove, by=("intake", "settle", "claim", "reconcile")
    )
    return copied_to(planted, folder), proof


def plant_and_prove(folder):
    more = {f"planted__{name}": share for name, share in FAULTS.items()}
    assumptions = read_assumptions().changed(**more)
    home = make(
        folder, lambda world: simulate(world, 7, SUBSCRIBERS, assumptions=assumptions), buckets=2
    )
    return home, prove(home, Plan(2, 8, 2), 1, (*WORLDS, *OF_SMALL))


@pytest.fixture
def home(proved):
    return proved[0]


@pytest.fixture
def proof(proved):
    return proved[1]


def test_claims_that_are_right_give_no_variance(proof):
    assert proof.clean.status == 0
    assert proof.clean.told["variances"] == []
    assert proof.clean.told["total_difference"] == "0"


def test_every_cause_that_this_world_can_hold_is_planted(proof):
    planted = {why.cause for one in proof.verdict.judged for why in one.planted.why}
    assert planted == set(CAUSES) - NOT_HERE


def test_every_disagreement_is_found_with_its_cause_and_amounts(proof):
    assert misses(proof.verdict) == []
    assert proof.verdict.is_summed
    assert proof.reconciled.status == 3


@pytest.mark.parametrize("world", OF_ORACLE, ids=lambda world: f"{world.cause} {world.detail}")
def test_what_a_world_is_said_to_move_is_what_the_oracle_says(home, world):
    """The kernel made the planted figures, as it makes those of the finding: the oracle did not."""
    (settled,) = suppositions(home, (world,))
    told = {cell: move for cell, move in settled.moves.items() if cell.grain == "day"}
    assert told and by_day(home, world) == told


def test_what_was_done_by_another_tariff_and_everywhere_is_told_as_both(home):
    """Settled at once under both: what that adds to a cell is not the sum of what each adds."""
    version, place = (
        one
        for one in WORLDS
        if one.carrier == "vietnamobile"
        and one.detail in ("2021-08-15T00:00=before", "M6=anywhere")
    )
    at_once = version._replace(
        cause="tariff_version+locality_policy", detail="before+anywhere", package=place.package
    )
    first, second, both = suppositions(home, (version, place, at_once))
    none = Figures(0, 0, 0)
    cell, move = max(
        (
            (cell, move)
            for cell, move in both.moves.items()
            if cell.grain in ("day", "measure")
            and all(one.moves.get(cell, none).amount for one in (first, second))
            and first.moves[cell].plus(second.moves[cell]) != move
        ),
        key=lambda told: abs(told[1].amount),
    )
    held = held_of(home)
    alone = first.moves[cell].amount
    why = (
        Why("tariff_version", version.detail, alone),
        Why("locality_policy", place.detail, move.amount - alone),
    )
    one = Disagreement(cell, held[cell].plus(move), held[cell], why)
    file_all(home, held, [one], ["vietnamobile"])
    told = process("reconcile", "--period", PERIOD, "--carrier", "vietnamobile", "--home",
                   home.home, allowed=(3,)).told  # fmt: skip
    # What was planted before, in claims of others and by line, stays as it was held.
    own = [
        found
        for found in told["variances"]
        if found["carrier"] == "vietnamobile" and found["grain"] != "lines"
    ]
    assert misses(judge([one], {**told, "variances": own})) == []


ONE = Disagreement(
    Cell("vnpt", "day", "M2", "discount", "2021-08-09"),
    Figures(2, 20, 115),
    Figures(2, 20, 100),
    (Why("late", "after:x", 5), Why("reading", "a=b", 10)),
)


def told_of(*ways, amount=15, day="2021-08-09", verdict="explained"):
    """A reconciliation that tells one variance, explained in these ways."""
    explanations = [
        [{"cause": cause, "detail": "", "amount": str(sum_)} for cause, sum_ in way] for way in ways
    ]
    variance = {
        "carrier": "vnpt", "grain": "day", "measure": "M2", "verdict": verdict,
        "key": {"nature": "discount", "day": day}, "difference": str(amount),
        "explanations": explanations,
    }  # fmt: skip
    return {"variances": [variance], "total_difference": str(amount)}


RIGHT = (("reading", 10), ("late", 5))


def test_the_judge_takes_what_is_right():
    assert misses(judge([ONE], told_of(RIGHT))) == []
    assert misses(judge([ONE], told_of([("sign", 15)], RIGHT, verdict="ambiguous"))) == []


@pytest.mark.parametrize(
    "told",
    [
        told_of([("late", 15)]),
        told_of((("reading", 10), ("late", 6))),
        told_of(RIGHT, amount=16),
        told_of(RIGHT, [("sign", 15)]),
        told_of(verdict="unexplained"),
        told_of(RIGHT, day="2021-08-10"),
        {"variances": [], "total_difference": "0"},
    ],
    ids=["cause", "amounts", "difference", "verdict", "unexplained", "elsewhere", "missed"],
)
def test_the_judge_refuses_what_is_wrong(told):
    assert misses(judge([ONE], told))
