"""A signed month settled again for the sake of one before it comes to the same: none is booked."""

import shutil

import pytest

from tests.integration.conftest import done, refused, rows, run

from .small_home import OWNED, PERSON, USED, SmallHome, pack_sold
from .story import accounted, package_of, statements

JULY, AUGUST, SEPTEMBER = "2021-07", "2021-08", "2021-09"
NUMBER, HIS = PERSON.partition(",")[0], "0332718281"
CAP = 18_000  # within the two months' relief of 30,000 đ
BOOKED = """
    SELECT booked_period, carrier, part, usage_period, rated, list_value, discount, payable,
        in_kind, contribution, relief, recognised, own_account
    FROM settlement.booked ORDER BY ALL
"""


def used_data(record, started):
    """A row of USED: 100 MB were used at a moment of 2021."""
    return f"{record},viettel,data,0322718281,,,2021-{started}.000,,{100 << 20},,25,,,,,"


@pytest.fixture
def small(key, tmp_path):
    return SmallHome(tmp_path, key)


def settled_again(small):
    """A pack each of two signed months, then a late one of August: both settled again."""
    small.take("packs.csv", USED, pack_sold("p1", "08-10 10:00:00"),
               pack_sold("p2", "09-10 10:00:00"))  # fmt: skip
    small.settle_and_sign(AUGUST, SEPTEMBER)
    small.take("late.csv", USED, pack_sold("p3", "08-12 10:00:00"))
    small.settle_again(AUGUST)
    return small.settle_again(SEPTEMBER)


def standing(small, period):
    return done("period", "status", period, "--home", small.home)


def is_all_accounted(small, *months):
    current = statements(small.home, "SELECT period, carrier, {} FROM settlement.statement")
    return accounted(small.home) == {key: row for key, row in current.items() if key[0] in months}


@pytest.mark.parametrize("rule", ["first_come", "pro_rata"])
def test_of_what_envelopes_had_posted_nothing_is_booked(small, rule):
    """August's late pack takes what September's run would recognise: posted, it keeps its place."""
    small.settling = ("--package", package_of(small.folder, CAP, rule))
    first = settled_again(small)
    assert standing(small, AUGUST)["unadjusted"] and not standing(small, SEPTEMBER)["unadjusted"]
    done("adjust", AUGUST, "--home", small.home)
    again = small.settle(SEPTEMBER)
    told = standing(small, SEPTEMBER)
    assert first["run"] != again["run"] == told["run"] != told["signed_run"]
    assert not told["unadjusted"] and told["adjustments"] == []
    error = refused(7, "adjust", SEPTEMBER, "--home", small.home)
    # It is superseded already: to say so again would be refused.
    assert "no difference to book" in error["what"] and "supersede" not in error["mend"]
    assert f"doisoat settle --period {SEPTEMBER}" in error["mend"]
    assert done("status", "--home", small.home)["unadjusted"] == []
    assert is_all_accounted(small, AUGUST, SEPTEMBER) and done("verify", small.home)["ok"]
    # What does differ later is booked against what was signed.
    small.take("later.csv", USED, pack_sold("p4", "09-12 10:00:00"))
    small.settle(SEPTEMBER)
    booked = done("adjust", SEPTEMBER, "--home", small.home)
    assert booked["before"] == told["signed_run"] and set(booked["causes"]) == {"late"}
    assert (booked["totals"]["payable"], booked["totals"]["relief"]) == ("10000", "15000")
    assert is_all_accounted(small, AUGUST, SEPTEMBER) and done("verify", small.home)["ok"]
    ((recognised, own),) = rows(small.home, "SELECT sum(recognised)::BIGINT, sum(own_account)"
                                "::BIGINT FROM settlement.booked")  # fmt: skip
    assert (recognised, own) == (CAP, 60_000 - CAP)


def test_another_package_is_booked_though_its_amounts_are_the_same(small):
    """What carriers owe each other, and what counts, may be others by it."""
    small.take("packs.csv", USED, pack_sold("p1", "08-10 10:00:00"))
    small.settle_and_sign(AUGUST)
    small.settling = ("--reading", "m1.in_kind_value=zero")
    small.settle_again(AUGUST)
    assert standing(small, AUGUST)["unadjusted"]
    done("adjust", AUGUST, "--home", small.home)
    assert not standing(small, AUGUST)["unadjusted"]


def test_what_a_month_before_moved_is_led_on_through_a_run_with_nothing_to_book(small):
    """September's usage is covered by a late pack of August, which July was settled again after."""
    small.take("usage.csv", USED, pack_sold("p1", "07-10 10:00:00"),
               pack_sold("p2", "08-10 10:00:00"), used_data("d1", "09-02 10:00:00"))  # fmt: skip
    small.settle_and_sign(JULY, AUGUST, SEPTEMBER)
    small.take("late.csv", USED, pack_sold("late", "08-28 10:00:00", "viettel.VX7", 35_000))
    small.settle_again(AUGUST)
    ((late,),) = rows(small.home, "SELECT event_id FROM usage.event WHERE pack = 'viettel.VX7'")
    adjusted = done("adjust", AUGUST, "--home", small.home)
    small.take("later.csv", USED, pack_sold("later", "07-12 10:00:00"))
    small.settle_again(JULY)
    done("adjust", JULY, "--home", small.home)
    assert small.settle(AUGUST)["run"] != adjusted["after"]
    assert not standing(small, AUGUST)["unadjusted"]
    small.settle_again(SEPTEMBER)
    done("adjust", SEPTEMBER, "--home", small.home)
    assert rows(small.home, f"""SELECT cause, cause_event FROM settlement.adjustment_event
        JOIN settlement.adjustment USING (adjustment) WHERE usage_period = '{SEPTEMBER}'
    """) == [("cascade", late)]  # fmt: skip
    assert is_all_accounted(small, JULY, AUGUST, SEPTEMBER) and done("verify", small.home)["ok"]


@pytest.mark.parametrize("account", ["", "G"])
def test_what_a_month_before_moved_is_named_in_an_account_of_one_member_too(key, tmp_path, account):
    """The records name the number alone; that it is a member, and of which account, master data."""
    small = SmallHome(tmp_path, key, person=PERSON.replace(",,", f",{account},", 1))
    small.take("usage.csv", USED, pack_sold("p1", "08-10 10:00:00"),
               used_data("d1", "09-02 10:00:00"))  # fmt: skip
    small.settle_and_sign(AUGUST, SEPTEMBER)
    small.take("late.csv", USED, pack_sold("late", "08-28 10:00:00", "viettel.VX7", 35_000))
    small.settle_again(AUGUST)
    ((late,),) = rows(small.home, "SELECT event_id FROM usage.event WHERE pack = 'viettel.VX7'")
    done("adjust", AUGUST, "--home", small.home)
    small.settle_again(SEPTEMBER)
    done("adjust", SEPTEMBER, "--home", small.home)
    assert rows(small.home, f"""SELECT cause, cause_event FROM settlement.adjustment_event
        JOIN settlement.adjustment USING (adjustment) WHERE usage_period = '{SEPTEMBER}'
    """) == [("cascade", late)]  # fmt: skip


def test_what_a_signature_posted_is_known_when_its_run_went_with_somebody(small):
    """The signed run is superseded and names him; later months begin with what it leaves."""
    small.settling = ("--package", package_of(small.folder, CAP, "first_come"))
    small.take("packs.csv", USED, pack_sold("p1", "08-10 10:00:00"),
               pack_sold("p2", "09-10 10:00:00"))  # fmt: skip
    small.settle_and_sign(AUGUST)
    small.take("late.csv", USED, pack_sold("p3", "08-12 10:00:00"))
    small.settle_again(AUGUST)
    done("adjust", AUGUST, "--home", small.home)
    small.settle(SEPTEMBER)
    before = rows(small.home, BOOKED)
    ((who,),) = rows(small.home, "SELECT DISTINCT owner_id FROM usage.subscription")
    done("store", "erase", who, "--apply", "--why", "yêu cầu", "--home", small.home)
    signed = standing(small, AUGUST)["signed_run"]
    assert not (small.home / "runs" / signed).exists()
    (act,) = (small.home / "removed").iterdir()
    for asked in (("paper", AUGUST), ("pack", "viettel", AUGUST)):
        told = refused(6, *asked, "--home", small.home)
        assert f"run {signed} of {AUGUST} went with somebody who was erased on" in told["what"]
        assert told["where"] == str(act) and f"papers/{AUGUST}-{signed[:8]}" in told["mend"]
        assert "settlement.booked and history.statement" in told["mend"]
    # No run of before is left: what was signed is told all the same.
    assert rows(small.home, "SELECT run FROM history.run") == []
    assert rows(
        small.home,
        f"""SELECT payable FROM history.statement
        WHERE run = '{signed}' AND carrier = 'viettel'""",
    ) == [(10_000,)]
    assert rows(small.home, BOOKED) == before
    assert small.settle(SEPTEMBER)["same_run"]
    assert done("verify", small.home)["ok"]


@pytest.mark.parametrize("rule", ["first_come", "pro_rata", "track"])
def test_a_month_whose_signed_run_went_with_somebody_is_adjusted_as_if_it_were_here(
    small, rule, tmp_path
):
    """Two homes go the same way, of which one erased him: each figure that is booked is the same.

    Of lines that draw on an envelope the one that was recognised is lowered, and gives that back
    though others stand on the carrier's own account: what is posted is known by line.
    """
    small.settling = ("--package", package_of(small.folder, CAP, rule))
    small.take("him.csv", OWNED, PERSON.replace(NUMBER, HIS), kind="subscriptions")
    small.take("packs.csv", USED, pack_sold("p1", "08-10 10:00:00", "viettel.VX7", 35_000),
               pack_sold("p2", "08-11 10:00:00").replace(NUMBER, HIS))  # fmt: skip
    small.settle_and_sign(AUGUST)
    small.take("late.csv", USED, pack_sold("p3", "08-13 10:00:00"))
    small.settle_again(AUGUST)
    done("adjust", AUGUST, "--home", small.home)
    small.settle(SEPTEMBER)
    kept = tmp_path / "kept"
    shutil.copytree(small.home, kept)
    before = rows(small.home, BOOKED)
    ((who,),) = rows(small.home, "SELECT owner_id FROM usage.event WHERE day(start_at) = 11")
    done("store", "erase", who, "--apply", "--why", "yêu cầu", "--home", small.home)
    assert not (small.home / "runs" / standing(small, AUGUST)["signed_run"]).exists()
    assert rows(small.home, BOOKED) == before  # its own row too
    assert done("verify", small.home)["ok"]
    found = []
    for home in (small.home, kept):
        small.home = home
        small.correct(f"{home.name}-right.csv", pack_sold("p1", "08-10 10:00:00"))
        small.settle(AUGUST)
        done("adjust", AUGUST, "--home", home)
        found.append(rows(home, BOOKED))
        small.take(f"{home.name}-later.csv", USED, pack_sold("p4", "08-14 10:00:00"))
        small.settle(AUGUST)
        done("adjust", AUGUST, "--home", home)
        found.append(rows(home, BOOKED))
        assert done("verify", home)["ok"]
    assert found[:2] == found[2:] and len(found[0]) > len(before)


def test_what_stays_of_a_signed_run_is_held_to_its_digest(small):
    small.take("packs.csv", USED, pack_sold("p1", "08-10 10:00:00"))
    small.settle_and_sign(AUGUST)
    small.take("late.csv", USED, pack_sold("p2", "08-12 10:00:00"))
    small.settle_again(AUGUST)
    done("adjust", AUGUST, "--home", small.home)
    ((who,),) = rows(small.home, "SELECT DISTINCT owner_id FROM usage.subscription")
    done("store", "erase", who, "--apply", "--why", "yêu cầu", "--home", small.home)
    (lines,) = (small.home / "removed").rglob("posting.parquet")
    whole = lines.read_bytes()
    lines.write_bytes(whole[:-1] + b"?")
    status, told, _ = run("verify", small.home)
    assert status == 3 and [one["where"] for one in told["findings"]] == [str(lines)]
    lines.write_bytes(whole)
    (lines.parent / "more").write_bytes(b"")
    status, told, _ = run("verify", small.home)
    assert status == 3 and [one["where"] for one in told["findings"]] == [
        str(lines.parent / "more")
    ]


def test_nobody_has_to_be_booked_for_before_somebody_is_erased(small):
    settled_again(small)
    done("adjust", AUGUST, "--home", small.home)
    ((who,),) = rows(small.home, "SELECT DISTINCT owner_id FROM usage.subscription")
    done("store", "erase", who, "--apply", "--why", "yêu cầu", "--home", small.home)
    assert not any(standing(small, month)["unadjusted"] for month in (AUGUST, SEPTEMBER))
    assert done("verify", small.home)["ok"]
