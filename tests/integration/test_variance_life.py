"""How variances live: what follows what, who answers for it, and what a new claim makes of them."""

import io
import shutil
import sys

import pytest

from doisoat.settlement.records.claim_records import FLOOR as CLAIMS
from doisoat.settlement.records.variance_states import MOVES, STATES, Move, State
from tests.made_once import made_once

from .claiming import CARRIER, file_claim, honest
from .conftest import done, refused, rows, run, tree_of

OTHER = "viettel"
SAID = ("--why", "công văn 12", "--by", "Vụ Thống kê")


def wrong(told, by, places):
    """Rows of a claim of which some differ by so many đồng."""
    big = [place for place, row in enumerate(told) if int(row["amount"]) > 100_000]
    found = [dict(row) for row in told]
    for place in places:
        row = found[big[place]]
        row["amount"] = str(int(row["amount"]) + by)
    return found


def reconciled(home, *args):
    status, found, _ = run("reconcile", "--home", home, *args)
    assert status == 3, found
    return found


def states_in(home):
    return {one["id"]: one["state"] for one in
            done("variance", "list", "--home", home)["variances"]}  # fmt: skip


def move(home, name, *args):
    return done("variance", name, *args, "--home", home)


@pytest.fixture(scope="module")
def made(settled, tmp_path_factory):
    """A home with claims of two carriers, three and two cells wrong, reconciled."""

    def make(folder):
        home = folder / "out"
        shutil.copytree(settled[0], home, ignore=shutil.ignore_patterns("world"))
        file_claim(folder, home, wrong(honest(home), 7, (0, 1, 2)))
        file_claim(folder, home, wrong(honest(home, OTHER), 11, (0, 1)), carrier=OTHER)
        return home, reconciled(home)

    return made_once(tmp_path_factory, "life", make)


@pytest.fixture
def home(made, tmp_path):
    copy = tmp_path / "out"
    shutil.copytree(made[0], copy)
    return copy


@pytest.fixture
def own(made):
    return [one["id"] for one in made[1]["variances"] if one["carrier"] == CARRIER]


def test_what_follows_what_is_the_table_and_nothing_else(home, own):
    first = own[0]
    ways: dict[State, tuple[Move, ...]] = {
        "open": (), "asked": ("ask",), "accepted": ("ask", "accept"), "rejected": ("ask", "reject"),
    }  # fmt: skip
    for state in ("open", "asked", "accepted", "rejected"):
        for name in ways[state]:
            move(home, name, first, *(SAID if MOVES[name].needs_why else ()))
        assert states_in(home)[first] == state
        before = tree_of(home)
        for name, rule in MOVES.items():
            if state in rule.follows or rule.state == state:
                continue
            error = refused(7, "variance", name, first, *SAID, "--home", home)
            assert f"{name} does not follow" in error["what"] and first in error["what"]
        assert tree_of(home) == before
        if state in ("accepted", "rejected"):
            move(home, "reopen", first, *SAID)
            assert states_in(home)[first] == "open"
    steps = done("variance", "show", first, "--home", home)["history"]
    assert [step["move"] for step in steps][-2:] == ["reject", "reopen"]
    assert {step["by"] for step in steps if step["move"] != "ask"} == {"Vụ Thống kê"}


def test_a_decision_needs_a_reason_and_a_name(home, own):
    move(home, "ask", own[0])
    before = tree_of(home)
    for name in ("accept", "reject", "adjust", "reopen", "extend"):
        for lacking in (("--why", "x"), ("--by", "x")):
            assert run("variance", name, own[0], *lacking, "--home", home)[0] == 2
        for why, by in (
            ("  ", "x"),
            ("x", ""),
            ("x" * 1_001, "x"),
            ("x", "y" * 201),
            ("a\nb", "x"),
        ):
            error = refused(7, "variance", name, own[0], f"--why={why}", f"--by={by}",
                            "--home", home)  # fmt: skip
            assert error["where"] in ("--why", "--by")
    assert tree_of(home) == before


def test_a_deadline_is_moved_with_a_reason(home, own):
    move(home, "ask", own[0], "--deadline", "2099-01-31")
    moved = move(home, "extend", own[0], "--deadline", "2099-03-31", *SAID)
    assert (moved["state"], moved["deadline"], moved["already"]) == ("asked", "2099-03-31", [])
    shown = done("variance", "show", own[0], "--home", home)
    assert (shown["state"], shown["deadline"]) == ("asked", "2099-03-31")
    assert [step["deadline"] for step in shown["history"]] == ["2099-01-31", "2099-03-31"]
    for args, said in (
        ((own[0], *SAID), "needs a day"),
        ((own[0], *SAID, "--deadline", "2020-01-01"), "is past"),
        ((own[1], *SAID, "--deadline", "2099-01-01"), "does not follow"),
    ):
        assert said in refused(7, "variance", "extend", *args, "--home", home)["what"]
    assert "has no deadline" in refused(
        7, "variance", "accept", own[0], *SAID, "--deadline", "2099-01-01", "--home", home
    )["what"]  # fmt: skip


def test_all_is_refused_without_a_filter_and_asks_before(home, own, monkeypatch):
    before = tree_of(home)
    status, told, _ = run("variance", "ask", "--all", "--yes", "--home", home)
    assert status == 2 and "--all needs" in told["error"]["what"]
    assert run("variance", "ask", own[0], "--carrier", CARRIER, "--home", home)[0] == 2
    assert run("variance", "ask", "--all", "--cause", "luck", "--home", home)[0] == 2
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\n"))
    status, _, said = run("variance", "ask", "--all", "--carrier", CARRIER, "--home", home)
    assert status == 130 and "3 chỗ lệch" in said and "21 đ" in said
    assert "hỗ trợ" not in said  # natures are not added up
    assert tree_of(home) == before
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    moved = move(home, "ask", "--all", "--carrier", CARRIER)
    assert sorted(moved["variances"]) == sorted(own)
    moved = move(home, "accept", "--all", "--verdict", "unexplained", "--yes", *SAID)
    assert sorted(moved["variances"]) == sorted(own)  # only what was asked
    assert (
        move(home, "accept", "--all", "--verdict", "ambiguous", "--yes", *SAID)["variances"] == []
    )


def test_nothing_is_adjusted_while_it_differs(home, own, tmp_path):
    move(home, "ask", own[0], own[1])
    before = tree_of(home)
    error = refused(7, "variance", "adjust", own[0], *SAID, "--home", home)
    assert "still differ by 7" in error["what"] and "posted" in error["mend"]
    assert tree_of(home) == before
    file_claim(tmp_path, home, wrong(honest(home), 7, (1, 2)))  # the first is put right
    error = refused(7, "variance", "adjust", own[0], *SAID, "--home", home)
    assert "still differ" in error["what"]  # until it is reconciled
    found = reconciled(home)
    assert {one["state"] for one in found["superseded"]} == {"asked"}
    assert [one["id"] for one in found["superseded"]] == [own[0]]
    assert move(home, "adjust", own[0], *SAID)["variances"] == [own[0]]
    shown = done("variance", "show", own[0], "--home", home)
    assert shown["state"] == "adjusted"
    assert [(step["move"], step["by_version"]) for step in shown["history"]] == [
        ("ask", None), (None, 2), ("adjust", None)
    ]  # fmt: skip
    again = move(home, "adjust", own[0][:12], *SAID)
    assert (again["variances"], again["already"]) == ([], [own[0]])


def test_a_new_version_keeps_the_state_of_the_same_figures(home, own, tmp_path):
    move(home, "ask", *own, "--deadline", "2099-01-31")
    move(home, "accept", own[2], *SAID)
    told = wrong(wrong(honest(home), 7, (0, 2)), 8, (1,))
    file_claim(tmp_path, home, told)
    found = reconciled(home)
    now = {one["difference"]: [] for one in found["variances"]}
    for one in found["variances"]:
        if one["carrier"] == CARRIER:
            now[one["difference"]].append(one)
    assert sorted(one["state"] for one in now["7"]) == ["accepted", "asked"]
    assert [one["state"] for one in now["8"]] == ["open"]
    assert {one["deadline"] for one in now["7"] if one["state"] == "asked"} == {"2099-01-31"}
    assert not {one["id"] for one in now["7"]} & set(own)
    assert found["superseded"] == [
        {"id": own[1], "carrier": CARRIER, "state": "asked", "version": 2}
    ]
    again = reconciled(home)
    assert again["already"] and again["superseded"] == found["superseded"]
    kept = next(one["id"] for one in now["7"] if one["state"] == "asked")
    assert [step["move"] for step in
            done("variance", "show", kept, "--home", home)["history"]] == ["ask"]  # fmt: skip
    assert rows(home, f"SELECT state FROM settlement.variance WHERE variance = '{kept}'") == [
        ("asked",)
    ]
    gone = done("variance", "show", own[1], "--home", home)
    assert [(step["move"], step["is_superseding"]) for step in gone["history"]] == [
        ("ask", False), (None, True)
    ]  # fmt: skip
    assert done("verify", "--home", home)["ok"]


def test_one_carrier_leaves_the_others_as_they_are(made, home, own, tmp_path):
    before = {one["id"]: one for one in made[1]["variances"] if one["carrier"] == OTHER}
    move(home, "ask", *before)
    file_claim(tmp_path, home, wrong(honest(home), 8, (0,)))
    found = reconciled(home, "--carrier", CARRIER)
    others = {one["id"]: one for one in found["variances"] if one["carrier"] == OTHER}
    assert others == {
        id: {**one, "state": "asked", "deadline": others[id]["deadline"]}
        for id, one in before.items()
    }  # fmt: skip
    assert [one["difference"] for one in found["variances"] if one["carrier"] == CARRIER] == ["8"]
    assert [one["carrier"] for one in found["claims"]] == sorted((CARRIER, OTHER))
    again = reconciled(home, "--carrier", OTHER)
    assert again["already"] and again["variances"] == found["variances"]
    whole = reconciled(home)
    assert whole["already"] and whole["variances"] == found["variances"]
    assert done("verify", "--home", home)["ok"]


@pytest.mark.parametrize("how", ["altered", "missing", "manifest"])
def test_a_damaged_claim_is_named_and_the_others_are_held(made, home, tmp_path, how):
    filed = file_claim(tmp_path, home, wrong(honest(home), 8, (0,)))
    folder = home / CLAIMS / filed["claims"][0]["sha256"]
    path = folder / ("manifest.json" if how == "manifest" else "claim.parquet")
    content = path.read_bytes()
    if how == "missing":
        path.unlink()
    else:
        path.write_bytes(b"{" if how == "manifest" else content[:-9] + b"x" * 9)
    status, found, said = run("reconcile", "--home", home)
    assert status == 6, (found, said)
    (one,) = found["damaged"]
    assert (one["carrier"], one["grain"], one["version"]) == (CARRIER, "day", 2)
    assert str(folder) in one["where"] and one["what"]
    others = [one for one in found["variances"] if one["carrier"] == OTHER]
    assert others == [one for one in made[1]["variances"] if one["carrier"] == OTHER]
    path.write_bytes(content)
    assert not reconciled(home)["damaged"]


def test_the_list_says_both_sides_in_words(home, capsys):
    from doisoat import cli

    for lang, words in (
        ("vi", ("khai: ", "tính lại: ", "sự kiện", "chưa hỏi", "hiện vật\t43 đ\t5 ô")),
        ("en", ("claimed: ", "recomputed: ", "events", "open", "in kind\t43 đ\t5 cells")),
    ):  # fmt: skip
        assert cli.run(["variance", "list", "2021-08", "--lang", lang, "--home", str(home)]) == 0
        said = capsys.readouterr().out
        assert all(word in said for word in words), said
        assert said.count("43 đ") == 1  # the sum of a nature, and none over natures
    table = home.parent / "lech.csv"
    assert cli.run(["variance", "list", "--csv", str(table), "--home", str(home)]) == 0
    head, *lines = table.read_text("utf-8-sig").splitlines()
    assert "claimed_events" in head and "unit" in head and len(lines) == 5
    listed = done("variance", "list", "--home", home)
    assert listed["total_difference"] == "43"
    one = listed["variances"][0]
    assert one["columns"]["difference"]["amount"] == one["difference"]
    assert one["columns"]["difference"]["events"] == "0" and one["unit"]


@pytest.mark.parametrize("by", ["cause", "carrier", "measure", "day"])
def test_variances_are_put_together_and_none_is_lost(home, by):
    told = done("variance", "list", "2021-08", "--by", by, "--home", home)
    by_id = {one["id"]: one for one in told["variances"]}
    listed = [id for group in told["groups"] for id in group["variances"]]
    assert sorted(listed) == sorted(by_id)
    assert sum(int(row["over"]) for group in told["groups"] for row in group["differences"]) == 43
    assert all(row["short"] == "0" for group in told["groups"] for row in group["differences"])
    largest = [max(int(row["over"]) for row in group["differences"]) for group in told["groups"]]
    assert largest == sorted(largest, reverse=True)
    for group in told["groups"]:
        ones = [by_id[id] for id in group["variances"]]
        assert {one["carrier"] for one in ones} <= {group["carrier"]} or by in ("measure", "day")
        if by in ("measure", "day"):
            assert {one.get(by) or one["key"][by] for one in ones} == {group[by]}
    assert "groups" not in done("variance", "list", "2021-08", "--home", home)


def test_short_and_over_are_two_errors_by_nature(home, capsys, tmp_path):
    from doisoat import cli

    rows_of_claim = wrong(wrong(honest(home), -5, (0,)), 9, (1,))
    file_claim(tmp_path, home, rows_of_claim)
    reconciled(home)
    told = done("variance", "list", "2021-08", "--carrier", CARRIER, "--by", "carrier", "--home",
                home)  # fmt: skip
    ((group,), sums) = told["groups"], told["total_difference"]
    short = sum(int(row["short"]) for row in group["differences"])
    over = sum(int(row["over"]) for row in group["differences"])
    assert (short, over, int(sums)) == (-5, 9, 4)
    assert cli.run(["variance", "list", "--by", "cause", "--lang", "vi", "--home", str(home)]) == 0
    said = capsys.readouterr().out
    assert "kê thừa" in said and "hiện vật" in said.lower()


def test_every_state_can_be_reached_and_left():
    assert {rule.state for rule in MOVES.values()} == set(STATES)
    assert {state for rule in MOVES.values() for state in rule.follows} == set(STATES)
