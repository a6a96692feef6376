"""A catalogue in another currency: quoted and checked; settled where the records are in it."""

import re
import shutil

import pytest

from doisoat import cli
from doisoat.tariffs.load.bundled import bundled_catalogue

from .conftest import done, refused, tree_of

CALL = ("--plan", "vnpt.VinaCard", "--kind", "voice", "--units", "55.2s", "--destination",
        "on_net", "--start", "2021-08-17T10:17")  # fmt: skip


def in_currency(folder, text):
    """The bundled catalogue in another currency, of which it says no state."""
    shutil.copytree(bundled_catalogue(), folder)
    path = folder / "carriers.yaml"
    content, count = re.subn(r"^currency: .*$", f"currency: {text}", path.read_text(), flags=re.M)
    assert count == 1
    path.write_text(content)
    return folder


@pytest.fixture(scope="module")
def dollars(tmp_path_factory):
    return in_currency(tmp_path_factory.mktemp("usd") / "usd", "{code: USD, decimals: 2}")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A day's usage of two subscribers."""
    path = tmp_path_factory.mktemp("currency") / "home"
    assert cli.run(["simulate", "--subscribers", "2", "--seed", "7", "--from", "2021-08-01",
                    "--until", "2021-08-02", "--home", str(path)]) == 0  # fmt: skip
    return path


@pytest.mark.parametrize("line", [
    ("settle",), ("settle", "--all"), ("settle", "--dry-run"), ("compare", "none", "vn-2021-08"),
    ("sensitivity",),
])  # fmt: skip
def test_records_are_settled_in_their_own_currency(home, dollars, tmp_path, monkeypatch, line):
    monkeypatch.chdir(tmp_path)
    before = tree_of(home)
    error = refused(4, *line, "--catalogue", dollars, "--home", home)
    assert "is in USD/2" in error["what"] and "tính bằng USD/2" in error["what"]
    assert "are in VND/0" in error["what"] and error["where"] == str(home)
    assert tree_of(home) == before and list(tmp_path.iterdir()) == []


def test_dong_with_decimals_are_no_dong(home, tmp_path):
    """Amounts are of the minor unit: with two decimals each would be written a hundredfold."""
    hundredths = in_currency(tmp_path / "vnd", "{code: VND, decimals: 2}")
    assert "VND/2" in refused(4, "settle", "--catalogue", hundredths, "--home", home)["what"]


def test_nothing_is_taken_in_in_a_currency_without_a_state(dollars, tmp_path):
    """Nobody says how dollars are written there, which tax is in them and what the clocks show."""
    path = tmp_path / "home"
    done("init", "--home", path, "--catalogue", dollars, "--carrier", "all")
    calls = tmp_path / "calls.csv"
    calls.write_text("1,2\n")
    error = refused(4, "intake", calls, "--mapping", "asterisk", "--home", path)
    assert "does not say of which state it is" in error["what"] and not (path / "usage").exists()


def test_what_writes_no_amounts_goes_on(dollars):
    done("catalogue", "check", dollars)
    done("catalogue", "show", "vnpt.VinaCard", "--catalogue", dollars)


def test_a_quote_says_the_currency_of_its_catalogue(dollars, capsys):
    assert done("quote", *CALL, "--catalogue", dollars)["list_value"] == "1101.33"
    assert cli.run(["quote", *CALL, "--catalogue", str(dollars)]) == 0
    said = capsys.readouterr().out
    assert "1101.33 USD" in said and not re.search(r"[0-9]\s*đ\b|VND", said)
