"""Programmes that give a fund money of messages and packs, as data: what each says, and of when."""

from datetime import datetime

import pytest

from doisoat.engine.tables.overlay_files import open_catalogue
from doisoat.errors import CatalogueError
from doisoat.tariffs.compile.compile import compile_program
from doisoat.tariffs.load.bundled import BUNDLED
from doisoat.tariffs.load.tariffs import check_package, load_package

OVERLAY = BUNDLED / "vn-2021/overlays/fund-messages.yaml"
AMOUNTS = {"vn-2011-1408": "16000", "vn-2014-1407": "14000", "vn-2014-1409": "18000"}
JUNE = "vn-2021-06-vaccine-packs"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize("name", AMOUNTS)
def test_a_campaign_of_messages_compiles_over_the_prices_of_its_time(name):
    catalogue = open_catalogue("vn-2021", [OVERLAY])
    package = load_package(name)
    check_package(package, catalogue)
    assert compile_program(catalogue, package).measures[0].amount == int(AMOUNTS[name])
    assert all(line.kind == "reported" for line in package.announcements)


@pytest.mark.parametrize("name", AMOUNTS)
def test_its_amount_by_the_published_messages_is_the_published_money(name):
    """Exactly where the page counts, else as the page rounds: up to a tenth of a tỷ, or one."""
    package = load_package(name)
    for line in package.announcements:
        assert line.quantity is not None and line.amount is not None
        given = line.quantity * int(AMOUNTS[name])
        coarse = {288_416_000: 0, 1_072_000: 0, 19_000_000_000: 10**9}.get(line.amount, 10**8)
        assert 0 <= given - line.amount <= coarse, line.what_en


def test_the_amount_is_the_campaigns_and_not_the_numbers():
    twice_1407 = [load_package(name) for name in ("vn-2014-1407", "sms-ung-ho-2020-03")]
    scopes = {package.measures[0].scope.destinations for package in twice_1407}
    assert scopes == {("service_1407",)}
    assert [one.measures[0].effect.type for one in twice_1407] == ["contribution", "price_cut"]


def test_a_message_of_n_thousand_gives_n_units():
    catalogue = open_catalogue("vn-2021", [OVERLAY.with_name("fund-thousands.yaml")])
    package = load_package("vn-2021-06-1408")
    check_package(package, catalogue)
    assert compile_program(catalogue, package).measures[0].amount == 1_000
    (line,) = package.announcements
    # The mean of a message: 46 units, within 1 to 2,000.
    assert line.amount is not None and line.quantity is not None
    assert line.amount // line.quantity // 1_000 == 46


def test_the_two_months_of_1409_and_the_end_of_1407_are_readings():
    (bd,) = load_package("vn-2014-1409").measures
    assert (bd.valid_from, bd.valid_until) == (at("2014-05-21"), at("2014-07-21"))
    (bd,) = load_package("vn-2014-1409", {"bd.start": "on_20_may"}).measures
    assert bd.valid_from == at("2014-05-20")
    (hsts,) = load_package("vn-2014-1407").measures
    assert (hsts.valid_from, hsts.valid_until) == (at("2014-04-11"), at("2014-06-04"))


def test_the_vaccine_packs_of_june_end_by_the_reading_that_august_has_too():
    def end(**choices):
        (one,) = load_package(JUNE, {f"m5.{name}": text for name, text in choices.items()}).measures
        assert one.valid_from == at("2021-06-24")
        return one.valid_until

    assert end() == end(continuation="new") == at("2021-08-05")
    assert end(continuation="continues") == end(continuation="both") == at("2021-08-25")
    assert end(continuation="both", june_end="with_23_august") == at("2021-08-24")
    of_june, of_august = (
        next(r for r in load_package(name).readings if r.name == "m5.continuation")
        for name in (JUNE, "vn-2021-08")
    )
    assert (of_june.default, set(of_june.alternatives)) == (
        of_august.default, set(of_august.alternatives),
    )  # fmt: skip


def test_june_and_august_are_not_settled_together_since_august_has_the_line_itself(tmp_path):
    both = tmp_path / "both.yaml"
    head = "id: both\ntitle: t\ntitle_en: t\nauthor: a\nreference: r\nbaseline: vn-2021\n"
    both.write_text(f"{head}programmes:\n  - package: {JUNE}\n  - package: vn-2021-08\n", "utf-8")
    with pytest.raises(CatalogueError):
        load_package(both)
