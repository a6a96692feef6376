"""Claims from the form to the home: exit status, message, what is kept, and an unchanged home."""

import csv
import io
import json
import shutil
import zipfile

import polars as pl
import pytest

from doisoat.engine.store import commit
from doisoat.engine.store.home import open_home
from doisoat.errors import StoreError
from doisoat.settlement.claims import act as filing
from doisoat.settlement.database import acts
from doisoat.settlement.log import journal
from doisoat.settlement.records.claim_model import ITEMS
from doisoat.settlement.records.claim_records import in_force
from tests.integration.conftest import Killed, done, process, refused, rows, run, tree_of

from .conftest import DAY, as_csv, as_json, as_xlsx, parts_of, sheet_xml, table, zipped
from .test_bad_books import BOMB, INTS

GRAINS = ("statement", "day", "province", "measure")
TELLS = "SELECT carrier, grain, version, in_force FROM settlement.claim ORDER BY ALL"
OTHER = ("M5", "contribution", "2021-08-06", "event", "2", "2", "10000")


@pytest.fixture
def home(settled, tmp_path):
    """A copy of the settled home, without the world's own files."""
    copy = tmp_path / "out"
    shutil.copytree(settled[0], copy, ignore=shutil.ignore_patterns("world"))
    return copy


@pytest.fixture
def file(tmp_path):
    def write(content, name="ke-khai.csv"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


def filled(path, value="7"):
    """The form of a claim as delimited text with every figure filled in."""
    form = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))
    body = [row if row[0].startswith("Cộng") else [cell or value for cell in row] for row in form]
    return as_csv(body)


@pytest.mark.parametrize("grain", GRAINS)
def test_from_the_form_to_the_home(home, tmp_path, file, grain):
    form = tmp_path / "mau.csv"
    told = done("claim", "template", "2021-08", "--carrier", "viettel", "--grain", grain,
                "--as", "csv", "--out", form, "--home", home)  # fmt: skip
    path = file(filled(form, "0"))
    checked = done("claim", "check", path, "--carrier", "viettel", "--home", home)
    assert checked["ok"] and checked["rows"] == told["rows"] and checked["grain"] == grain
    said = ("--why", "đợt 1", "--by", "kế toán A")
    [filed] = done("claim", "file", path, "--home", home, *said)["claims"]
    assert (filed["version"], filed["already"], filed["in_force"]) == (1, False, True)
    [stored] = in_force(open_home(home), "2021-08")
    assert stored.cells().height == told["rows"] and stored.sha256 == checked["sha256"]
    assert (stored.path / "received.csv").read_bytes() == path.read_bytes()
    assert rows(home, TELLS) == [("viettel", grain, 1, True)]
    assert done("verify", "--home", home)["ok"] and done("store", "check", "--home", home)["ok"]
    last = journal.entries(open_home(home))[-1]
    assert (last["what"], last["why"], last["carrier"]) == ("claim", "đợt 1", "viettel")
    assert last["by"] == "kế toán A" and last["who"] == journal.who()
    assert done("claim", "list", "--home", home)["claims"][0]["filed_by"] == "kế toán A"


def test_versions_and_the_same_file_twice(home, file):
    first, second = file(as_csv(table(DAY)), "a.csv"), file(as_csv(table(OTHER)), "b.csv")
    vnpt = file(as_json([DAY], carrier="vnpt"), "c.json")
    told = done("claim", "file", first, first, second, vnpt, "--home", home)["claims"]
    assert [(one["version"], one["in_force"]) for one in told] == [
        (1, False), (2, True), (1, True),
    ]  # fmt: skip
    before = tree_of(home)
    status, told, note = run("claim", "file", first, "--home", home)
    assert status == 3 and "filed as version 1; version 2 stays in force" in note
    assert [
        (one["version"], one["already"], one["in_force"], one["version_in_force"])
        for one in told["claims"]
    ] == [(1, True, False, 2)]
    status, told, note = run("claim", "file", first, second, "--home", home)  # the same again
    assert status == 0 and "stays in force" not in note
    assert [(one["already"], one["in_force"]) for one in told["claims"]] == [
        (True, False), (True, True)
    ]  # fmt: skip
    assert done("claim", "file", second, "--home", home)["claims"][0]["already"]
    assert tree_of(home) == before
    listed = done("claim", "list", "2021-08", "--home", home)["claims"]
    assert [(one["carrier"], one["version"], one["in_force"]) for one in listed] == [
        ("viettel", 1, False), ("viettel", 2, True), ("vnpt", 1, True),
    ]  # fmt: skip
    stored = in_force(open_home(home), "2021-08")
    assert [(one.carrier, one.version, one.amount) for one in stored] == [
        ("viettel", 2, 10_000), ("vnpt", 1, 1_180),
    ]  # fmt: skip
    assert in_force(open_home(home), "2021-09") == []
    assert done("claim", "list", "2021-09", "--home", home)["claims"] == []
    assert rows(home, TELLS) == [
        ("viettel", "day", 1, False), ("viettel", "day", 2, True), ("vnpt", "day", 1, True),
    ]  # fmt: skip
    assert done("verify", "--home", home)["ok"]


def test_lines_are_filed_from_columns(home, file):
    line = pl.DataFrame(
        {"event_hi": [1], "event_lo": [2], "owner_hi": [3], "owner_lo": [4],
         "start_ms": [1_628_121_600_000], "home_province": ["01"], "measure": ["M6"],
         "nature": ["discount"], "units": [5], "amount": [6]},
        schema_overrides={f"{of}_{half}": pl.UInt64 for of in ("event", "owner")
                          for half in ("hi", "lo")},
    )  # fmt: skip
    path = file(b"", "a.parquet")
    line.write_parquet(path)
    said = ("--carrier", "viettel", "--period", "2021-08", "--home", home)
    done("claim", "file", path, *said)
    [stored] = in_force(open_home(home), "2021-08")
    assert stored.grain == "lines" and stored.lines().collect().equals(line)
    assert stored.cells().is_empty() and done("verify", "--home", home)["ok"]
    # The same bytes cannot be another carrier's claim as well.
    before = tree_of(home)
    error = refused(5, "claim", "file", path, "--carrier", "vnpt", *said[2:])
    assert "vnpt has no such measure" not in error["what"]
    assert "filed already as the claim of viettel 2021-08 lines" in error["what"]
    assert tree_of(home) == before


def test_findings_that_are_kept_are_kept(home, file):
    rows_ = table((*DAY[:6], "-1180"), ("Cộng", "", "", "", "", "", "5"))
    path = file(as_csv(rows_))
    status, told, _ = run("claim", "check", path, "--home", home)
    assert status == 3 and not told["ok"]
    kinds = [one["kind"] for one in told["findings"]]
    assert kinds == ["sign", "claim_arithmetic"]
    done("claim", "file", path, "--home", home)
    [stored] = in_force(open_home(home), "2021-08")
    assert [one.kind for one in stored.findings] == kinds
    assert stored.totals()["amount"].to_list() == [5]
    assert rows(home, "SELECT findings FROM settlement.claim") == [(2,)]


BAD = {
    "formulas instead of values": (
        as_xlsx(table((*INTS[:6], "=F6*2"))), "xlsx", "Kê khai!G6", "a formula"),
    "merged cells": (
        as_xlsx(table(INTS), after='<mergeCells><mergeCell ref="A6:B6"/></mergeCells>'), "xlsx",
        "Kê khai!A6:B6", "cells are merged"),
    "text numbers with both separators": (
        as_csv(table((*DAY[:6], "1.234,567"))), "csv", "6:7", "both a point and a comma"),
    "hidden sheets": (
        as_xlsx(table(INTS), (("Kê khai", "visible"), ("Nháp", "hidden"))), "xlsx", "Nháp",
        "the sheet is hidden"),
    "another carrier's code": (
        as_csv(table(DAY, carrier="vnpt")), "csv", "1:2", "it is of 'vnpt', not of viettel"),
    "a million rows": (
        as_csv(table(*[DAY] * 20)), "csv", "ke-khai.csv", "more than 20 rows"),
    "macros": (
        as_xlsx(table(INTS), more={"xl/vbaProject.bin": b"\0"}), "xlsx", "xl/vbaProject.bin",
        "it has macros"),
    "an XML bomb": (
        zipped(parts_of(BOMB + sheet_xml(table(INTS))[21:])), "xlsx", "xl/worksheets/sheet1.xml",
        "an XML bomb?"),
    "external links": (
        as_xlsx(table(INTS), more={"xl/externalLinks/externalLink1.xml": "<a/>"}), "xlsx",
        "externalLink1.xml", "links to other files"),
    "a period that is not the declared one": (
        as_csv(table(DAY, period="2021-09")), "csv", "2:2", "not of 2021-08"),
    "a zip bomb": (
        as_xlsx(table(INTS), more={"xl/media/a": b"\0" * 9_000_000}), "xlsx", "xl/media/a",
        "a zip bomb?"),
    "a measure of another carrier": (
        as_csv(table(("M9", *DAY[1:]))), "csv", "6:1", "viettel has no measure 'M9'"),
    "amounts past 64 bits together": (
        as_csv(table((*DAY[:6], str(2**63 - 1)), ("M6", "discount", "2021-08-06", *DAY[3:6],
                                                  str(2**63 - 1)))),
        "csv", "6–7:7", "past the limit, 100.000.000.000.000.000"),
    "a unit that is missing": (
        as_csv(table((*DAY[:3], "", *DAY[4:]))), "csv", "6:4", "missing: unit"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_with_its_address_and_the_home_unchanged(
    home, file, monkeypatch, name
):
    content, suffix, where, what = BAD[name]
    if name == "a million rows":
        monkeypatch.setattr("doisoat.engine.tables.delimited.ROWS_MAX", 20)
    path = file(content, f"ke-khai.{suffix}")
    before = tree_of(home)
    said = ("--carrier", "viettel", "--period", "2021-08", "--home", home)
    for act in ("file", "check"):
        error = refused_claim("claim", act, path, *said)
        assert what in error["error"]["what"] and where in error["error"]["where"]
        assert error["findings"] and error["findings"][0]["refuses"]
    assert tree_of(home) == before
    # One bad file among good ones: none of them is filed.
    good = file(as_csv(table(DAY)), "tot.csv")
    assert run("claim", "file", good, path, *said)[0] == 5
    assert tree_of(home) == before


def test_claims_that_are_filed_together_are_filed_all_or_none(home, file, monkeypatch):
    """Killed once the first is told, none is filed; run again, both are, as if nothing had been."""
    files = file(as_csv(table(DAY)), "a.csv"), file(as_json([DAY], carrier="vnpt"), "c.json")
    line = ("claim", "file", *files, "--home", home)
    told, tell = list[str](), journal.append

    def killed(of, entry):
        if told:
            raise Killed
        told.append(str(entry["claim"]))
        tell(of, entry)

    with monkeypatch.context() as patched:
        patched.setattr(journal, "append", killed)
        patched.setattr(acts, "publish", killed)
        with pytest.raises(Killed):
            run(*line)
    assert len(told) == 1 and told[0] in (home / "log" / "journal.jsonl").read_text()
    assert done("claim", "list", "--home", home)["claims"] == []
    checked = done("store", "check", "--home", home)
    assert len(checked["notes"]) == 2 and "is to be run again" in checked["notes"][0]
    assert done("verify", "--home", home)["ok"]
    found = done(*line)["claims"]
    assert [(one["carrier"], one["version"], one["already"]) for one in found] == [
        ("viettel", 1, False), ("vnpt", 1, False),
    ]  # fmt: skip
    assert done("store", "check", "--home", home)["notes"] == []
    assert done("verify", "--home", home)["ok"]
    assert len(done("claim", "list", "--home", home)["claims"]) == 2


def test_a_face_that_cannot_be_published_leaves_no_folder(home, file, monkeypatch):
    def fails(of, entry):
        raise StoreError("no space", str(of.path), "free some")

    path, before = file(as_csv(table(DAY))), tree_of(home)
    with monkeypatch.context() as patched:
        patched.setattr(acts, "publish", fails)
        assert run("claim", "file", path, "--home", home)[0] == 6
    assert tree_of(home) == before
    assert done("claim", "file", path, "--home", home)["claims"][0]["version"] == 1


def refused_claim(*args):
    """What is printed of a refusal; once to people, in both languages."""
    status, told, _ = run(*args)
    assert status == 5
    assert {"what", "where", "mend"} <= told["error"].keys() and " | " in told["error"]["what"]
    return told


def test_a_check_tells_every_finding_and_needs_no_home(tmp_path, file, monkeypatch, capsys):
    from doisoat import cli

    monkeypatch.chdir(tmp_path)
    odd = ("M0", *DAY[1:])
    path = file(as_csv(table(odd, odd, (*DAY[:2], "x", *DAY[3:]))))
    assert cli.run(["claim", "check", str(path)]) == 5
    out, err = capsys.readouterr()
    first, first_mend, second, second_mend = out.splitlines()
    assert first.split("\t")[:2] == ["6–7:1 (2 chỗ | places)", "measure"]
    assert second.split("\t")[:2] == ["8:3", "day"]
    assert all("Cách sửa | To mend: ghi " in line for line in (first_mend, second_mend))
    # What was told is not told again.
    assert err.count("Error: ") == 1 and "Traceback" not in err and "M0" not in err
    assert "bị từ chối vì 3 lỗi đã nêu" in err and "refused for the 3 faults named" in err
    assert cli.run(["claim", "check", str(file(as_csv(table(DAY))))]) == 0
    assert not (tmp_path / "out").exists()
    refused(6, "claim", "file", path, "--home", tmp_path / "out")
    refused(6, "claim", "check", path, "--home", tmp_path / "khac")


def test_names_are_those_of_the_run_in_force(home, file, tmp_path):
    """With a run of the month, the package is the run's; without one, that of --package."""
    path = file(as_csv(table(DAY)))
    none = ("--package", "none")
    assert done("claim", "check", path, "--home", home, *none)["ok"]
    later = file(as_csv(table((*DAY[:2], "2021-09-05", *DAY[3:]), period="2021-09")), "sau.csv")
    told = refused_claim("claim", "check", later, "--home", home, *none)
    assert "viettel has no measure 'M6'" in told["error"]["what"]
    assert done("claim", "check", later, "--home", home)["ok"]
    error = refused(5, "claim", "template", "2021-09", "--carrier", "viettel", "--grain", "day",
                    "--out", tmp_path / "a.xlsx", "--home", home, *none)  # fmt: skip
    assert "no measure of viettel" in error["what"]
    error = refused(5, "claim", "template", "2021-08", "--carrier", "vina", "--grain", "day",
                    "--out", tmp_path / "a.xlsx", "--home", home)  # fmt: skip
    assert "no carrier is called 'vina'" in error["what"] and "viettel" in error["mend"]


def test_a_claim_comes_before_anything_is_settled(settled, tmp_path, file):
    home = tmp_path / "out"
    shutil.copytree(
        settled[0], home,
        ignore=shutil.ignore_patterns("world", "runs", "log", "relief*", "current.json", "reports"),
    )  # fmt: skip
    done("claim", "file", file(as_csv(table(DAY))), "--home", home)
    assert len(in_force(open_home(home), "2021-08")) == 1
    assert not (home / "relief.duckdb").exists()
    done("settle", "--period", "2021-08", "--home", home)
    assert rows(home, TELLS) == [("viettel", "day", 1, True)]


def test_what_a_killed_writer_left_is_a_note_and_is_made_again(home, file, monkeypatch):
    path = file(as_csv(table(DAY)))

    def die(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(filing, "_tell", die)
        assert run("claim", "file", path, "--home", home)[0] == 130
    assert in_force(open_home(home), "2021-08") == []
    told = done("store", "check", "--home", home)
    assert "doisoat claim file was killed" in told["notes"][0]
    [filed] = done("claim", "file", path, "--home", home)["claims"]
    assert (filed["version"], filed["already"]) == (1, False)
    assert done("verify", "--home", home)["notes"] == []


@pytest.mark.parametrize(
    "name", ["received.csv", "claim.parquet", "total.parquet", "manifest.json"]
)
def test_a_changed_byte_of_a_claim_is_found(home, file, name):
    done("claim", "file", file(as_csv(table(DAY))), "--home", home)
    [stored] = in_force(open_home(home), "2021-08")
    target = stored.path / name
    content = bytearray(target.read_bytes())
    content[len(content) // 2] ^= 1
    target.write_bytes(content)
    status, told, _ = run("verify", "--home", home)
    assert status == 3
    assert any(stored.sha256 in one["where"] for one in told["findings"])


def test_a_claim_that_is_lost_or_that_nobody_filed_is_found(home, file):
    done("claim", "file", file(as_csv(table(DAY))), "--home", home)
    [stored] = in_force(open_home(home), "2021-08")
    stranger = stored.path.with_name("0" * 64)
    shutil.copytree(stored.path, stranger)
    _, told, _ = run("store", "check", "--home", home)
    (finding,) = told["findings"]
    assert finding["what"].endswith(" | its name is not the SHA-256 of what was received")
    shutil.rmtree(stranger)
    shutil.rmtree(stored.path)
    _, told, _ = run("store", "check", "--home", home)
    (finding,) = told["findings"]
    assert finding["what"].endswith(" | lost: an entry of the log tells of it")
    assert "restore this claim" in refused(6, "claim", "list", "--home", home)["mend"]


def test_a_file_that_changes_under_the_reader_is_not_filed(home, file, names):
    from doisoat.errors import IntakeError
    from doisoat.settlement.claims.read import read_claim

    path = file(as_csv(table(DAY)))
    claim = read_claim(path, names)
    path.write_bytes(as_csv(table(OTHER)))
    before = tree_of(home)
    with pytest.raises(IntakeError, match="changed while it was read"):
        filing.file_claims(home, [(path, claim)])
    assert tree_of(home) == before


def test_no_number_is_said(file, tmp_path, monkeypatch):
    """A subscriber's number that somebody typed into a claim is said nowhere."""
    monkeypatch.chdir(tmp_path)
    path = file(as_csv(table(("0912345678", *DAY[1:]))))
    ended = process("claim", "check", path)
    out, err = ended.communicate(timeout=120)
    assert ended.returncode == 5 and b"12345678" not in out + err
    told = run("claim", "check", path)[1]
    assert "12345678" not in json.dumps(told)


def test_the_form_is_the_same_bytes_and_holds_no_figure(home, tmp_path):
    said = (
        "claim",
        "template",
        "2021-08",
        "--carrier",
        "viettel",
        "--grain",
        "day",
        "--home",
        home,
    )
    for name in ("a", "b"):
        done(*said, "--out", tmp_path / f"{name}.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.xlsx") as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count("<f>") == 3 and 'state="frozen"' in sheet
    status, told, _ = run("claim", "check", tmp_path / "a.xlsx", "--home", home)
    assert status == 5 and {one["kind"] for one in told["findings"]} == {"missing"}
    assert commit.sha256_of(tmp_path / "a.xlsx")


@pytest.mark.parametrize(
    ("given", "name", "kind"),
    [((), "mau.csv", "csv"), ((), "mau.json", "json"), ((), "mau.xlsx", "xlsx"),
     (("--as", "csv"), "mau.csv", "csv")],
)  # fmt: skip
def test_the_kind_of_a_form_is_that_of_its_file(tmp_path, monkeypatch, given, name, kind):
    monkeypatch.chdir(tmp_path)
    said = ("claim", "template", "2021-08", "--carrier", "viettel", "--grain", "measure")
    done(*said, "--out", name, *given)
    begin = {"csv": b"\xef\xbb\xbf", "json": b"{", "xlsx": b"PK"}[kind]
    assert (tmp_path / name).read_bytes().startswith(begin)


@pytest.mark.parametrize(
    ("given", "name"), [(("--as", "xlsx"), "mau.csv"), (("--as", "json"), "mau"), ((), "mau.pdf")]
)
def test_a_file_named_as_another_kind_is_refused(tmp_path, monkeypatch, given, name):
    monkeypatch.chdir(tmp_path)
    said = ("claim", "template", "2021-08", "--carrier", "viettel", "--grain", "measure")
    error = refused(6, *said, "--out", name, *given)
    assert "ends in ." in error["what"] and not list(tmp_path.iterdir())


def test_a_form_of_a_month_without_a_run_says_whose_names_it_has(home, tmp_path):
    out = ("--carrier", "viettel", "--grain", "day", "--home", home, "--out", tmp_path / "a.csv")
    status, _, note = run("claim", "template", "2021-09", *out)
    assert status == 0 and "no run of 2021-09 is in force: measures are those of vn-2021-08" in note
    assert "no run" not in run("claim", "template", "2021-08", *out)[2]
    error = refused(5, "claim", "template", "2022-08", *out)
    assert error["where"] == "2022-08" and "from 2021-08-05 to before 2021-11-05" in error["what"]
    assert "--package" in error["mend"]


def test_a_carrier_that_nobody_knows_is_answered_by_those_that_are(home, file, tmp_path):
    error = refused(5, "claim", "list", "--carrier", "vinafone", "--home", home)
    assert "'vinafone'" in error["what"] and "mobifone, sctv" in error["mend"]
    out = ("--grain", "day", "--out", tmp_path / "a.csv", "--home", home)
    assert refused(5, "claim", "template", "2021-08", "--carrier", "vinafone", *out)
    assert done("claim", "list", "--carrier", "vnpt", "--home", home)["claims"] == []


def test_figures_are_added_by_nature_and_unit_alone(home, file, capsys):
    from doisoat import cli

    in_kind = ("M6", "in_kind", "2021-08-06", "ms", "2", "5", "70")
    byte = ("M3", "discount", "2021-08-06", "byte", "4", "9", "30")
    path = file(as_csv(table(DAY, OTHER, in_kind, byte)))
    sums = [
        {"nature": nature, "unit": unit, "events": events, "units": units, "amount": amount}
        for nature, unit, events, units, amount in (
            ("contribution", "event", "2", "2", "10000"), ("discount", "byte", "4", "9", "30"),
            ("discount", "ms", "3", "60000", "1180"), ("in_kind", "ms", "2", "5", "70"),
        )
    ]  # fmt: skip
    assert done("claim", "check", path, "--home", home)["sums"] == sums
    assert done("claim", "file", path, "--home", home)["claims"][0]["sums"] == sums
    assert done("claim", "list", "--home", home)["claims"][0]["sums"] == sums
    statement = file(as_csv(table(*((item, "0") for item in ITEMS), grain="statement")), "s.csv")
    assert done("claim", "check", statement, "--home", home)["sums"] == []
    for line in (("list",), ("check", path)):
        capsys.readouterr()
        assert cli.run(["claim", *map(str, line), "--home", str(home)]) == 0
        told = capsys.readouterr().out
        assert "Giảm trừ | Discount\t1.180 đ\t3 sự kiện | events\t1,0 phút | 1.0 minutes" in told
        assert "11.280" not in told  # natures do not add up


def test_who_files_a_version_is_told_what_was_asked_of_the_one_before(home, file):
    first, second = (file(as_csv(table((*DAY[:6], amount))), f"{amount}.csv")
                     for amount in ("1180", "1190"))  # fmt: skip
    told = done("claim", "file", first, "--home", home)["claims"]
    assert told[0]["earlier_variances"] == {}
    status, found, _ = run("reconcile", "--period", "2021-08", "--home", home)
    assert status == 3
    one, other = (variance["id"] for variance in found["variances"][:2])
    done("variance", "ask", one, other, "--home", home)
    said = ("--why", "công văn 3", "--by", "kế toán A")
    done("variance", "accept", other, *said, "--home", home)
    status, told, note = run("claim", "file", second, "--home", home)
    assert status == 0
    assert told["claims"][0]["earlier_variances"] == {"accepted": 1, "asked": 1}
    assert "1 doanh nghiệp đồng ý, 1 đã hỏi" in note and "1 accepted, 1 asked" in note
    # Another grain, or the same file again, is no version of it.
    other_grain = file(as_csv(table((*DAY[:2], *DAY[3:]), grain="measure")), "m.csv")
    for path in (other_grain, second):
        told = done("claim", "file", path, "--home", home)["claims"]
        assert told[0]["earlier_variances"] == {}
