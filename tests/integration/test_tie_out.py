"""A small carrier whose ledger is worked by hand; it signs, usage comes late, and is adjusted."""

import csv
import json
import shutil
import zipfile
from collections import Counter

import pytest

from doisoat.engine.store.home import open_home
from doisoat.settlement.runs.runs import told_run
from doisoat.settlement.tie_out.accounts import read_map
from doisoat.settlement.tie_out.entries import entries_of
from doisoat.settlement.tie_out.month_sums import sums_of

from .conftest import done, passphrase_in, refused, rows, run, tree_of
from .small_carrier import HEAD, MAPPING

USAGE = f"""\
{HEAD}
1;GOI;0912000001;0912000002;2021-08-02 08:00:00;100;;;
2;GOICUOC;0912000001;;2021-08-06 09:00:00;;vnpt.VX3;GH;20000
3;GOICUOC;0912000001;;2021-08-10 09:00:00;;vnpt.VX3;GH;25000
4;GOICUOC;0912000001;;2021-08-14 09:00:00;;vnpt.VX7;GH;15000
5;GOICUOC;0912000009;;2021-08-12 09:00:00;;vnpt.VX3;GH;20000
6;GOI;0912000009;0912000002;2021-08-12 10:00:00;60;;;
"""
LATE = f"""\
{HEAD}
7;GOICUOC;0912000001;;2021-08-24 09:00:00;;vnpt.VX3;GH;20000
8;GOI;0912000001;0912000002;2021-08-03 08:00:00;60;;;
"""
# 2 Aug: 100 s at 1,180 đ a minute, before the measures: 1,967.
BILLED = {("02", "voice"): 1_967, ("06", "pack"): 20_000, ("10", "pack"): 25_000,
          ("12", "pack"): 20_000, ("14", "pack"): 15_000}  # fmt: skip


def book_of(path, billed, unit="đồng", carrier="vnpt"):
    lines = [f"Doanh nghiệp;{carrier}", "Kỳ;2021-08", f"Đơn vị tiền;{unit}",
             "Ngày;Dịch vụ;Số tiền đã tính, gồm thuế GTGT"]  # fmt: skip
    lines += [f"{day}/08/2021;{kind};{amount}" for (day, kind), amount in billed.items()]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.fixture(scope="module")
def carrier(tmp_path_factory):
    folder = tmp_path_factory.mktemp("carrier")
    (folder / "cong-ty.yaml").write_text(MAPPING, "utf-8")
    (folder / "cuoc.csv").write_text(USAGE, "utf-8")
    (folder / "muon.csv").write_text(LATE, "utf-8")
    (folder / "thue-bao.csv").write_text("so\n0912000001\n", "utf-8")
    done("key", "new", "--key", folder / "khoa.key", "--home", folder / "nha")
    take(folder, "cuoc.csv")
    take(folder, "thue-bao.csv", "--kind", "subscriptions")
    done("settle", "--home", folder / "nha")
    return folder


def take(folder, name, *more):
    done("intake", folder / name, "--mapping", folder / "cong-ty.yaml", *more,
         "--key", folder / "khoa.key", "--home", folder / "nha")  # fmt: skip


def tied(folder, billed, *more, status=0, **said):
    path = book_of(folder / "so.csv", billed, **said)
    found, told, _ = run("tie-out", "2021-08", "--carrier", "vnpt", "--ledger", path, *more,
                         "--home", folder / "nha")  # fmt: skip
    assert found == status, told
    return told


def causes(told):
    names = (
        "refund",
        "overcharged",
        "undercharged",
        "suspended",
        "late",
        "adjusted",
        "unexplained",
    )
    return {
        (row["day"][8:], row["kind"]): {n: int(row[n]) for n in names if row[n] != "0"}
        for row in told["rows"]
    }


def test_a_ledger_of_what_was_charged_is_explained_to_the_dong(carrier, tmp_path):
    before = tree_of(carrier / "nha")
    book, booked = tmp_path / "d.xlsx", tmp_path / "b.csv"
    told = tied(carrier, BILLED, "--xlsx", book, "--map", "tt200", "--entries", booked)
    assert causes(told) == {
        ("02", "voice"): {},
        ("06", "pack"): {"refund": 10_000},
        ("10", "pack"): {"refund": 10_000, "overcharged": 5_000},
        ("12", "voice"): {},
        ("12", "pack"): {"suspended": 20_000},
        ("14", "pack"): {"undercharged": -5_000},
    }
    assert told["tied"] and told["totals"]["ledger"] == "81967"
    assert told["totals"]["doisoat"] == "41967"  # 1,967 + 10,000 + 10,000 + 20,000
    assert told["counts"]["suspended_events"] == 2 and told["counts"]["suspended_unknown"] == 1
    assert tree_of(carrier / "nha") == before
    assert zipfile.is_zipfile(book)
    lines = list(csv.DictReader(booked.read_text("utf-8-sig").splitlines()))
    assert sum(int(x["debit"]) for x in lines) == sum(int(x["credit"]) for x in lines) > 0
    owed = sum(int(x["debit"]) - int(x["credit"]) for x in lines if x["account"] == "131")
    assert owed == 41_967 + 20_000  # payable, and the refunds that are owed back


def test_what_nothing_explains_is_exit_status_3(carrier):
    told = tied(carrier, {**BILLED, ("02", "voice"): 1_968, ("03", "sms"): 7}, status=3)
    assert causes(told)["02", "voice"] == {"unexplained": 1}
    assert causes(told)["03", "sms"] == {"unexplained": 7}


def test_a_ledger_in_thousands_that_says_dong_is_told(carrier):
    billed = {key: round(amount / 1_000) for key, amount in BILLED.items()}
    told = tied(carrier, billed, status=3)
    assert any("1/1,000 of doisoat" in one["en"] for one in told["warnings"])
    told = tied(carrier, {**billed, ("02", "voice"): "1,967"}, unit="nghìn đồng", status=5)
    assert "read in two ways" in told["error"]["what"]


def test_it_refuses_what_it_cannot_tie(carrier, tmp_path):
    home = ("--home", carrier / "nha")
    path = book_of(tmp_path / "so.csv", BILLED, carrier="viettel")
    ours = ("--ledger", path, *home)
    assert "of viettel" in refused(5, "tie-out", "2021-08", "--carrier", "vnpt", *ours)["what"]
    book_of(path, BILLED)
    error = refused(7, "tie-out", "2021-07", "--carrier", "vnpt",
                    "--ledger", july(path), *home)  # fmt: skip
    assert "not settled" in error["what"]
    error = refused(
        5, "tie-out", "2021-08", "--carrier", "vnpt", "--ledger", tmp_path / "no.csv", *home
    )
    assert "no such file" in error["what"]
    form = tmp_path / "so.xlsx"
    assert done("tie-out", "--template", form, "2021-08", *home) == {"template": str(form)}


def july(path):
    other = path.with_name("july.csv")
    other.write_text(path.read_text("utf-8").replace("08", "07"), "utf-8")
    return other


def sign(folder):
    home = ("--home", folder / "nha")
    secret = passphrase_in(folder)
    key = ("--key", folder / "s.key", "--passphrase-file", secret)
    done("signer", "new", "ke-toan", *key)
    done("signer", "add", *key[:2], *home)
    done("sign", "2021-08", "--no-pack", *key, *home)


@pytest.fixture
def signed(carrier, tmp_path):
    """A copy whose month is signed, to be superseded."""
    folder = tmp_path / "signed"
    shutil.copytree(carrier, folder)
    sign(folder)
    assert tied(folder, BILLED)["tied"]
    return folder


def settled_anew(folder, *more):
    home = ("--home", folder / "nha")
    done("period", "supersede", "2021-08", "--why", "có thay đổi", *home)
    done("settle", "--period", "2021-08", *more, *home)


def test_late_usage_is_explained_once_it_is_booked(signed):
    take(signed, "muon.csv")
    settled_anew(signed)
    told = tied(signed, BILLED, status=3)
    assert any("not adjusted yet" in one["en"] for one in told["warnings"])
    done("adjust", "2021-08", "--home", signed / "nha")
    told = tied(signed, BILLED)
    assert told["tied"]
    # A pack of 20,000 of which 10,000 are payable, and a minute before the measures.
    assert causes(told)["24", "pack"] == {"late": -10_000}
    assert causes(told)["03", "voice"] == {"late": -1_180}
    assert told["counts"]["late_events"] == 2
    assert told["totals"]["doisoat"] == str(41_967 + 10_000 + 1_180)


def test_entries_say_what_was_booked_elsewhere(signed, tmp_path):
    def noted():
        status, told, said = run("tie-out", "2021-08", "--carrier", "vnpt", "--ledger",
                                 book_of(tmp_path / "so.csv", BILLED), "--map", "tt200",
                                 "--entries", tmp_path / "but-toan.csv", "--home",
                                 signed / "nha")  # fmt: skip
        assert status in (0, 3), told
        return said

    assert "was signed with run" not in noted()
    take(signed, "muon.csv")
    settled_anew(signed)
    assert "the difference is not adjusted yet" in noted()
    done("adjust", "2021-08", "--home", signed / "nha")
    said = noted()
    assert "the difference was booked into 2021-09, do not book it twice" in said


def entries_in(signed, month, path, *more, status=0):
    found, told, said = run("tie-out", month, "--carrier", "vnpt", "--entries", path, "--home",
                            signed / "nha", *more)  # fmt: skip
    assert found == status, (told, said)
    return told


def net_of(told):
    """Debit − credit of each account."""
    net = Counter()
    for entry in told["entries"]:
        for line in entry["lines"]:
            net[line["account"]] += int(line["debit"]) - int(line["credit"])
    return net


def test_an_adjustment_is_booked_by_reversal_where_it_was_booked(signed, tmp_path):
    """The month's own entries stay, and with those of the later month they come to the run in
    force, account by account."""
    home, path = signed / "nha", tmp_path / "but-toan.xlsx"
    first = entries_in(signed, "2021-08", path, "--layout", "misa")
    take(signed, "muon.csv")
    settled_anew(signed)
    done("adjust", "2021-08", "--home", home)
    again = entries_in(signed, "2021-08", path)
    assert again["entries"] == first["entries"] and again["booked_run"] == first["run"]
    assert again["run"] != again["booked_run"] and "do not book it twice" in again["notes"][0]["en"]
    done("settle", "--period", "2021-09", "--home", home)
    later = entries_in(signed, "2021-09", path)
    assert later["date"] == "2021-09-30" and later["debit"] == later["credit"]
    sorts = {entry["name"].split("-")[0] for entry in later["entries"]}
    assert {"reversal", "again"} <= sorts
    assert {entry["of"] for entry in later["entries"] if "reversal" in entry["name"]} == {"2021-08"}
    month = open_home(home)
    right = sums_of(month, told_run(month, again["run"]), "vnpt")
    entries = [entry.as_object() for entry in entries_of(right, read_map("tt200"))]
    own = entries_in(signed, "2021-08", path)
    corrections = [entry for entry in later["entries"] if entry["of"] == "2021-08"]
    assert net_of({"entries": own["entries"] + corrections}) == net_of({"entries": entries})


@pytest.mark.parametrize("layout", ["plain", "misa", "fast"])
@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_entries_need_no_ledger_and_are_in_balance(carrier, tmp_path, layout, suffix):
    before = tree_of(carrier / "nha")
    path = tmp_path / f"but-toan.{suffix}"
    told = entries_in(carrier, "2021-08", path, "--layout", layout, "--csv-style", "excel")
    assert path.stat().st_size and told["debit"] == told["credit"] != "0"
    for entry in told["entries"]:
        sides = [sum(int(line[side]) for line in entry["lines"]) for side in ("debit", "credit")]
        assert sides[0] == sides[1] > 0
    assert tree_of(carrier / "nha") == before


def test_entries_refuse_what_cannot_be_written(carrier, tmp_path):
    home = ("--home", carrier / "nha")
    line = ("tie-out", "2021-08", "--carrier", "vnpt", *home)
    refused(2, *line, "--xlsx", tmp_path / "a.xlsx", "--entries", tmp_path / "b.csv")
    refused(2, *line)
    refused(4, *line, "--entries", tmp_path / "b.csv", "--map", "tt99")
    refused(4, *line, "--entries", tmp_path / "b.csv", "--layout", "sap")
    error = refused(6, *line, "--entries", tmp_path / "b.txt")
    assert ".csv" in error["what"] and not list(tmp_path.iterdir())


def test_another_package_and_a_contradicted_record_are_adjustments(signed):
    """Where the source says its charge, the charge explains; else what the adjustment changed."""
    (signed / "khac.csv").write_text(
        USAGE.splitlines()[0] + "\n1;GOI;0912000001;0912000002;2021-08-02 08:00:00;99;;;\n", "utf-8"
    )
    take(signed, "khac.csv")
    settled_anew(signed, "--package", "none")
    done("adjust", "2021-08", "--home", signed / "nha")
    told = tied(signed, BILLED)
    found = causes(told)
    assert found["02", "voice"] == {"adjusted": 1_967}  # suspended now: two lengths of one call
    assert found["06", "pack"] == {} and found["10", "pack"] == {"overcharged": 5_000}
    assert found["14", "pack"] == {"undercharged": -20_000}
    assert told["counts"]["suspended_events"] == 3


def test_an_event_whose_charge_nobody_says_is_taken_as_it_was_signed(carrier, tmp_path):
    folder = tmp_path / "unsaid"
    shutil.copytree(carrier, folder)
    (folder / "them.csv").write_text(
        USAGE.splitlines()[0] + "\n9;GOICUOC;0912000001;;2021-08-18 09:00:00;;vnpt.VX3;GH;\n",
        "utf-8",
    )
    take(folder, "them.csv")
    home = ("--home", folder / "nha")
    done("settle", "--period", "2021-08", *home)
    sign(folder)
    billed = {**BILLED, ("18", "pack"): 10_000}
    assert causes(tied(folder, billed))["18", "pack"] == {}
    settled_anew(folder, "--package", "none")
    done("adjust", "2021-08", *home)
    assert causes(tied(folder, billed))["18", "pack"] == {"adjusted": -10_000}


def test_the_world_ties_out_with_what_its_own_tables_say(settled, tmp_path):
    """Refunds and charges above by day and kind, against SQL over the published tables."""
    home, _ = settled
    found = rows(home, """
        SELECT carrier, CAST(event.start_at AS DATE)::VARCHAR, kind, sum(refund)::BIGINT,
            sum(greatest(0, refund.charged - list_value))::BIGINT
        FROM settlement.refund AS refund JOIN usage.event AS event USING (event_id, carrier)
        GROUP BY ALL
    """)  # fmt: skip
    totals = rows(home, """SELECT carrier, CAST(day AS VARCHAR), kind, sum(payable)::BIGINT
        FROM rated.total GROUP BY ALL""")  # fmt: skip
    assert found
    for carrier in sorted({row[0] for row in totals}):
        payable = {row[1:3]: row[3] for row in totals if row[0] == carrier}
        known = {row[1:3]: row[3:] for row in found if row[0] == carrier}
        billed = {
            (day[8:], kind): amount + sum(known.get((day, kind), ()))
            for (day, kind), amount in payable.items()
        }
        path = book_of(tmp_path / "so.csv", billed, carrier=carrier)
        told = done("tie-out", "2021-08", "--carrier", carrier, "--ledger", path, "--home", home)
        assert told["tied"]
        for row in told["rows"]:
            refund, over = known.get((row["day"], row["kind"]), (0, 0))
            assert (int(row["refund"]), int(row["overcharged"])) == (refund, over)
            assert int(row["undercharged"]) == 0
    assert json.dumps(told)
