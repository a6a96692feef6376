"""A draft of another country's tariffs: it checks, ten events settle, it says what is open."""

from pathlib import Path

import phonenumbers
import pytest

from doisoat.errors import CatalogueError
from doisoat.tariffs.change.skeleton import write_skeleton
from doisoat.tariffs.check.check import check
from doisoat.tariffs.load.jurisdiction import state_of
from doisoat.tariffs.load.tariffs import load_catalogue
from tests.integration.conftest import done, refused

# By what may go wrong: decimals 2, 0 and 3, marks of their own, no trunk prefix, several zones, a
# sign that stands last, and Viet Nam itself.
COUNTRIES = ("KE", "NG", "JP", "KW", "CH", "UA", "ES", "US", "AU", "BR", "IN", "VN")
# Of CLDR or of the numbers there is nothing: islands and fragments of states.
UNKNOWN = ("AC", "BQ", "TA")


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS - set(UNKNOWN)))
def test_any_country_checks_as_it_is_written(region, tmp_path):
    made = write_skeleton(region, tmp_path / "new")
    report = check(made.catalogue, made.package)
    assert (report.findings, len(report.assumed)) == ((), 7) and made.open


@pytest.mark.parametrize("region", COUNTRIES)
def test_ten_events_come_to_what_their_prices_say(region, tmp_path):
    """Calls of 750 s at 2 a minute, two messages at 1, 4 MB at 5, and two packs at half of 100."""
    folder, home = tmp_path / "new", tmp_path / "home"
    told = done("catalogue", "new", "--jurisdiction", region, "--out", folder)
    assert told["open"] and all((folder / name).is_file() for name in told["files"])
    done("init", "--home", home, "--catalogue", folder / "catalogue", "--package",
         folder / "relief.yaml", "--carrier", "all")  # fmt: skip
    key = tmp_path / "key"
    done("key", "new", "--key", key, "--home", home)
    mapping = folder / "mapping.yaml"
    for name, kind in (("subscribers.csv", "subscriptions"), ("events.csv", "usage")):
        taken = done("intake", folder / name, "--mapping", mapping, "--kind", kind, "--key", key,
                     "--home", home)  # fmt: skip
        assert taken["suspended"] == 0
    settled = done("settle", "2026-01", "--home", home)
    decimals = load_catalogue(folder / "catalogue").currency.decimals
    amounts = tuple(settled[name] for name in ("list_value", "discount", "payable"))
    whole = [247, 100, 147] if decimals else [24_700, 10_000, 14_700]
    assert amounts == tuple(
        f"{amount}{'.' if decimals else ''}{'0' * decimals}" for amount in whole
    )
    assert (settled["events"], settled["suspended"]) == (10, 0)


def test_the_same_country_is_the_same_bytes(tmp_path):
    texts = [
        {path.name: path.read_bytes() for path in tree.rglob("*") if path.is_file()}
        for tree in (write_skeleton("KE", tmp_path / name).folder for name in ("one", "two"))
    ]
    assert texts[0] == texts[1] and len(texts[0]) == 7


def test_what_others_know_is_taken_from_them(tmp_path):
    state = state_of(load_catalogue(write_skeleton("KE", tmp_path / "new").catalogue))
    amounts = state.amounts
    assert (amounts.code, amounts.decimals, amounts.plural_en) == ("KES", 2, "Kenyan shillings")
    assert state.zone == "Africa/Nairobi" and state.numbers.country_code == "254"


@pytest.mark.parametrize("region", [*UNKNOWN, "ZZ", "K", "KEN", "", "1E", "../x"])
def test_what_is_no_country_is_refused(region, tmp_path):
    with pytest.raises(CatalogueError, match="no country is known"):
        write_skeleton(region, tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_has_something_is_left_as_it_is(tmp_path):
    (tmp_path / "mine.yaml").write_text("x")
    error = refused(4, "catalogue", "new", "--jurisdiction", "KE", "--out", tmp_path)
    assert "there already" in error["what"] and Path(error["where"]) == tmp_path
    assert [path.name for path in tmp_path.iterdir()] == ["mine.yaml"]
