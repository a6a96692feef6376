"""A catalogue in another currency: quoted and checked, and nothing is written of it as đồng."""

import json
import re
import shutil

import pytest

from doisoat import cli
from doisoat.settlement.runs import runs
from doisoat.settlement.settle import settle
from doisoat.tariffs.load import jurisdiction
from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.tariffs.load.jurisdiction import jurisdiction_of_before

from .conftest import done, passphrase_in, refused, run, tree_of

CALL = ("--plan", "vnpt.VinaCard", "--kind", "voice", "--units", "55.2s", "--destination",
        "on_net", "--start", "2021-08-17T10:17")  # fmt: skip


def in_currency(folder, text):
    """The bundled catalogue in another currency."""
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


@pytest.fixture(scope="module")
def settled(home, dollars, tmp_path_factory):
    """The same, settled under dollars by a doisoat that took them for đồng."""
    path = tmp_path_factory.mktemp("settled") / "home"
    shutil.copytree(home, path)
    with pytest.MonkeyPatch.context() as before:
        before.setattr(settle, "refuse_other_currency", lambda catalogue: None)
        before.setattr(
            "doisoat.tariffs.load.jurisdiction.refuse_other_currency", lambda catalogue: None
        )
        # Of no state then: its tax was that of before.
        before.setattr(jurisdiction, "_jurisdiction_of", lambda *_: jurisdiction_of_before())
        done("settle", "--catalogue", dollars, "--home", path)
    return path


def is_told(error):
    return ("is in USD" in error["what"] and "tính bằng USD" in error["what"]
            and error["where"] == "currency" and "doisoat quote" in error["mend"])  # fmt: skip


@pytest.mark.parametrize("line", [
    ("settle",), ("settle", "--all"), ("settle", "--dry-run"), ("compare", "none", "vn-2021-08"),
    ("sensitivity",),
    ("claim", "template", "2021-08", "--carrier", "vnpt", "--grain", "day", "--out", "mau.xlsx"),
])  # fmt: skip
def test_what_writes_amounts_refuses_it_by_name(home, dollars, tmp_path, monkeypatch, line):
    monkeypatch.chdir(tmp_path)
    before = tree_of(home)
    assert is_told(refused(4, *line, "--catalogue", dollars, "--home", home))
    assert tree_of(home) == before and list(tmp_path.iterdir()) == []


def test_dong_with_decimals_are_no_dong(home, tmp_path):
    """Amounts are of the minor unit: with two decimals each would be written a hundredfold."""
    hundredths = in_currency(tmp_path / "vnd", "{code: VND, decimals: 2}")
    assert "VND/2" in refused(4, "settle", "--catalogue", hundredths, "--home", home)["what"]


@pytest.mark.parametrize("line", [
    ("paper", "2021-08"), ("pack", "vnpt", "2021-08"), ("explain", "0" * 32),
    ("reconcile", "--period", "2021-08"), ("tie-out", "2021-08", "--template", "mau.xlsx"),
    ("tie-out", "2021-08"), ("interconnect", "2021-08"), ("plausibility", "2021-08"),
    ("refund", "list"), ("adjust", "2021-08"), ("forgone", "2021-08"), ("variance", "list"),
    ("claim", "list"), ("sample", "size", "2021-08", "--carrier", "vnpt"),
    ("claim", "template", "2021-08", "--carrier", "vnpt", "--grain", "day", "--out", "mau.xlsx"),
    ("serve", "--port", "0"),
])  # fmt: skip
def test_what_was_settled_so_before_is_written_for_nobody(settled, tmp_path, monkeypatch, line):
    monkeypatch.chdir(tmp_path)
    before = tree_of(settled)
    assert is_told(refused(4, *line, "--home", settled))
    assert tree_of(settled) == before and list(tmp_path.iterdir()) == []


def test_what_writes_no_amounts_goes_on(settled, dollars, tmp_path, capsys):
    status, found, _ = run("verify", settled)
    assert status == 0, found
    done("status", "--home", settled)
    done("log", "show", "--home", settled)
    done("catalogue", "check", dollars)
    done("catalogue", "show", "vnpt.VinaCard", "--catalogue", dollars)
    secret = passphrase_in(tmp_path)
    key = ("--key", tmp_path / "lan.key", "--passphrase-file", secret)
    done("signer", "new", "lan", *key)


def test_a_quote_says_the_currency_of_its_catalogue(dollars, capsys):
    assert done("quote", *CALL, "--catalogue", dollars)["list_value"] == "1101.33"
    assert cli.run(["quote", *CALL, "--catalogue", str(dollars)]) == 0
    said = capsys.readouterr().out
    assert "1101.33 USD" in said and not re.search(r"[0-9]\s*đ\b|VND", said)


def test_a_run_that_cannot_be_read_is_another_matter(settled, tmp_path):
    """Whoever works with it says what is wrong."""
    home = tmp_path / "home"
    shutil.copytree(settled, home)
    (path,) = home.glob("runs/*/catalogue.json")
    path.chmod(0o600)
    path.write_text(json.dumps({"id": "x"}))
    runs.refuse_other_currency(done_home(home))
    assert refused(6, "paper", "2021-08", "--home", home)


def done_home(path):
    from doisoat.engine.store.home import open_home

    return open_home(path)
