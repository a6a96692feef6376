"""How long packs live, and which words of it are refused."""

from datetime import datetime
from fractions import Fraction
from pathlib import Path

import pytest

from doisoat.errors import CatalogueError
from doisoat.messages.text import halves_of
from doisoat.tariffs.compile.compile import compile_program
from doisoat.tariffs.load.tariffs import load_catalogue
from doisoat.tariffs.models.package_model import NO_PACKAGE
from doisoat.tariffs.models.validity import Proration, Validity
from tests.tariffs.clean import PRICES


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def months(count: int, short_month: str, **more: str) -> Validity:
    return Validity.model_validate({"months": count, "short_month": short_month, **more})


@pytest.mark.parametrize(
    ("bought", "count", "last_day", "next_first"),
    [
        ("2021-08-16T08:30", 1, "2021-09-16T08:30", "2021-09-16T08:30"),
        ("2021-08-31", 1, "2021-09-30", "2021-10-01"),
        ("2021-12-31T23:59:59", 2, "2022-02-28T23:59:59", "2022-03-01T23:59:59"),
        ("2020-01-30", 1, "2020-02-29", "2020-03-01"),
        ("2020-02-29", 12, "2021-02-28", "2021-03-01"),
        ("2020-02-29", 48, "2024-02-29", "2024-02-29"),
        ("2021-12-01", 1, "2022-01-01", "2022-01-01"),
    ],
)
def test_months_end_on_the_same_day(bought, count, last_day, next_first):
    for rule, end in (("last_day", last_day), ("next_first", next_first)):
        assert months(count, rule).expiry(at(bought)) == at(end)
        midnight = at(end).replace(hour=0, minute=0, second=0)
        assert months(count, rule, ends="midnight").expiry(at(bought)) == midnight


def test_cycles_are_counted_from_the_purchase_not_from_each_other():
    yearly = months(12, "last_day")
    begins = [yearly.cycle_begins(at("2021-01-31"), number) for number in range(5)]
    assert [f"{begin:%d/%m}" for begin in begins] == ["31/01", "28/02", "31/03", "30/04", "31/05"]
    assert (yearly.cycles, Validity(days=90, cycle_days=30).cycles, Validity(days=3).cycles) == (
        12,
        3,
        0,
    )
    by_day = Validity(calendar_days=90, cycle_days=30)
    assert by_day.cycle_begins(at("2021-08-16T10:00"), 1) == at("2021-09-15")


@pytest.mark.parametrize(
    ("validity", "said", "mend"),
    [
        pytest.param("{days: 3, months: 1}", "has one length", "give exactly one of", id="two"),
        pytest.param("{}", "has one length", "give exactly one of", id="none"),
        pytest.param(
            "{months: 1}", "nothing of the 29th to the 31st", "short_month: last_day", id="silent"
        ),
        pytest.param(
            "{days: 3, ends: midnight}", "for months, not for days", "leave them out", id="days"
        ),
        pytest.param(
            "{days: 30, cycle_days: 7}", "does not divide", "a whole part of them", id="cycles"
        ),
        pytest.param(
            "{months: 2, short_month: last_day, cycle_days: 7}", "does not divide", "a month",
            id="cycles of months",
        ),
    ],
)  # fmt: skip
def test_a_validity_that_means_nothing_is_refused_in_its_place(
    tmp_path: Path, validity: str, said: str, mend: str
):
    path = tmp_path / "c.yaml"
    path.write_text(PRICES.replace("validity: {days: 3}", f"validity: {validity}"), "utf-8")
    line = next(n for n, text in enumerate(PRICES.splitlines(), 1) if "validity:" in text)
    with pytest.raises(CatalogueError, match=said) as refused:
        load_catalogue(path)
    assert f"c.yaml:{line}:" in refused.value.where
    assert mend in refused.value.mend


def test_a_quota_per_cycle_needs_cycles(tmp_path: Path):
    path = tmp_path / "c.yaml"
    path.write_text(PRICES.replace("amount: 6 GB", "amount: 6 GB, per: cycle"), "utf-8")
    with pytest.raises(CatalogueError, match="no cycles") as refused:
        load_catalogue(path)
    assert halves_of(refused.value.mend).en.startswith("write months, or days with cycle_days")


SHARES = [{"from_day": 1, "share": "100"}, {"from_day": 21, "share": "33.3"}]


@pytest.mark.parametrize(
    ("bought", "by_step", "by_days"),
    [
        ("2021-08-01", "1", "1"),
        ("2021-08-16T23:59", "1", "16/31"),
        ("2021-08-20T23:59:59", "1", "12/31"),
        ("2021-08-21", "333/1000", "11/31"),
        ("2021-02-28", "333/1000", "1/28"),
        ("2021-12-31", "333/1000", "1/31"),
    ],
)
def test_a_part_of_the_month_has_a_part_of_the_price(bought, by_step, by_days):
    steps = Proration.model_validate({"rule": "by_step", "shares": SHARES})
    assert steps.part(at(bought)) == Fraction(by_step)
    assert Proration(rule="by_days").part(at(bought)) == Fraction(by_days)


@pytest.mark.parametrize(
    ("proration", "said", "mend"),
    [
        pytest.param(
            "{rule: by_step, shares: [{from_day: 21, share: '50'}]}", "days 1 to 20 have no share",
            "add one of from_day: 1", id="days left out",
        ),
        pytest.param(
            "{rule: by_step}", "days 1 to 31 have no share", "add one of from_day: 1", id="no step"
        ),
        pytest.param(
            "{rule: by_step, shares: [{from_day: 1, share: '100'}, {from_day: 1, share: '50'}]}",
            "from_day 1 comes after from_day 1", "in ascending order", id="a day twice",
        ),
        pytest.param(
            "{rule: by_step, shares: [{from_day: 1, share: '101'}]}", "more than all",
            "100 or less", id="more than all",
        ),
        pytest.param(
            "{rule: by_days, shares: [{from_day: 1, share: '100'}]}", "shares are for by_step",
            "leave them out", id="steps by days",
        ),
        pytest.param(
            "{rule: by_days}", "proration is of a pack to the month's end", "calendar_month: true",
            id="three days",
        ),
    ],
)  # fmt: skip
def test_a_proration_that_means_nothing_is_refused(
    tmp_path: Path, proration: str, said: str, mend: str
):
    path, days = tmp_path / "c.yaml", "    validity: {days: 3}\n"
    month = days if proration == "{rule: by_days}" else "    validity: {calendar_month: true}\n"
    told = PRICES.replace(days, f"{month}    proration: {proration}\n")
    path.write_text(told, "utf-8")
    with pytest.raises(CatalogueError, match=said) as refused:
        load_catalogue(path)
    assert mend in refused.value.mend


def test_a_share_finer_than_the_kernel_counts_is_refused(tmp_path: Path):
    path, days = tmp_path / "c.yaml", "    validity: {days: 3}\n"
    share = "proration: {rule: by_step, shares: [{from_day: 1, share: '33.33333'}]}"
    path.write_text(
        PRICES.replace(days, f"    validity: {{calendar_month: true}}\n    {share}\n"), "utf-8"
    )
    with pytest.raises(CatalogueError, match="four decimals"):
        compile_program(load_catalogue(path), NO_PACKAGE)


@pytest.mark.parametrize(
    ("volume", "said"),
    [
        pytest.param(
            "kind: data, destinations: [data], amount: 6 GB,"
            " calls: {under: 10 min, rule: first_part}", "volumes of voice", id="data",
        ),
        pytest.param(
            "kind: voice, destinations: [on_net], amount: 9 min,"
            " calls: {under: 10 min, rule: only_short}", "billed or its raw", id="no length",
        ),
        pytest.param(
            "kind: voice, destinations: [on_net], amount: 9 min,"
            " calls: {under: 10 min, rule: first_part, length: raw}", "billed or its raw",
            id="a length too many",
        ),
        pytest.param(
            "kind: voice, destinations: [on_net], amount: 9 min,"
            " calls: {under: 0 s, rule: first_part}", "no call is under 0 s", id="nothing",
        ),
    ],
)  # fmt: skip
def test_calls_that_mean_nothing_are_refused(tmp_path: Path, volume: str, said: str):
    path = tmp_path / "c.yaml"
    given = "kind: data, destinations: [data, zero_rated], amount: 6 GB"
    path.write_text(PRICES.replace(given, volume), "utf-8")
    with pytest.raises(CatalogueError, match=said) as refused:
        load_catalogue(path)
    assert halves_of(refused.value.mend).en.startswith(("leave", "write"))


@pytest.mark.parametrize(
    ("said_of_pack", "said", "mend"),
    [
        pytest.param(
            "renewal: {rollover: full}", "rollover is of what ends", "write still_valid: replace",
            id="nothing ends",
        ),
        pytest.param(
            "validity: {calendar_month: true}\n    proration: {rule: by_days}\n"
            "    renewal: {still_valid: extend}", "is of a whole month", "another still_valid",
            id="a part of a month",
        ),
    ],
)  # fmt: skip
def test_a_renewal_that_means_nothing_is_refused(
    tmp_path: Path, said_of_pack: str, said: str, mend: str
):
    path, days = tmp_path / "c.yaml", "    validity: {days: 3}\n"
    more = "" if "validity" in said_of_pack else days
    path.write_text(PRICES.replace(days, f"{more}    {said_of_pack}\n"), "utf-8")
    with pytest.raises(CatalogueError, match=said) as refused:
        load_catalogue(path)
    assert mend in refused.value.mend
