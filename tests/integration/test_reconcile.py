"""Claims held against a run: what is found, how it stands, what is said to the carrier."""

import json
import shutil
import signal
import sys
from datetime import date
from functools import partial

import polars as pl
import pytest

from doisoat import cli
from doisoat.settlement.figures.period import Period
from doisoat.settlement.records.claim_model import ITEMS
from tests import forks
from tests.made_once import copy_of_made, made_once

from ..papers.test_papers import needs, text_of
from .claiming import CARRIER, file_claim, honest, honest_by
from .conftest import done, refused, rows, run, tree_of
from .test_legs import outgoing_of, written

TOLERANCE = (
    'allowed:\n  - {{column: amount, absolute: {}, relative_percent: "0",'
    " valid_from: 2021-01-01, source: HĐ 1}}\n"
)


@pytest.fixture(scope="module")
def claim(tmp_path_factory):
    """Files a claim of rows, as JSON; without totals unless there are some."""
    return partial(file_claim, tmp_path_factory.mktemp("claims"))


@pytest.fixture(scope="module")
def base(settled, tmp_path_factory):
    """A copy of the settled home that tests of this file may only copy."""
    copy = tmp_path_factory.mktemp("base") / "out"
    shutil.copytree(settled[0], copy, ignore=shutil.ignore_patterns("world"))
    return copy


@pytest.fixture(scope="module")
def planted(base, claim, tmp_path_factory):
    """A home with a claim in which five things are wrong, and what came of reconciling it."""
    return made_once(tmp_path_factory, "planted-cells", partial(plant, base, claim))


def plant(base, claim, folder):
    home = folder / "out"
    shutil.copytree(base, home)
    told = [row for row in honest(home) if int(row["amount"]) > 10]
    rest = [row for row in honest(home) if int(row["amount"]) <= 10]
    for name in ("events", "units", "amount"):
        told[0][name] = str(2 * int(told[0][name]))
    told[1]["amount"] = str(-int(told[1]["amount"]))
    told[2]["amount"] = str(int(told[2]["amount"]) - (2 * int(told[2]["amount"]) + 11) // 22)
    told[3]["amount"] = str(int(told[3]["amount"]) + 3)
    stated = sum(int(row["amount"]) for row in (*told, *rest) if row["nature"] == "discount") + 9
    totals = [{"nature": "discount", "amount": str(stated)}]
    claim(home, told + rest, totals=totals)
    status, found, _ = run("reconcile", "--home", home)
    assert status == 3
    return home, told, found


def test_no_difference_on_a_clean_claim(base, claim, tmp_path):
    home = tmp_path / "out"
    shutil.copytree(base, home)
    claim(home, honest(home))
    found = done("reconcile", "--period", "2021-08", "--home", home)
    assert found["variances"] == [] and found["total_difference"] == "0"
    assert found["claims"][0]["cells"] == len(honest(home)) and CARRIER not in found["silent"]
    assert "viettel" in found["silent"]
    before = tree_of(home)
    assert done("reconcile", "--home", home) == {**found, "already": True}
    assert tree_of(home) == before


def test_an_owner_whose_only_record_is_contradicted_hinders_no_claim(home, claim, take):
    alone = {"record_key": "alone", "number": "84921999999", "account": ""}
    take(alone, name="one.csv")
    take({**alone, "charged": "77777"}, name="two.csv")
    done("settle", "--home", home)
    told = honest(home)
    told[0]["amount"] = str(int(told[0]["amount"]) + 1)
    claim(home, told)
    status, found, said = run("reconcile", "--home", home)
    assert status == 3, said
    assert [one["difference"] for one in found["variances"]] == ["1"]


def test_each_difference_has_its_cause_and_amount(planted):
    _, told, found = planted
    by_key = {
        (one["measure"], one["key"].get("nature"), one["key"].get("day")): one
        for one in found["variances"]
    }
    assert len(by_key) == len(found["variances"]) == 5
    wanted = ["double_count", "sign", "vat", None]
    for row, cause in zip(told, wanted, strict=False):
        one = by_key[row["measure"], row["nature"], row["day"]]
        assert one["claimed"] == row["amount"]
        assert int(one["difference"]) == int(one["claimed"]) - int(one["recomputed"])
        if cause is None:
            assert one["verdict"] == "unexplained" and one["causes"] == []
            assert one["difference"] == "3"
            continue
        assert one["verdict"] == "explained", one
        assert [part["cause"] for part in one["causes"]] == [cause]
        assert one["causes"][0]["amount"] == one["difference"]
    total = by_key["", "discount", None]
    assert total["causes"] == [
        {"cause": "claim_arithmetic", "detail": "total:*,discount", "amount": "9"}
    ]
    assert found["total_difference"] == str(sum(int(v["difference"]) for v in by_key.values()))


def test_what_lacks_in_every_grain_is_told_once(base, claim, tmp_path):
    home = tmp_path / "out"
    shutil.copytree(base, home)
    short = next(row for row in honest(home) if int(row["amount"]) > 5_000)
    for grain, place in (("day", "day"), ("province", "home_province"), ("measure", None)):
        told = honest_by(home, place)
        row = next(row for row in told if all(
            row.get(name, short[name]) == short[name] for name in ("measure", "nature", "day")
        ) and int(row["amount"]) > 5_000)  # fmt: skip
        row["amount"] = str(int(row["amount"]) - 5_000)
        row["events"] = str(int(row["events"]) - 1)
        claim(home, told, grain=grain)
    (values,) = rows(
        home, f"SELECT {', '.join(ITEMS)} FROM settlement.statement WHERE carrier = '{CARRIER}'"
    )
    statement = dict(zip(ITEMS, values, strict=True))
    for item in (short["nature"], "relief", "recognised"):
        statement[item] -= 5_000
    told = [{"item": item, "amount": str(statement[item])} for item in ITEMS]
    claim(home, told, grain="statement")
    status, found, _ = run("reconcile", "--home", home)
    assert status == 3
    assert {one["grain"] for one in found["variances"]} == {
        "statement", "day", "province", "measure"
    }  # fmt: skip
    assert found["total_difference"] == "-5000"
    by_nature = {(one["nature"], one["column"], one["unit"]): one["difference"]
                 for one in found["by_nature"]}  # fmt: skip
    assert by_nature[short["nature"], "amount", "dong"] == "-5000"
    assert by_nature[short["nature"], "events", "events"] == "-1"
    assert by_nature["relief", "amount", "dong"] == "-5000"
    in_total = [one for one in found["sums"] if one["in_total"]]
    assert [(one["grain"], one["difference"]) for one in in_total] == [("day", "-5000")]
    assert done("verify", "--home", home)["ok"]


def test_what_was_found_is_in_relief_duckdb_and_the_log(planted):
    home, _, found = planted
    told = rows(home, "SELECT variance, difference, verdict, state FROM settlement.variance")
    units = dict(rows(home, "SELECT variance, unit FROM settlement.variance"))
    assert units == {one["id"]: one["unit"] for one in found["variances"]}
    assert set(units.values()) >= {None, "event"}
    assert {name for name, *_ in told} == {one["id"] for one in found["variances"]}
    assert sum(difference for _, difference, *_ in told) == int(found["total_difference"])
    assert {state for *_, state in told} <= {"open", "asked", "accepted", "rejected", "adjusted"}
    assert [what for (what,) in rows(home, "SELECT what FROM audit.event ORDER BY entry")][-1] in (
        "reconcile", "variance"
    )  # fmt: skip
    assert done("verify", "--home", home)["ok"] and done("store", "check", "--home", home)["ok"]


@pytest.fixture
def found_home(planted, tmp_path):
    copy = tmp_path / "out"
    shutil.copytree(planted[0], copy)
    return copy


def test_a_variance_is_asked_answered_and_put_right(planted, found_home):
    home, found = found_home, planted[2]
    first, second = (one["id"] for one in found["variances"][:2])
    asked = done("variance", "ask", first[:8], second, "--deadline", "2099-01-31", "--home", home)
    assert asked["state"] == "asked" and asked["deadline"] == "2099-01-31"
    again = done("variance", "ask", first, "--home", home)
    assert again["variances"] == [] and again["already"] == [first]
    answered = ("--why", "công văn 12", "--by", "Vụ A", "--home", home)
    done("variance", "accept", first, *answered)
    done("variance", "reject", second, *answered)
    states = {
        one["id"]: one["state"] for one in done("variance", "list", "--home", home)["variances"]
    }
    assert (states.pop(first), states.pop(second)) == ("accepted", "rejected")
    assert set(states.values()) == {"open"}
    told = rows(home, "SELECT variance, state, deadline, why FROM settlement.variance"
                      " WHERE state <> 'open' ORDER BY state")  # fmt: skip
    assert told == [(first, "accepted", None, "công văn 12"),
                    (second, "rejected", None, "công văn 12")]  # fmt: skip
    at_a_glance = done("status", "--home", home)
    assert at_a_glance["claims"] == {"2021-08": 1} and at_a_glance["overdue"] == {"2021-08": 0}
    assert at_a_glance["variances"] == {"2021-08": {"accepted": 1, "rejected": 1, "open": 3}}
    assert done("verify", "--home", home)["ok"]


def test_states_outlive_a_reconciliation_beside_another_claim(planted, found_home, claim):
    home, first = found_home, planted[2]["variances"][0]["id"]
    done("variance", "ask", first, "--home", home)
    claim(home, honest(home, "viettel"), carrier="viettel")
    status, found, _ = run("reconcile", "--home", home)
    assert status == 3 and not found["already"] and len(found["variances"]) == 5
    assert {one["id"]: one["state"] for one in found["variances"]}[first] == "asked"


def test_the_letter_says_the_figures(planted, found_home, claim, tmp_path):
    home, found = found_home, planted[2]
    made = done("variance", "letter", "2021-08", "--carrier", CARRIER, "--out", tmp_path / "a.pdf",
                "--home", home)  # fmt: skip
    assert made == {
        "letter": "a.pdf", "variances": 5, "difference": found["total_difference"],
        "sums": found["sums"], "draft": True,
    }  # fmt: skip
    done("variance", "ask", "--all", "--carrier", CARRIER, "--yes", "--home", home)
    for name in ("b.pdf", "c.pdf"):
        again = done("variance", "letter", "2021-08", "--carrier", CARRIER, "--home", home,
                     "--out", tmp_path / name)  # fmt: skip
        assert again["draft"] is False
        claim(home, honest(home, "viettel"), carrier="viettel")
    assert (tmp_path / "b.pdf").read_bytes() == (tmp_path / "c.pdf").read_bytes()
    assert (tmp_path / "a.pdf").read_bytes()[:5] == b"%PDF-"
    error = refused(7, "variance", "letter", "2021-08", "--carrier", "fpt", "--out",
                    tmp_path / "d.pdf", "--home", home)  # fmt: skip
    assert "nothing of 2021-08" in error["what"] and not (tmp_path / "d.pdf").exists()


@needs("pdftotext")
def test_a_letter_is_of_its_house_and_of_the_lines_that_it_is_asked_for(found_home, tmp_path):
    home, style = found_home, tmp_path / "nha.toml"
    style.write_text('[letter]\nagency = "Cục Viễn thông"\nagency_en = "Authority"\nnumber = 7\n'
                     'notation = "CVT"\n', "utf-8")  # fmt: skip
    line = ("variance", "letter", "2021-08", "--carrier", CARRIER, "--home", home)
    done(*line, "--style", style, "--out", tmp_path / "a.pdf")
    said = text_of((tmp_path / "a.pdf").read_bytes(), tmp_path)
    assert "CỤC VIỄN THÔNG" in said and "Số: 07/CVT" in said and "DỮ LIỆU GIẢ LẬP" in said
    assert "SYNTHETIC" not in said and "DRAFT" not in said
    style.write_text("[letter]\nnumber = 0\n", "utf-8")
    error = refused(4, *line, "--style", style, "--out", tmp_path / "b.pdf")
    assert "letter.number" in error["where"] and not (tmp_path / "b.pdf").exists()


def test_a_tolerance_leaves_small_differences_alone(planted, found_home, tmp_path):
    file = tmp_path / "dung-sai.yaml"
    file.write_text(TOLERANCE.format(3), "utf-8")
    status, found, said = run("reconcile", "--tolerance", file, "--home", found_home)
    assert status == 3
    (claim,) = found["claims"]
    assert claim["within_tolerance"] == 1
    of_claim = f"{claim['carrier']} {claim['grain']} v1: "
    first, last = (line for line in said.splitlines() if line.startswith(of_claim))
    assert f"{claim['cells']} cells" in first and f"{claim['differing']} differ" in first
    assert "explained" in last and "explained" not in first
    assert len(found["variances"]) == 4
    assert found["reconciliation"] != planted[2]["reconciliation"]


def test_lines_that_cancel_out_are_not_within_a_tolerance(base, claim, tmp_path):
    """A cell's lines are looked at one by one: 1,000 too much and 999 too little are no 1."""
    home, file = tmp_path / "out", tmp_path / "dung-sai.yaml"
    shutil.copytree(base, home)
    told = honest_lines(home)
    cells = {}
    for row in told:
        cells.setdefault((row["measure"], row["nature"], row["start_at"][:10]), []).append(row)
    one, other, *_ = next(found for found in cells.values() if len(found) > 1)
    one["amount"] = str(int(one["amount"]) + 1_000)
    other["amount"] = str(int(other["amount"]) + 1)
    claim(home, told, grain="lines")
    for allowed, told_now in ((1_000, 1), (1_001, 0)):
        file.write_text(TOLERANCE.format(allowed), "utf-8")
        found = run("reconcile", "--tolerance", file, "--home", home)[1]
        assert len(found["variances"]) == told_now


LINES = f"""
    SELECT line.event_id, line.owner_id, line.start_at, home_province, measure, nature, line.units,
        amount
    FROM rated.relief_line AS line JOIN audit.rated_event USING (event_id)
    WHERE line.carrier = '{CARRIER}' ORDER BY ALL
"""
LINE_NAMES = ("event_id", "owner_id", "start_at", "home_province", "measure", "nature", "units",
              "amount")  # fmt: skip


def honest_lines(home):
    """What a carrier would declare by line, if it counted as the run does; by SQL alone."""
    told = [dict(zip(LINE_NAMES, row, strict=True)) for row in rows(home, LINES)]
    for row in told:
        row["start_at"] = f"{row['start_at']:%Y-%m-%dT%H:%M:%S.%f}"[:-3]
    return [{name: str(value) for name, value in row.items()} for row in told]


@pytest.fixture(scope="module")
def by_line(base, claim, tmp_path_factory):
    """A home with an honest claim by line but for four lines, by their events."""
    make = partial(plant_lines, base, claim)
    folder, told = copy_of_made(tmp_path_factory, "planted-lines", make)
    return folder / "out", *told


def plant_lines(base, claim, folder):
    home = folder / "out"
    shutil.copytree(base, home)
    told = honest_lines(home)
    assert len(told) > 500
    told[5]["amount"] = str(int(told[5]["amount"]) + 1)
    told[100]["home_province"] = "48" if told[100]["home_province"] != "48" else "01"
    days = {row["start_at"][:10] for row in told}
    before = told[300]["start_at"]
    other = max(days) if max(days) != before[:10] else min(days)
    told[300]["start_at"] = f"{other}{before[10:]}"
    left = told.pop(400)
    claim(home, told, grain="lines")
    return (told[5], told[100], told[300], left), before


def test_a_claim_by_line_names_the_lines(by_line):
    home, (dearer, elsewhere, moved, left), before = by_line
    status, found, _ = run("reconcile", "--home", home)
    assert status == 3
    held = found["claims"][0]
    assert held["grain"] == "lines"
    assert 0 < held["bytes_read"] <= held["bytes_in_all"]
    assert held["roots"]["claimed"] != held["roots"]["recomputed"]
    told = {}
    for one in found["variances"]:
        shown = done("variance", "show", one["id"], "--home", home)["line_rows"]
        assert one["lines"] == len(shown)
        for row in shown:
            told.setdefault(row["event_id"], []).append((one["key"]["day"], row))
    assert set(told) == {row["event_id"] for row in (dearer, elsewhere, moved, left)}
    ((_, row),) = told[dearer["event_id"]]
    assert int(row["claimed_amount"]) - int(row["recomputed_amount"]) == 1
    ((_, row),) = told[left["event_id"]]
    assert (row["claimed_amount"], row["recomputed_amount"]) == (None, left["amount"])
    ((_, row),) = told[elsewhere["event_id"]]
    assert row["claimed_home_province"] == elsewhere["home_province"]
    assert row["recomputed_home_province"] != elsewhere["home_province"]
    causes = {row["causes"] for of_event in told.values() for _, row in of_event}
    assert causes == {"", "missing[lines]", "other_province[lines]", "other_time[lines]"}
    assert row["causes"] == "other_province[lines]"
    days = {day for day, _ in told[moved["event_id"]]}
    assert days == {moved["start_at"][:10], before[:10]}
    assert int(found["total_difference"]) == 1 - int(left["amount"])
    assert done("verify", "--home", home)["ok"]


def test_differences_of_lines_lie_on_the_days_of_either_side(by_line):
    home = by_line[0]
    found = run("reconcile", "--home", home)[1]
    by_day = {row["day"]: 0 for row in honest(home)}
    for row in honest(home):
        by_day[row["day"]] -= int(row["amount"])
    (filed,) = (home / "claims").glob("*/received.json")
    for row in json.loads(filed.read_text("utf-8"))["rows"]:
        by_day[row["start_at"][:10]] += int(row["amount"])
    told = dict.fromkeys(by_day, 0)
    for one in found["variances"]:
        told[one["key"]["day"]] += int(one["difference"])
    assert told == by_day


KILLED = """
import os, signal, sys
from doisoat.cli import main
from doisoat.settlement.reconcile.causes import claimed_lines
claimed_lines.compare = lambda *trees: os.kill(os.getpid(), signal.SIGKILL)
main(sys.argv[1:])
"""


def left_in(home):
    return {path.name for path in home.iterdir() if path.name.startswith(".staging")}


def test_trees_are_gone_once_compared_even_if_death_came_between(by_line, tmp_path):
    home, file = tmp_path / "out", tmp_path / "dung-sai.yaml"
    shutil.copytree(by_line[0], home)
    file.write_text(TOLERANCE.format(0), "utf-8")  # so that it is another reconciliation
    asked = ("reconcile", "--tolerance", str(file), "--home", str(home))
    killed = forks.run([sys.executable, "-c", KILLED, *asked], check=False)
    assert killed.returncode == -signal.SIGKILL
    (left,) = left_in(home)
    assert (home / left / "recomputed" / "lines.bin").stat().st_size > 0
    status, found, _ = run(*asked)
    assert status == 3 and not left_in(home) and not (home / "trees").exists()
    path = home / "reconciliations" / found["reconciliation"] / "manifest.json"
    kept = json.loads(path.read_text("utf-8"))["claims"][0]["roots"]
    assert kept == found["claims"][0]["roots"]
    assert len(kept["claimed"]) == len(kept["recomputed"]) == 64


def test_legs_of_other_months_and_at_the_border_are_counted(base, settled, tmp_path, capsys):
    home = shutil.copytree(base, tmp_path / "out")
    legs = [one for one in outgoing_of(settled[0]) if one[1] in ("viettel", "vnpt")]
    payer, month = legs[0][0], Period.of("2021-08")
    strange = [(payer, "viettel", month.end_ms + 3_600_000, 1_000)]  # of September
    strange += [(payer, payee, month.end_ms - 1, 1_000) for payee in ("viettel", "viettel", "vnpt")]
    file = written(tmp_path / "den.csv", legs + strange)
    asked = ("reconcile", "--period", "2021-08", "--legs", file, "--home", home)
    of_viettel = done(*asked, "--carrier", "viettel")
    assert of_viettel["legs_left_out"] == {"outside": 1, "border": 2}
    found = done(*asked)
    assert (found["variances"], found["already"]) == ([], False)
    assert found["legs_left_out"] == {"outside": 1, "border": 3}
    # The same once more is the reconciliation that is there, and tells the same; so do people's.
    assert done(*asked) == {**found, "already": True}
    assert cli.run([str(one) for one in asked]) == 0
    said = capsys.readouterr().out
    assert "1 cuộc đến ngoài kỳ | calls in of other months, left out" in said
    assert "3 cuộc đến ở ranh giới kỳ" in said and "calls in at the month's border" in said


@pytest.mark.parametrize("hours", [0, 7])
def test_both_legs_of_calls_add_up_to_the_dong(base, settled, tmp_path, hours):
    home, file = tmp_path / "out", tmp_path / "den.csv"
    shutil.copytree(base, home)
    legs = [
        (payer, payee, start_ms - hours * 3_600_000, ms)
        for payer, payee, start_ms, ms in outgoing_of(settled[0])
        if payee == "viettel"
    ]
    assert len(legs) > 100
    if not hours:
        assert done("reconcile", "--period", "2021-08", "--legs", written(file, legs),
                    "--home", home)["variances"] == []  # fmt: skip
    (_, payee, _, _), *rest = legs
    rest[0] = (*rest[0][:3], rest[0][3] + 400)
    status, found, _ = run("reconcile", "--period", "2021-08", "--legs", written(file, rest),
                           "--home", home)  # fmt: skip
    assert status == 3
    causes = set()
    for one in found["variances"]:
        assert one["carrier"] == payee and one["measure"] == "interconnect"
        assert one["verdict"] == "explained"
        assert sum(int(part["amount"]) for part in one["causes"]) == int(one["difference"])
        causes |= {part["cause"] for part in one["causes"]}
    assert {"missing", "block"} <= causes
    assert ("time_zone" in causes) is bool(hours)


def test_a_changed_byte_of_a_reconciliation_is_found(planted, found_home):
    folder = found_home / "reconciliations" / planted[2]["reconciliation"]
    for path in sorted(folder.iterdir()):
        content = path.read_bytes()
        path.write_bytes(content[:-2] + bytes([content[-2] ^ 1]) + content[-1:])
        assert run("verify", "--home", found_home)[0] == 3, path
        path.write_bytes(content)
    folder.rename(folder.with_name(f"{folder.name[:-1]}-"))
    findings = run("store", "check", "--home", found_home)[1]["findings"]
    assert any("lost" in one["what"] for one in findings)


def test_nothing_to_reconcile_is_refused(base, tmp_path):
    home = tmp_path / "out"
    shutil.copytree(base, home)
    before = tree_of(home)
    assert "no claim is filed" in refused(7, "reconcile", "--home", home)["what"]
    error = refused(7, "reconcile", "--period", "2021-08", "--home", home)
    assert "no claim of any carrier" in error["what"]
    assert "not settled" in refused(7, "reconcile", "--period", "2021-07", "--home", home)["what"]
    assert tree_of(home) == before


def test_days_of_a_letter_are_civil(found_home, planted):
    asked = done("variance", "ask", planted[2]["variances"][0]["id"], "--home", found_home)
    assert date.fromisoformat(asked["deadline"]) > date(2021, 8, 31)
    assert pl.Series([asked["deadline"]]).str.to_date().null_count() == 0
