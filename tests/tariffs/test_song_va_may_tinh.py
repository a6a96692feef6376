"""A second programme as data: what students of its list pay, by kernel and oracle."""

from datetime import datetime, timedelta

import pytest
from pydantic import ValidationError

from doisoat.engine.oracle.oracle import Event, Subscription
from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.tariffs.load.tariffs import check_package, load_catalogue, load_package, package_digest
from doisoat.tariffs.models import quantity
from doisoat.tariffs.models.package_model import Announcement
from tests.implementations import IMPLEMENTATIONS, outcomes, outcomes_and_close

CATALOGUE = load_catalogue(bundled_catalogue())
START = datetime(2021, 11, 15, 8)
OWNERS = {"student": 0x1000, "standard": 0x2000}
PERIOD = (quantity.to_ms(datetime(2021, 11, 1)), quantity.to_ms(datetime(2022, 6, 1)))
DAILY = 4 << 30


def people() -> list[Subscription]:
    since = quantity.to_ms(datetime(2021, 1, 1))
    return [
        Subscription(owner, "vnpt", "vnpt.VinaCard", segment, "prepaid", "79", since, None)
        for segment, owner in OWNERS.items()
    ]


def bought(terms: int) -> list[Event]:
    """Each buys the pack every 30 days."""
    return [
        Event(16 * owner + term, owner, quantity.to_ms(START + timedelta(30 * term)), "pack",
              "renewal" if term else "registration", 1, 0, "vnpt", pack="vnpt.SVMT")
        for owner in OWNERS.values()
        for term in range(terms)
    ]  # fmt: skip


def paid(found, segment: str) -> list[int]:
    return [one.payable for one in found if one.event.owner == OWNERS[segment]]


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
@pytest.mark.parametrize(("terms", "free"), [("three_terms", 3), ("four_terms", 4)])
def test_the_pack_is_free_for_so_many_terms_and_then_costs_50000(implementation, terms, free):
    package = load_package("song-va-may-tinh", {"svmt.terms": terms})
    check_package(package, CATALOGUE)
    found = outcomes(implementation, CATALOGUE, package, people(), (), bought(5), PERIOD, ())
    assert paid(found, "student") == [0] * free + [50_000] * (5 - free)
    assert paid(found, "standard") == [50_000] * 5


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
def test_what_a_student_had_is_known_in_the_next_period(implementation):
    package = load_package("song-va-may-tinh", {})
    middle = quantity.to_ms(START + timedelta(45))
    early, state = outcomes_and_close(
        implementation, CATALOGUE, package, people(), (), bought(5), (PERIOD[0], middle), ()
    )
    late, _ = outcomes_and_close(
        implementation, CATALOGUE, package, people(), (), bought(5), (middle, PERIOD[1]), (), state
    )
    assert paid(early, "student") == [0, 0]
    assert paid(late, "student") == [0, 50_000, 50_000]


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
def test_before_the_first_sims_nothing_is_free(implementation):
    package = load_package("song-va-may-tinh", {"svmt.start": "first_sims"})
    early = [
        Event(1, OWNERS["student"], quantity.to_ms(datetime(2021, 11, 9, 23, 59, 59)), "pack",
              "registration", 1, 0, "vnpt", pack="vnpt.SVMT"),
        Event(2, OWNERS["student"], quantity.to_ms(datetime(2021, 11, 10)), "pack",
              "registration", 1, 0, "vnpt", pack="vnpt.SVMT"),
    ]  # fmt: skip
    found = outcomes(implementation, CATALOGUE, package, people(), (), early, PERIOD, ())
    assert paid(found, "student") == [50_000, 0]


def test_the_quota_is_4_gb_a_day():
    packs = {pack.id: pack for pack in CATALOGUE.packs}
    for carrier in ("viettel", "vnpt", "mobifone"):
        (volume,) = packs[f"{carrier}.SVMT"].volumes
        assert (volume.units, volume.per) == (DAILY, "day")


def test_announcements_are_dated_and_pledges_are_2_500_000_dong_a_computer():
    lines = load_package("song-va-may-tinh").announcements
    targets = [
        (one.quantity, one.until and one.until.isoformat()) for one in lines if one.kind == "target"
    ]
    assert targets == [(283, "2021-09-30"), (1910, "2021-12-31"), (1_000_000, "2021-12-31")]
    priced = [one for one in lines if one.quantity and one.amount]
    assert len(priced) == 7
    assert all(one.amount == 2_500_000 * (one.quantity or 0) for one in priced)
    kept = [(one.day and one.day.isoformat(), one.quantity) for one in lines if one.kind == "kept"]
    assert kept == [("2021-11-10", 5656), ("2021-11-11", 2687), (None, 3994)]


def test_a_programme_of_several_keeps_its_own_announcements():
    joined = load_package("vn-2021-all")
    alone = load_package("song-va-may-tinh").announcements
    assert [part.announcements for part in joined.parts()] == [(), alone]
    assert not joined.announcements
    with pytest.raises(ValidationError, match="each has announcements of its own"):
        type(joined).model_validate(
            {**joined.model_dump(), "announcements": [alone[0].model_dump()]}
        )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"quantity": None}, "give a quantity or an amount"),
        ({"kind": "pledge"}, "until is the last day of a target"),
        ({"who": ""}, "at least 1 character"),
        ({"quantity": -1}, "greater than or equal to 0"),
    ],
)
def test_an_announcement_says_how_much_and_a_target_until_when(change, said):
    target = load_package("song-va-may-tinh").announcements[0].model_dump()
    with pytest.raises(ValidationError, match=said):
        Announcement.model_validate({**target, **change})


def test_a_package_without_announcements_is_digested_as_before_there_were_any():
    package = load_package("vn-2021-08")
    assert "announcements" not in package.model_dump(mode="json")
    told = load_package("song-va-may-tinh")
    assert package_digest(told) != package_digest(told.model_copy(update={"announcements": ()}))
