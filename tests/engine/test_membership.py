"""Whose balances an event draws, and where events of members are put."""

import polars as pl

from doisoat.engine.usage.membership import memberships, of_members, packs_resolved, resolved

A, B, ALONE, ACCOUNT, OTHER = 1, 2, 3, 100, 200


def subscriptions(*given):
    """(subscriber, owner, from, until, carrier)."""
    schema = {
        name: pl.UInt64 for name in ("subscriber_hi", "subscriber_lo", "owner_hi", "owner_lo")
    }
    rows = [
        (subscriber, 0, owner, 0, begin, end, carrier)
        for subscriber, owner, begin, end, carrier in ((*row, "viettel")[:5] for row in given)
    ]
    spans = {"from_ms": pl.Int64, "until_ms": pl.Int64, "carrier": pl.String}
    return pl.DataFrame(rows, {**schema, **spans}, orient="row")


def events(*given, carrier="viettel"):
    """(owner, subscriber, start, session, partial), of a carrier."""
    ids = ("owner_hi", "owner_lo", "subscriber_hi", "subscriber_lo", "session_hi", "session_lo")
    rows = [
        (owner, 0, subscriber, 0, session, 0, start, partial, carrier)
        for owner, subscriber, start, session, partial in given
    ]
    schema = pl.Schema(
        {
            **dict.fromkeys(ids, pl.UInt64()), "start_ms": pl.Int64(), "partial": pl.Int32(),
            "carrier": pl.String(),
        }
    )  # fmt: skip
    return pl.DataFrame(rows, schema, orient="row")


ROWS = memberships(
    subscriptions(
        (A, A, 0, 10), (A, ACCOUNT, 10, 20), (A, A, 20, None), (B, ACCOUNT, 0, None),
        (B, OTHER, 50, 60), (ALONE, ALONE, 0, None), (ACCOUNT, ACCOUNT, 0, None),
    )
)  # fmt: skip


def test_only_rows_of_members_matter():
    assert set(ROWS.get_column("subscriber_hi")) == {A, B}
    assert ROWS.height == 5


def owners(frame):
    return frame.get_column("owner_hi").to_list()


def test_a_member_draws_from_his_account_from_when_until_when():
    given = events(
        (A, A, 9, 0, 0), (A, A, 10, 0, 0), (A, A, 19, 0, 0), (A, A, 20, 0, 0), (B, B, 49, 0, 0),
        (B, B, 50, 0, 0), (B, B, 60, 0, 0), (ALONE, ALONE, 15, 0, 0), (OTHER, A, 15, 0, 0),
    )  # fmt: skip
    moved = resolved(given, ROWS)
    assert owners(moved) == [A, ACCOUNT, ACCOUNT, A, ACCOUNT, B, ACCOUNT, ALONE, OTHER]
    assert moved.drop("owner_hi").equals(given.drop("owner_hi"))
    assert of_members(given, ROWS).height == 4


def test_a_part_of_a_call_is_told_by_its_own_start():
    given = events((A, A, 21, 7, 2), (A, A, 19, 7, 1), (A, A, 20, 7, 2))
    assert owners(resolved(given, ROWS)) == [A, ACCOUNT, A]


def test_an_open_pack_is_of_the_account_of_its_buyer_then():
    packs = pl.DataFrame(
        {
            "owner_hi": [A, A, ALONE], "owner_lo": [0, 0, 0], "pack": ["ours", "any", "ours"],
            "bought_ms": [9, 10, 10],
        },
        {"owner_hi": pl.UInt64, "owner_lo": pl.UInt64, "pack": pl.String, "bought_ms": pl.Int64},
    )  # fmt: skip
    found = packs_resolved(packs, ROWS, {"ours": "viettel", "any": None})
    assert owners(found) == [A, ACCOUNT, ALONE]
    assert found["subscriber_hi"].to_list() == [A, A, ALONE]


def test_a_carriers_record_asks_that_carriers_rows_alone():
    """In whose account another carrier says that he is bears on no event of this one's."""
    rows = memberships(
        subscriptions((A, ACCOUNT, 0, None, "viettel"), (A, OTHER, 10, 20, "vnpt"), (A, A, 10, 20))
    )
    given = events((A, A, 5, 0, 0), (A, A, 15, 0, 0), (A, A, 25, 0, 0), carrier="viettel")
    assert owners(resolved(given, rows.filter(pl.col("owner_hi") != A))) == [ACCOUNT] * 3
    assert owners(resolved(given, rows)) == [ACCOUNT, A, ACCOUNT]  # he has a row of his own there
    of_vnpt = events((A, A, 5, 0, 0), (A, A, 15, 0, 0), carrier="vnpt")
    assert owners(resolved(of_vnpt, rows)) == [A, OTHER]
    packs = pl.DataFrame(
        {"owner_hi": [A] * 3, "owner_lo": [0] * 3, "pack": ["ours", "theirs", "any"],
         "bought_ms": [15] * 3},
        {"owner_hi": pl.UInt64, "owner_lo": pl.UInt64, "pack": pl.String, "bought_ms": pl.Int64},
    )  # fmt: skip
    sellers = {"ours": "viettel", "theirs": "vnpt", "any": None}
    found = packs_resolved(packs, rows.filter(pl.col("owner_hi") != A), sellers)
    assert owners(found) == [ACCOUNT, OTHER, A]
