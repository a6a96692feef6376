"""Accounts that several subscribers share: alike, they are one owner; otherwise nobody guesses."""

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doisoat.engine.people import one_at_a_time
from doisoat.errors import IntakeError
from doisoat.tariffs.package_models import NO_PACKAGE
from tests.implementations import IMPLEMENTATIONS, facts, kernel, outcomes
from tests.spec.cases import VOICE_PACK, call, catalogue, ms, renewal, subscription
from tests.worlds import make_world

FOREVER = 1 << 62


def rows(*given):
    """(owner, from, until, plan) as subscriptions."""
    return pl.DataFrame(
        [
            (owner, 0, begin, end, "viettel", plan, "standard", "prepaid", "01")
            for owner, begin, end, plan in given
        ],
        schema={
            "owner_hi": pl.UInt64, "owner_lo": pl.UInt64, "from_ms": pl.Int64, "until_ms": pl.Int64,
            **dict.fromkeys(("carrier", "plan", "segment", "payment", "home_locality"), pl.String),
        },
        orient="row",
    )  # fmt: skip


def spans(frame):
    return frame.select("owner_hi", "from_ms", "until_ms", "plan").rows()


def test_members_alike_are_one_as_long_as_there_is_any():
    found = one_at_a_time(
        rows(
            (1, 0, 50, "a"), (1, 20, None, "a"), (2, 0, 10, "a"), (2, 10, 20, "a"), (1, 10, 30, "a")
        ),
        FOREVER,
    )
    assert spans(found) == [(1, 0, FOREVER, "a"), (2, 0, 10, "a"), (2, 10, 20, "a")]


def test_rows_that_follow_each_other_stay_as_they_are():
    given = rows((2, 5, None, "b"), (1, 0, 10, "a"), (1, 10, None, "b"))
    assert spans(one_at_a_time(given, FOREVER)) == [
        (1, 0, 10, "a"), (1, 10, FOREVER, "b"), (2, 5, FOREVER, "b")
    ]  # fmt: skip


def test_members_with_terms_of_their_own_are_refused():
    with pytest.raises(IntakeError, match="2 accounts or subscribers have subscriptions") as caught:
        one_at_a_time(
            rows((1, 0, 50, "a"), (1, 49, 60, "b"), (2, 0, 1, "a"), (3, 0, None, "a"),
                 (3, 5, 6, "a"), (3, 7, 8, "b")),
            FOREVER,
        )  # fmt: skip
    assert "accounts of their own" in caught.value.mend and caught.value.exit_code == 5


@settings(max_examples=150, deadline=None)
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
