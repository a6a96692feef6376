"""A home that knows whose it is: its own settings, and options that cannot be forgotten."""

import pytest

import doisoat
from doisoat import cli
from doisoat.tariffs.load.bundled import DEFAULT_PACKAGE, bundled_package

from .conftest import WORLD, done, passphrase_in, refused, rows, run

BUNDLED = bundled_package(DEFAULT_PACKAGE).read_text("utf-8")
FIFTY = 'percent: "50"'
ZERO = ("--reading", "m2.in_kind_value=zero")
MAPPING = """
name: cong-ty
title: a
source_system: cong-ty
usage:
  - name: cuoc
    key: {columns: [ma]}
    destination: plan
    fields:
      carrier: {constant: CARRIER}
      kind: {constant: voice}
      subscriber: {column: thue_bao}
      other: {column: so_bi_goi}
      started: {column: bat_dau, form: civil, zone: "+07:00"}
      duration: {column: giay, unit: s}
"""


@pytest.fixture(autouse=True)
def no_settings_of_anybody(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("DOISOAT_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def new(tmp_path):
    return tmp_path / "new"


def text_of(home):
    return (home / "doisoat.toml").read_text("utf-8")


# --- init ----------------------------------------------------------------------------------------


def test_a_home_is_made_and_says_whose_it_is(new):
    made = done("init", "--home", new, "--carrier", "vnpt", "--lang", "vi", "--package", "none")
    assert made == {
        "home": str(new),
        "settings": {"carrier": "vnpt", "lang": "vi", "package": "none"},
        "added": ["carrier", "lang", "package"],
        "new": True,
    }
    shown = done("config", "show", "--home", new)["settings"]
    assert shown["carrier"] == {"value": "vnpt", "source": str(new / "doisoat.toml")}
    assert shown["home"] == {"value": str(new), "source": "--home"}
    assert done("verify", "--home", new)["ok"]


def test_run_again_it_adds_and_never_replaces(new):
    done("init", "--home", new, "--carrier", "vnpt")
    (new / "doisoat.toml").write_text(
        "# của phòng đối soát\n" + text_of(new) + '[readings]\n"m2.in_kind_value" = "zero"\n',
        "utf-8",
    )
    again = done("init", "--home", new, "--carrier", "vnpt", "--by", 'lan "ke toan"')
    assert again["added"] == ["by"] and not again["new"]
    assert again["settings"]["readings"] == {"m2.in_kind_value": "zero"}
    before = text_of(new)
    assert before.startswith("# của phòng đối soát\n") and 'by = "lan \\"ke toan\\""' in before
    assert done("init", "--home", new)["added"] == []
    error = refused(4, "init", "--home", new, "--carrier", "viettel")
    assert error["where"] == str(new / "doisoat.toml") + ":2" and "'viettel'" in error["what"]
    assert text_of(new) == before


def test_nothing_is_made_where_something_is_missing_or_wrong(new):
    status, told, _ = run("init", "--home", new)
    assert status == 2 and "--carrier" in told["error"]["what"]
    for option, value in (
        ("--carrier", "nobody"),
        ("--package", "no.yaml"),
        ("--style", "no.toml"),
    ):
        given = {"--carrier": "vnpt", option: value}
        refused(4, "init", "--home", new, *(word for pair in given.items() for word in pair))
    assert not new.exists()


def test_a_ministrys_home_has_no_carrier(new):
    assert done("init", "--home", new, "--carrier", "all", "--lang", "both")["settings"] == {
        "lang": "both"
    }


def test_where_a_terminal_is_what_is_missing_is_asked(new, monkeypatch):
    answers = iter(["en", "vnpt"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.prompt", lambda text, **more: next(answers))
    assert done("init", "--home", new)["settings"] == {"lang": "en", "carrier": "vnpt"}


@pytest.mark.parametrize(
    "line", ['home = "x"', "threads = 4", 'worker_python = "/bin/sh"', 'log = "json"']
)
def test_what_is_the_machines_is_no_setting_of_a_home(new, line):
    done("init", "--home", new, "--carrier", "vnpt")
    (new / "doisoat.toml").write_text(f"{text_of(new)}{line}\n", "utf-8")
    error = refused(4, "status", "--home", new)
    assert error["where"] == str(new / "doisoat.toml") + ":2"
    assert cli.run(["status", "--home", str(new), "--help"]) == 0


def test_the_homes_settings_go_before_the_users_and_after_what_was_asked_for(new, tmp_path):
    done("init", "--home", new, "--carrier", "vnpt", "--package", "none")
    user = tmp_path / "config" / "doisoat" / "config.toml"
    user.parent.mkdir(parents=True)
    user.write_text('package = "vn-2021-08"\nby = "lan"\n', "utf-8")
    (tmp_path / "doisoat.toml").write_text('home = "new"\nthreads = 3\n', "utf-8")

    def values(*words):
        return {name: each["value"] for name, each in done(*words)["settings"].items()}

    shown = values("config", "show")
    assert (shown["home"], shown["carrier"], shown["package"]) == ("new", "vnpt", "none")
    assert shown["by"] == "lan"
    asked = tmp_path / "asked.toml"
    asked.write_text('package = "vn-2021-08"\n', "utf-8")
    assert values("--config", asked, "config", "show")["package"] == "vn-2021-08"
    sources = [place["source"] for place in done("config", "path", "--home", new)["files"]]
    assert sources == ["home", "here", "user"]


def test_the_language_of_a_home_is_spoken_in_it(new, capsys, monkeypatch):
    monkeypatch.setenv("DOISOAT_LANG", "")
    monkeypatch.setenv("LC_ALL", "C")
    done("init", "--home", new, "--carrier", "vnpt", "--lang", "vi")
    for words, expected in (
        (("--home", str(new)), "Chưa có"),
        (("--home", str(new), "--lang", "en"), "No period"),
    ):
        capsys.readouterr()
        assert cli.run(["period", "list", *words]) == 0
        assert capsys.readouterr().out.startswith(expected)


def test_the_surface_of_python_does_the_same(new):
    home = doisoat.Home.init(new, carrier="vnpt", lang="vi", package="none")
    assert home.settings == {"carrier": "vnpt", "lang": "vi", "package": "none"}
    with pytest.raises(doisoat.CatalogueError, match="nobody"):
        doisoat.Home.init(new.with_name("other"), carrier="nobody")
    assert not new.with_name("other").exists()


# --- whose home it is ----------------------------------------------------------------------------


def test_a_home_of_one_carrier_makes_no_other_carriers_statement(new):
    done("simulate", *WORLD, "--home", new)
    done("init", "--home", new, "--carrier", "vnpt")
    settled = done("settle", "--home", new)
    assert settled["statements"] == 1
    assert {path.name.partition(".")[0] for path in (new / "reports").iterdir()} == {
        "doi-soat-2021-08-vnpt"
    }
    assert settled == {
        **done("settle", "--carrier", "vnpt", "--home", new),
        **{name: settled[name] for name in ("same_run", "rated_shards", "since", "why_whole")},
    }
    assert doisoat.Home.open(new).settle().run == settled["run"]
    _, _, said = run("settle", "--home", new)
    ((others,),) = rows(new, "SELECT count(*) FROM usage.event WHERE carrier <> 'vnpt'")
    assert others > 0 and "viettel" in said and "leaves them out" in said
    for words in (
        ("settle",),
        ("settle", "--all"),
        ("settle", "--dry-run"),
        ("paper", "2021-08"),
        ("refund", "list"),
    ):
        error = refused(4, *words, "--carrier", "viettel", "--home", new)
        assert error["where"].startswith(str(new / "doisoat.toml")), error
    assert done("pack", "2021-08", "--home", new)["carrier"] == "vnpt"
    refused(4, "pack", "viettel", "2021-08", "--home", new)
    assert done("settle", "--all", "--home", new)["periods"][0]["outcome"] == "same"


def test_another_carriers_file_is_not_taken_into_a_home_of_one(new, tmp_path):
    done("init", "--home", new, "--carrier", "vnpt")
    usage, mapping = tmp_path / "cuoc.csv", tmp_path / "cong-ty.yaml"
    usage.write_text(
        "ma,thue_bao,so_bi_goi,bat_dau,giay\n1,0912000001,0912000002,2021-08-05 08:00:00,9\n"
    )
    mapping.write_text(MAPPING.replace("CARRIER", "viettel"), "utf-8")
    words = ("intake", usage, "--mapping", mapping, "--home", new, "--key", tmp_path / "key")
    done("key", "new", "--key", tmp_path / "key", "--home", new)
    error = refused(4, *words)
    assert str(mapping) in error["what"] and "vnpt" in error["what"]
    assert done("status", "--home", new)["parts"]["usage"] == 0
    mapping.write_text(MAPPING.replace("CARRIER", "vnpt"), "utf-8")
    assert done(*words)["taken"] == 1


# --- an option that is forgotten -----------------------------------------------------------------


def test_a_forgotten_option_puts_no_run_in_the_place_of_another(home):
    (before,) = rows(home, "SELECT run FROM settlement.period")[0]
    zero = done("settle", *ZERO, "--home", home)["run"]
    assert zero != before
    error = refused(7, "settle", "--home", home)
    assert " ".join(ZERO) in error["what"] and f"2021-08 {' '.join(ZERO)}" in error["mend"]
    assert "--replace" in error["mend"]
    assert done("settle", *ZERO, "--home", home)["same_run"]
    (month,) = run("settle", "--all", "--home", home)[1]["periods"]
    assert month["outcome"] == "refused" and "--replace" in month["error"]["mend"]
    assert refused(7, "settle", "--dry-run", "--home", home) == error
    with pytest.raises(doisoat.PeriodError, match="--replace"):
        doisoat.Home.open(home).settle()
    assert (
        doisoat.Home.open(home)
        .settle(package=doisoat.Package.open("vn-2021-08", {"m2.in_kind_value": "zero"}))
        .run
        == zero
    )
    assert done("settle", "--replace", "--home", home)["run"] == before


def test_each_option_that_a_run_was_settled_by_is_named(home, tmp_path):
    package = tmp_path / "own.yaml"
    package.write_text(BUNDLED.replace(FIFTY, 'percent: "49"'), "utf-8")
    done("settle", "--carrier", "vnpt", "--package", package, "--home", home)
    error = refused(7, "settle", "--home", home)
    assert "--carrier vnpt" in error["what"] and "--package vn-2021-08" in error["what"]
    assert "--carrier" in refused(7, "settle", "--package", package, "--home", home)["what"]
    assert "--package" in refused(7, "settle", "--carrier", "vnpt", "--home", home)["what"]
    # Said now, it is another on purpose.
    assert (
        done("settle", "--carrier", "vnpt", "--package", "none", "--home", home)["discount"] == "0"
    )


def test_new_usage_and_an_edited_file_of_the_same_name_go_on_as_they_did(home, take, tmp_path):
    take({"record_key": "fresh-1"})
    assert not done("settle", "--home", home)["same_run"]
    package = tmp_path / "own.yaml"
    package.write_text(BUNDLED.replace("id: vn-2021-08", "id: own"), "utf-8")
    (home / "doisoat.toml").write_text(f'package = "{package}"\n', "utf-8")
    assert "--package vn-2021-08" in refused(7, "settle", "--home", home)["what"]
    first = done("settle", "--replace", "--home", home)
    package.write_text(package.read_text("utf-8").replace(FIFTY, 'percent: "40"'), "utf-8")
    assert done("settle", "--home", home)["run"] != first["run"]


def test_who_settles_an_identical_run_again_is_told_that_nothing_was_recorded(home, tmp_path):
    phrase = passphrase_in(tmp_path)
    for name in ("lan", "binh"):
        key = tmp_path / f"{name}.key"
        done("signer", "new", name, "--key", key, "--passphrase-file", phrase, "--home", home)
        done("signer", "add", "--key", key, "--home", home)
    settles = [
        entry
        for entry in done("log", "show", "--limit", "0", "--home", home)["entries"]
        if entry["what"] == "settle"
    ]
    _, told, said = run("settle", "--by", "lan", "--home", home)
    assert told["same_run"] and "nothing was recorded of lan" in said
    after = [
        entry
        for entry in done("log", "show", "--limit", "0", "--home", home)["entries"]
        if entry["what"] == "settle"
    ]
    assert after == settles
    done("settle", "--by", "lan", *ZERO, "--home", home)
    assert "nothing was recorded" not in run("settle", "--by", "lan", *ZERO, "--home", home)[2]
    assert "by lan" in run("settle", "--by", "binh", *ZERO, "--home", home)[2]
