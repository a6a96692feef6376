"""Each state of a home names the next step, and the command that it names, typed, runs."""

import contextlib
import csv
import io
import re
import shlex
import shutil
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from doisoat import cli
from doisoat.settlement.upkeep import status
from doisoat.settlement.upkeep.next_step import COMMANDS

from .claiming import file_claim, honest
from .conftest import done, passphrase_in, run
from .small_carrier import HEAD, MAPPING

CALL = "{ma};GOI;{so};0912000002;2021-{moc} 08:00:00;{giay};;;"
PACK = "2;GOICUOC;0912000001;;2021-08-06 09:00:00;;vnpt.VX3;GH;20000"
AUGUST = (CALL.format(ma=1, so="0912000001", moc="08-05", giay=100), PACK)


@pytest.fixture
def nha(tmp_path, monkeypatch):
    return Nha(tmp_path, monkeypatch)


class Nha:
    """A small home of one carrier, moved on by the commands that its status names."""

    def __init__(self, folder, monkeypatch):
        self.folder, self.home = folder, folder / "nha"
        monkeypatch.chdir(folder)
        monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        monkeypatch.setenv("DOISOAT_PASSPHRASE_FILE", str(passphrase_in(folder)))
        monkeypatch.setenv("DOISOAT_HOME", str(self.home))
        (folder / "cong-ty.yaml").write_text(MAPPING, "utf-8")
        self.usage("cuoc", *AUGUST)
        self.subscribers("thue-bao", "0912000001")
        done("init", "--carrier", "vnpt")

    def usage(self, name, *lines):
        (self.folder / f"{name}.csv").write_text("\n".join([HEAD, *lines, ""]), "utf-8")

    def subscribers(self, name, *numbers):
        (self.folder / f"{name}.csv").write_text("\n".join(["so", *numbers, ""]), "utf-8")

    def intake(self, name, *more):
        return done("intake", f"{name}.csv", "--mapping", "cong-ty.yaml", *more)

    def to(self, state):
        """Follow the steps that status names until it names this one."""
        while (step := self.next())["state"] != state:
            self.follow(step)
        return step

    def next(self):
        return done("status")["next"][0]

    def states(self):
        return [step["state"] for step in done("status")["next"]]

    def is_next(self, state, period=None):
        step = self.next()
        assert (step["state"], step["period"]) == (state, period), done("status")["next"]
        return step

    def follow(self, step, **words):
        """Type the command of a step; words in capitals are filled in."""
        filled = {"FILE": "thue-bao.csv", "MAPPING.yaml": "cong-ty.yaml", "NAME": "ke-toan",
                  "TEXT": "theo quy trình", **words}  # fmt: skip
        command, *args = [filled.get(word, word) for word in shlex.split(step["command"])]
        assert command == "doisoat"
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = cli.run(args)
        assert status == 0, err.getvalue()
        return out.getvalue()

    def last_line_is_next(self, printed):
        """A command of the month ends with the step that status names first."""
        step = self.next()
        assert printed.splitlines()[-1].strip() == step["command"]


def test_from_an_empty_home_to_the_next_month(nha):
    nha.follow(nha.is_next("empty"), FILE="cuoc.csv", **{"MAPPING.yaml": "nhap.yaml"})
    nha.intake("cuoc")
    nha.last_line_is_next(nha.follow(nha.is_next("no_subscribers")))
    nha.last_line_is_next(nha.follow(nha.is_next("unsettled", "2021-08")))
    nha.last_line_is_next(nha.follow(nha.is_next("no_key", "2021-08")) + nha.next()["command"])
    nha.last_line_is_next(nha.follow(nha.is_next("no_signer", "2021-08")))
    nha.last_line_is_next(nha.follow(nha.is_next("unsigned", "2021-08")))
    assert (next((nha.home / "packs").glob("2021-08-vnpt-*")) / "manifest.json").is_file()
    nha.last_line_is_next(nha.follow(nha.is_next("no_paper", "2021-08")))
    nha.follow(nha.is_next("refunds", "2021-08"))
    paid(nha.folder / "hoan-tra-2021-08.csv")
    assert done("refund", "import", "hoan-tra-2021-08.csv", "--why", "đợt 1")["payments"] == 1
    nha.follow(nha.is_next("done"), FILE="cuoc.csv")
    nha.is_next("done")


def paid(form):
    rows = list(csv.DictReader(form.open(encoding="utf-8-sig", newline="")))
    with form.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, rows[0])
        writer.writeheader()
        writer.writerows({**row, "paid_on": "2021-09-20", "document": "CT-1"} for row in rows)


def test_a_signed_month_without_a_pack(nha):
    nha.intake("cuoc")
    nha.to("unsigned")
    assert done("sign", "2021-08", "--no-pack")["packs"] == []
    assert "no_paper" in nha.states()
    nha.last_line_is_next(nha.follow(nha.is_next("unpacked", "2021-08")))
    assert "unpacked" not in nha.states()
    shutil.rmtree(nha.home / "packs")
    assert [pack["carrier"] for pack in done("sign", "2021-08")["packs"]] == ["vnpt"]


def test_the_pack_of_a_draft_gives_way_to_the_signed_one(nha):
    nha.intake("cuoc")
    nha.to("unsigned")
    draft = done("pack", "2021-08")
    (pack,) = done("sign", "2021-08")["packs"]
    assert pack["path"] == draft["path"] and pack["signed"] and not draft["signed"]


def test_what_is_suspended_is_mended_by_the_steps(nha):
    nha.usage("cuoc", *AUGUST, CALL.format(ma=3, so="0912000001", moc="08-07", giay=-5))
    nha.intake("cuoc")
    nha.to("suspended")
    step = nha.is_next("suspended")
    assert "negative_units:duration 1" in step["why"]
    nha.follow(step)
    (record,) = done("suspense", "list")["records"]
    said = ("--who", "Lan", "--why", "tổng đài", "--apply")
    done("suspense", "edit", record["address"], "--set", "giay=50", *said)
    nha.last_line_is_next(nha.follow(nha.is_next("edited")))
    assert done("status")["suspended"]["open"] == 0
    nha.last_line_is_next(nha.follow(nha.is_next("late", "2021-08")))
    nha.is_next("no_key", "2021-08")


def test_copies_that_contradict_each_other(nha):
    nha.intake("cuoc")
    nha.to("no_key")
    nha.usage("gui-lai", CALL.format(ma=1, so="0912000001", moc="08-05", giay=90))
    nha.intake("gui-lai")
    nha.follow(nha.is_next("late", "2021-08"))
    nha.follow(nha.is_next("contradicting"))
    copies = done("suspense", "list", "--reason", "conflicting")["records"]
    (record,) = (copy for copy in copies if copy["file"] == "gui-lai.csv")
    done("suspense", "choose", record["address"], "--who", "Lan", "--why", "tệp gửi lại", "--apply")
    nha.follow(nha.is_next("late", "2021-08"))
    nha.is_next("no_key", "2021-08")


def test_numbers_and_packs_that_nobody_knows(nha):
    nha.usage("cuoc", *AUGUST, CALL.format(ma=3, so="0912000009", moc="08-07", giay=5))
    nha.intake("cuoc")
    nha.to("unknown_subscribers")
    nha.subscribers("them", "0912000009")
    nha.follow(nha.is_next("unknown_subscribers", "2021-08"), FILE="them.csv")
    nha.follow(nha.is_next("late", "2021-08"))
    assert nha.next()["state"] == "no_key"
    nha.usage("goi", "4;GOICUOC;0912000001;;2021-08-06 09:00:00;;vnpt.KHONG_CO;DK;5000")
    nha.intake("goi")
    nha.follow(nha.is_next("late", "2021-08"))
    nha.follow(nha.is_next("no_price", "2021-08"))


def test_what_comes_after_signing_is_booked_into_the_next_month(nha):
    nha.intake("cuoc")
    nha.to("no_paper")
    nha.usage("muon", CALL.format(ma=5, so="0912000001", moc="08-09", giay=600))
    nha.intake("muon")
    nha.last_line_is_next(nha.follow(nha.is_next("late_signed", "2021-08")))
    nha.last_line_is_next(nha.follow(nha.is_next("superseded", "2021-08")))
    nha.last_line_is_next(nha.follow(nha.is_next("unadjusted", "2021-08")))
    assert not {"late", "late_signed", "superseded", "unadjusted"} & set(nha.states())
    assert "refunds" in nha.states()  # of what was signed, and is not paid


def test_subscribers_that_came_after_the_settle_are_late_whoever_signs(nha):
    nha.intake("cuoc")
    signature = nha.to("unsigned")
    nha.subscribers("them", "0912000007")
    nha.intake("them", "--kind", "subscriptions")
    nha.is_next("late", "2021-08")
    nha.follow(signature)
    nha.is_next("late_signed", "2021-08")


def test_a_month_that_rests_on_another_run_keeps_its_options(nha):
    nha.usage("cuoc", *AUGUST, CALL.format(ma=6, so="0912000001", moc="09-05", giay=100))
    nha.intake("cuoc")
    nha.to("no_key")
    zero = ("--reading", "m2.in_kind_value=zero")
    done("settle", "2021-09", *zero)
    done("settle", "2021-08", "--package", "none", "--replace")
    step = nha.is_next("stale", "2021-09")
    assert " ".join(zero) in step["command"]
    nha.last_line_is_next(nha.follow(step))
    nha.is_next("no_key", "2021-08")


def test_a_month_whose_cut_off_is_to_come(nha):
    nha.intake("cuoc")
    nha.to("no_key")
    done("period", "open", "2021-08", "--cut-off", "2999-01-01")
    nha.follow(nha.is_next("awaited", "2021-08"))


def test_a_home_that_is_damaged_is_to_be_verified(nha):
    nha.intake("cuoc")
    nha.to("no_key")
    path = next((nha.home / "runs").glob("*/suspense.parquet"))
    path.write_bytes(path.read_bytes()[:-1])
    step = nha.is_next("damaged")
    assert str(path) in step["why"]
    assert run(*shlex.split(step["command"])[1:])[0] == 3


def test_a_ministrys_home_goes_on_to_claims(home, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    at = ("--home", home)

    def steps():
        return {step["state"]: step for step in done("status", *at)["next"]}

    def follow(step, ends=0):
        assert run(*shlex.split(step["command"])[1:])[0] == ends

    claimed = honest(home)
    claimed[0]["amount"] = str(int(claimed[0]["amount"]) + 1000)
    file_claim(tmp_path, home, claimed)
    follow(steps()["claims"], 3)
    assert "claims" not in steps()
    follow(steps()["variances"])
    deadline = date.today() + timedelta(7)
    done("variance", "ask", "--all", "--carrier", "vnpt", "--yes", "--deadline", deadline, *at)
    monkeypatch.setattr(status, "civil_now", lambda: datetime.now() + timedelta(30))
    late = steps()
    assert "variances" not in late
    follow(late["overdue"])
    done("sample", "frame", "2021-08", "--carrier", "vnpt", "--tolerable", "5%", "--home", home)
    follow(steps()["sample"])


def test_every_state_of_the_table_is_made_here():
    """A state that no case above makes for real has a command that nobody has typed."""
    text = Path(__file__).read_text("utf-8")
    made = set(re.findall(r'(?:is_next|follow)\((?:late|steps\(\))?[([]?"(\w+)"', text))
    assert made == set(COMMANDS)


def test_the_screen_shows_the_steps_in_vietnamese(nha, capsys, monkeypatch):
    nha.intake("cuoc")
    nha.to("no_key")
    capsys.readouterr()
    assert cli.run(["status", "--lang", "vi"]) == 0
    shown = capsys.readouterr().out
    assert "việc tiếp theo\t2021-08 đã đối soát" in shown and "doisoat signer new NAME" in shown
