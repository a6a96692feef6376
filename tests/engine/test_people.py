"""Accounts that several subscribers share: one balance, and each member's own terms."""

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doisoat.engine.usage.subscriptions import in_force
from doisoat.errors import IntakeError
from doisoat.tariffs.models.package_model import NO_PACKAGE
from tests.implementations import IMPLEMENTATIONS, facts, kernel, outcomes
from tests.profiles import examples
from tests.spec.cases import VOICE_PACK, call, catalogue, ms, renewal, subscription
from tests.worlds import make_world

FOREVER = 1 << 62


def rows(*given):
    """(owner, member, from, until, plan, carrier) as subscriptions."""
    return pl.DataFrame(
        [
            (owner, 0, member, 0, begin, end, carrier, plan, "standard", "prepaid", "01")
            for owner, member, begin, end, plan, carrier in (
                (*row, "viettel")[:6] for row in given
            )
        ],
        schema={
            "owner_hi": pl.UInt64, "owner_lo": pl.UInt64, "subscriber_hi": pl.UInt64,
            "subscriber_lo": pl.UInt64, "from_ms": pl.Int64, "until_ms": pl.Int64,
            **dict.fromkeys(("carrier", "plan", "segment", "payment", "home_locality"), pl.String),
        },
        orient="row",
    )  # fmt: skip


def spans(frame):
    return frame.select("owner_hi", "member_hi", "from_ms", "until_ms", "plan", "terms").rows()


def test_members_alike_are_one_as_long_as_there_is_any():
    given = rows(
        (1, 5, 0, 50, "a"), (1, 6, 20, None, "a"), (2, 2, 0, 10, "a"), (2, 2, 10, 20, "a"),
        (1, 7, 10, 30, "a"),
    )  # fmt: skip
    assert spans(in_force(given, FOREVER)) == [
        (1, 0, 0, FOREVER, "a", 0), (2, 0, 0, 10, "a", 0), (2, 0, 10, 20, "a", 0)
    ]  # fmt: skip


def test_rows_that_follow_each_other_stay_as_they_are():
    given = rows((2, 2, 5, None, "b"), (1, 1, 0, 10, "a"), (1, 1, 10, None, "b", "vnpt"))
    assert spans(in_force(given, FOREVER)) == [
        (1, 0, 0, 10, "a", 0), (1, 0, 10, FOREVER, "b", 0), (2, 0, 5, FOREVER, "b", 0)
    ]  # fmt: skip


def test_members_that_differ_have_rows_of_their_own():
    given = rows(
        (1, 7, 0, 50, "a"), (1, 6, 40, 60, "b"), (1, 7, 45, 50, "a"), (1, 7, 60, 70, "b", "vnpt"),
        (1, 6, 60, None, "b", "vnpt"), (2, 2, 0, 1, "a"), (3, 8, 0, None, "a"), (3, 9, 5, 6, "a"),
    )  # fmt: skip
    assert spans(in_force(given, FOREVER)) == [
        (1, 6, 40, 60, "b", 2), (1, 7, 0, 50, "a", 1), (1, 0, 60, FOREVER, "b", 0),
        (2, 0, 0, 1, "a", 0), (3, 0, 0, FOREVER, "a", 0),
    ]  # fmt: skip


def test_rows_of_two_carriers_lie_apart_and_may_hold_at_one_time():
    given = rows(
        (1, 1, 0, None, "a"), (1, 1, 10, 20, "b", "mobifone"), (1, 1, 20, 30, "b", "mobifone"),
        (1, 2, 5, 25, "b", "vnpt"), (2, 2, 0, None, "a", "vnpt"),
    )  # fmt: skip
    expected = [
        (1, 0, 10, 20, "b", 0), (1, 0, 20, 30, "b", 0), (1, 0, 0, FOREVER, "a", 0),
        (1, 0, 5, 25, "b", 0), (2, 0, 0, FOREVER, "a", 0),
    ]  # fmt: skip
    assert spans(in_force(given, FOREVER)) == expected
    assert spans(in_force(given.reverse(), FOREVER)) == expected


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            [(1, 7, 0, 50, "a"), (1, 7, 49, 60, "b"), (2, 2, 0, 9, "b"), (2, 2, 8, None, "a")],
            "2 accounts have a member whose rows hold at one time and differ in plan",
        ),
    ],
)
def test_rows_that_contradict_each_other_are_refused(given, message):
    with pytest.raises(IntakeError, match=message) as caught:
        in_force(rows(*given), FOREVER)
    assert caught.value.exit_code == 5


@settings(max_examples=examples(1.5))
@given(seed=st.integers(0, 10**9))
def test_a_member_more_changes_nothing(seed):
    """Whoever joins an account later, alike, draws from it and brings nothing."""
    world = make_world(seed)
    members = tuple(
        member
        for row in world.subscriptions
        for member in (row, replace(row, from_ms=row.from_ms + (seed % 3) * 3_600_000))
        if row.until_ms is None or member.from_ms < row.until_ms
    )
    inputs = list(world.inputs)
    alone, _ = kernel().rate_events_and_close(*inputs)
    inputs[2] = members
    shared, _ = kernel().rate_events_and_close(*inputs)
    assert [facts(one) for one in shared] == [facts(one) for one in alone]


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
def test_two_members_draw_from_one_pack(implementation):
    """Bought by one, used by both: the second has what the first left, then pays."""
    minutes = {**VOICE_PACK, "volumes": [
        {"kind": "voice", "destinations": ["on_net"], "amount": "90 s"}
    ]}  # fmt: skip
    found = outcomes(
        implementation, catalogue(packs=[minutes]), NO_PACKAGE,
        (subscription(), subscription(from_ms=ms("2021-08-02"))), (),
        (renewal("2021-08-03", minutes["id"], 1), call("2021-08-04", 60, 2),
         call("2021-08-05", 60, 3)),
        (ms("2021-08-01"), ms("2021-09-01")), (),
    )  # fmt: skip
    assert [one.bundled for one in found[1:]] == [60_000, 30_000]
    assert [one.payable for one in found[1:]] == [0, 590]
