"""`doisoat forgone`: two worlds held to the run, told by the log, shown by papers from then on."""

import json
import shutil
from pathlib import Path

import pytest

from .conftest import done, refused, rows, tree_of

MONTH = "2021-09"


@pytest.fixture(scope="module")
def told(five_months, tmp_path_factory):
    """A home of five months, and what was worked out of one in the middle."""
    home = tmp_path_factory.mktemp("forgone") / "out"
    shutil.copytree(five_months[0], home)
    before = done("paper", MONTH, "--carrier", "viettel", "--lang", "vi", "--home", home)
    found = done("forgone", MONTH, "--why", "in giấy", "--home", home)
    return home, before, found


def test_it_is_a_comparison_of_the_package_with_none(told):
    home, _, found = told
    compared = done("compare", "none", "vn-2021-08", "--period", MONTH, "--home", home)
    assert found["forgone_revenue"] == compared["forgone_revenue"] != "0"
    for carrier, row in found["carriers"].items():
        of_both = compared["by_carrier"][carrier]
        assert int(row["forgone_revenue"]) == -int(of_both["payable_difference"])
    payables = dict(rows(home, f"""SELECT carrier, payable FROM settlement.statement
        WHERE period = '{MONTH}'"""))  # fmt: skip
    assert {name: int(row["payable"]) for name, row in found["carriers"].items()} == payables


def test_the_log_tells_of_it_once_and_the_home_is_whole(told):
    home, _, found = told
    before = tree_of(home)
    again = done("forgone", MONTH, "--threads", "1", "--home", home)
    assert again == {**found, "already": True} and tree_of(home) == before
    assert done("verify", "--home", home)["ok"]
    entry = done("log", "show", "--home", home)["entries"][found["entry"] - 1]
    assert (entry["what"], entry["period"], entry["run"]) == ("forgone", MONTH, found["run"])


def test_a_draft_says_it_from_then_on(told):
    home, before, found = told
    after = done("paper", MONTH, "--carrier", "viettel", "--lang", "vi", "--home", home)
    assert before["issue"]["log_size"] < after["issue"]["log_size"] == found["entry"]
    path = Path(after["folder"]) / f"doi-soat-{MONTH}-viettel.json"
    said = json.loads(path.read_text("utf-8"))
    of_viettel = found["carriers"]["viettel"]
    assert said["without_package"] == of_viettel
    assert int(of_viettel["forgone_revenue"]) > 0
    # Of another month nobody worked it out.
    other = done("paper", "2021-08", "--carrier", "viettel", "--lang", "vi", "--home", home)
    path = Path(other["folder"]) / "doi-soat-2021-08-viettel.json"
    assert json.loads(path.read_text("utf-8"))["without_package"] is None


def test_usage_that_came_since_is_refused_and_nothing_changes(told, five_months, key, tmp_path):
    home = tmp_path / "late"
    shutil.copytree(told[0], home)
    source = five_months[0].parent / "world" / "usage-cmc-fibre.csv"
    header, *lines = source.read_text("utf-8").splitlines()
    fee = next(line for line in lines if "2021-08-" in line).partition(",")
    late = tmp_path / "usage-late.csv"
    late.write_text("\n".join([header, f"muon-1,{fee[2]}", ""]), "utf-8")
    done("intake", late, "--mapping", "world", "--key", key, "--home", home)
    before = tree_of(home)
    error = refused(7, "forgone", "2021-08", "--home", home)
    assert "holds other usage or master data now" in error["what"] and "settle" in error["mend"]
    error = refused(7, "forgone", "2022-01", "--home", home)
    assert "is not settled" in error["what"]
    assert tree_of(home) == before


def test_it_is_known_of_the_run_that_an_erasure_put_in_its_place(told, tmp_path):
    home = shutil.copytree(told[0], tmp_path / "erased")
    (who,) = rows(home, "SELECT min(owner_id) FROM rated.relief_line")[0]
    again = done("store", "erase", who, "--apply", "--why", "yêu cầu 17", "--home", home)
    (now,) = [one["after"] for one in again["settled_again"] if one["before"] == told[2]["run"]]
    before = tree_of(home)
    assert done("forgone", MONTH, "--home", home) == {**told[2], "run": now, "already": True}
    assert tree_of(home) == before
    paper = done("paper", MONTH, "--carrier", "viettel", "--lang", "vi", "--home", home)
    said = json.loads((Path(paper["folder"]) / f"doi-soat-{MONTH}-viettel.json").read_text())
    assert said["without_package"] == told[2]["carriers"]["viettel"]
