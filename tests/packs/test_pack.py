"""Evidence packs: the same bytes, only one carrier's rows, and every change found."""

import contextlib
import json
import os
import subprocess
import tarfile

import duckdb
import pytest

from doisoat.settlement.packs.build import listed_in, sealed
from doisoat.settlement.packs.contents import is_plain
from tests.integration.conftest import done, refused, run, tree_of

from .conftest import CARRIER, MONTH, check_here, script

LINE = "tables/relief_line.parquet"


def rewritten(folder, name, sql):
    """Change a table of a pack, and its manifest with it, as a forger would."""
    path = folder / name
    new = path.with_suffix(".new")
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE t AS FROM read_parquet('{path}')")
        assert con.execute(sql).fetchall()[0][0] > 0, sql
        con.execute(f"COPY t TO '{new}' (FORMAT parquet)")
    new.replace(path)
    relisted(folder)


def relisted(folder, **more):
    """List and seal anew what lies in a pack, and count the rows of the tables that can be read."""
    about = json.loads((folder / "manifest.json").read_bytes())
    about["files"] = listed_in(folder)
    for name in about["rows"]:
        if is_plain(folder / name):
            with contextlib.suppress(duckdb.InvalidInputException):
                rows = duckdb.execute(f"SELECT count(*) FROM read_parquet('{folder / name}')")
                ((about["rows"][name],),) = rows.fetchall()
    (folder / "manifest.json").write_bytes(sealed({**about, **more}))


def verified(folder, *more):
    status, told, _ = run("verify", folder, *more)
    assert (status == 0) == told["ok"] and status in (0, 3)
    return told


def test_an_unsigned_pack_is_right_and_says_that_it_is_a_draft(packed):
    before = tree_of(packed)
    told = verified(packed)
    assert told["ok"] and told["findings"] == []
    (note,) = told["notes"]
    assert note.endswith(f" | {MONTH} is unsigned: this is a draft")
    status, said = script(packed)
    assert status == 0 and "UNSIGNED" in said
    assert check_here(packed) is None
    assert tree_of(packed) == before


@pytest.mark.parametrize("name", ["check.sql", "verify_pack.py", "README.md"])
def test_checks_that_somebody_wrote_anew_are_not_believed(pack, name):
    path = pack / name
    path.write_text("SELECT 'all is right';\n", "utf-8")
    relisted(pack)
    told = verified(pack)
    assert [one["where"] for one in told["findings"]] == [str(path)]
    about = json.loads((pack / "manifest.json").read_bytes())
    (pack / "manifest.json").write_bytes(sealed({**about, "built_by": "0.0.9"}))
    told = verified(pack)  # of another version nobody can say what its checks were
    assert told["ok"] and any(str(path) in note and "0.0.9" in note for note in told["notes"])


def test_the_same_home_gives_the_same_bytes(packed, settled, tmp_path):
    told = done("pack", CARRIER, MONTH, "--home", settled[0], "--out", tmp_path / "other", "--tar")
    assert tree_of(tmp_path / "other") == tree_of(packed)
    assert not told["signed"] and told["checkpoint"].startswith("DS1-3-")  # two parts, and the run
    with tarfile.open(tmp_path / "other.tar") as archive:
        assert {one.mtime for one in archive} == {0}
        archive.extractall(tmp_path / "out", filter="data")
    assert tree_of(tmp_path / "out" / "other") == tree_of(packed)


def test_no_row_is_of_another_carrier(packed):
    for path in sorted((packed / "tables").iterdir()):
        with duckdb.connect() as con:
            rows = con.execute(f"FROM read_parquet('{path}')")
            names = [column[0] for column in rows.description]
            if "carrier" in names and path.name != "port.parquet":
                found = con.execute(f"SELECT DISTINCT carrier FROM read_parquet('{path}')")
                assert {row[0] for row in found.fetchall()} <= {CARRIER}, path.name


@pytest.mark.parametrize("carrier", ["viettel", "mobifone", "vietnamobile", "fpt", "cmc", "sctv"])
def test_every_carrier_is_worked_out_to_the_last_dong(settled, tmp_path, carrier):
    done("pack", carrier, MONTH, "--home", settled[0], "--out", tmp_path / "pack")
    assert check_here(tmp_path / "pack") is None and script(tmp_path / "pack")[0] == 0


@pytest.mark.parametrize("month", ["2021-07", "2021-09", "2021-10", "2021-11"])
@pytest.mark.parametrize("carrier", ["viettel", "vietnamobile"])
def test_months_that_open_from_a_month_before_are_worked_out(five_months, tmp_path, month, carrier):
    done("pack", carrier, month, "--home", five_months[0], "--out", tmp_path / "pack")
    assert check_here(tmp_path / "pack") is None


@pytest.mark.parametrize(
    ("carrier", "more"),
    [
        pytest.param(
            "mobifone",
            ("--reading", "m2.in_kind_value=pack_average_paid"),
            id="by what was paid for the pack, which a measure had cut",
        ),
        pytest.param("vietnamobile", ("--package", "vn-2021-all"), id="two programmes"),
    ],
)
def test_another_answer_is_worked_out_too(home, tmp_path, carrier, more):
    told = done("settle", "--period", MONTH, *more, "--home", home)
    assert not told["same_run"]
    done("pack", carrier, MONTH, "--home", home, "--out", tmp_path / "pack")
    assert check_here(tmp_path / "pack") is None


FUND = """\
id: fund
title: "Nhắn tin ủng hộ"
title_en: "Messages for a fund"
author: "-"
reference: "-"
baseline: vn-2021
measures:
  - id: FUND
    title: "1.800 đồng mỗi tin nhắn nội mạng vào quỹ"
    title_en: "1,800 dong of each on-net message to a fund"
    document: "-"
    carriers: [vnpt]
    valid_from: 2021-08-10
    valid_until: 2021-08-20
    order: 10
    scope: {kinds: [sms], destinations: [on_net], payments: [prepaid]}
    effect: {type: contribution, amount: "1800", to: "a fund"}
    source: "-"
    mark: assumed
"""


def test_money_of_messages_for_a_fund_is_worked_out_too(home, tmp_path):
    (tmp_path / "fund.yaml").write_text(FUND, "utf-8")
    done("settle", "--period", MONTH, "--package", tmp_path / "fund.yaml", "--home", home)
    pack = tmp_path / "pack"
    done("pack", CARRIER, MONTH, "--home", home, "--out", pack)
    assert check_here(pack) is None
    with duckdb.connect() as con:
        lines = con.read_parquet(str(pack / LINE)).filter("measure = 'FUND'")
        ((wrong, units),) = lines.aggregate(
            "count(*) FILTER (amount <> 1800 * units OR nature <> 'contribution'), sum(units)"
        ).fetchall()
    assert wrong == 0 < units
    rewritten(pack, LINE, f"UPDATE t SET amount = amount + 1 WHERE {of_one('FUND')}")
    assert "Relief lines of FUND" in check_here(pack)


def test_check_sql_is_for_duckdb_1(packed, old_duckdb):
    command = [old_duckdb, "-bail", "-f", "check.sql"]
    found = subprocess.run(command, capture_output=True, text=True, check=False, cwd=packed)
    assert found.returncode == 0 and "đúng | right" in found.stdout, found.stderr


def test_duckdb_1_ends_with_an_error_where_a_line_is_wrong(pack, old_duckdb):
    rewritten(
        pack, LINE, f"UPDATE t SET amount = amount + 1 WHERE measure = 'M6' AND {of_one('M6')}"
    )
    with open(pack / "check.sql") as text:
        found = subprocess.run(
            [old_duckdb], stdin=text, capture_output=True, text=True, check=False, cwd=pack
        )
    assert found.returncode == 1 and "Relief lines of M6 (discount)" in found.stderr


def of_one(measure):
    return f"event_id = (SELECT min(event_id) FROM t WHERE measure = '{measure}')"


UNREADABLE = "Source files: unreadable records"
FORGED = {
    **{
        f"one {measure} line of one đồng more": (
            LINE, f"UPDATE t SET amount = amount + 1 WHERE measure = '{measure}' AND "
            + of_one(measure),
            f"Relief lines of {measure}",
        )
        for measure in ("M1", "M2", "M3", "M4", "M5", "M6")
    },
    "a unit more": (LINE, f"UPDATE t SET units = units + 1 WHERE {of_one('M3')}", "M3"),
    "a line less": (LINE, f"DELETE FROM t WHERE {of_one('M6')}", "Relief lines of M6"),
    "a line twice": (LINE, f"INSERT INTO t SELECT * FROM t WHERE {of_one('M4')}", "No key twice"),
    "a line of another event": (
        LINE, f"UPDATE t SET event_id = uuid() WHERE {of_one('M2')}", "Relief lines of M2",
    ),
    "a second more of calls": (
        "tables/event.parquet", "UPDATE t SET units = units + 1000 WHERE kind = 'voice'", "Totals",
    ),
    "an event less": (
        "tables/event.parquet",
        "DELETE FROM t WHERE event_id = (SELECT min(event_id) FROM t WHERE kind = 'sms')", "Events",
    ),
    "what was charged": (
        "tables/event.parquet", "UPDATE t SET charged = charged + 1000000 WHERE kind = 'pack'",
        "Refunds",
    ),
    "a total": ("tables/total.parquet", "UPDATE t SET payable = payable + 1, list_value = "
                "list_value + 1 WHERE rowid = 0", "Totals"),
    "a relief total": (
        "tables/relief_total.parquet", "UPDATE t SET amount = amount + 1 WHERE rowid = 0",
        "Relief totals",
    ),
    "the statement's VAT": (
        "tables/statement.parquet", "UPDATE t SET discount_vat = discount_vat + 1", "The statement",
    ),
    "a statement's line": (
        "tables/statement_line.parquet", "UPDATE t SET vat = vat + 1 WHERE nature = 'discount'",
        "Lines of the statement",
    ),
    "the programme": ("tables/programme.parquet", "UPDATE t SET relief = relief + 1", "Programmes"),
    "suspense": ("tables/suspense.parquet", "DELETE FROM t WHERE rowid = 0", "rated"),
    "when a suspended event was": (
        "tables/suspense.parquet", "UPDATE t SET start_at = start_at + INTERVAL 1 SECOND",
        "Suspended events: their start",
    ),
    "an unreadable record less": (
        "tables/suspended_record.parquet", "DELETE FROM t WHERE rowid = 0", UNREADABLE,
    ),
    "an unreadable record twice": (
        "tables/suspended_record.parquet", "INSERT INTO t SELECT * FROM t WHERE rowid = 0",
        UNREADABLE,
    ),
    "an unreadable record for another reason": (
        "tables/suspended_record.parquet",
        "UPDATE t SET sub_reason = 'bad_units' WHERE sub_reason <> 'bad_units'", UNREADABLE,
    ),
    "a balance of before": (
        "tables/opening.parquet", "UPDATE t SET remaining = 0 WHERE item = 'source'", "Totals",
    ),
    "a refund": ("tables/refund.parquet", "UPDATE t SET refund = refund + 1", "Refunds"),
}  # fmt: skip


@pytest.mark.parametrize("forged", FORGED)
def test_check_sql_finds_what_is_wrong_though_all_digests_agree(pack, forged):
    name, sql, named = FORGED[forged]
    rewritten(pack, name, sql)
    assert verified(pack)["ok"]  # whoever forges also lists anew: that is what check.sql is for
    assert named in (check_here(pack) or "")


PARTED, TO_DATE = "Programmes: what counts", "Programmes: to date"
FILES, OURS, OWNERS = "Source files: those", "Statement lines, programmes", "Lines and refunds"
# Several at once, each of which another check finds: table, statement, what is named.
FORGED_AT_ONCE = {
    "recognised is said to be on own account": [
        ("programme", "recognised = recognised - 1000, own_account = own_account + 1000", PARTED),
        ("programme", "relief_to_date = relief - 1", TO_DATE),
        ("statement_line", "period = '2021-07'", OURS),
        ("relief_line", "owner_id = uuid()", OWNERS),
        ("source_file", "sha256 = repeat('0', 64)", FILES),
    ],
    "more is recognised than there is": [
        ("programme", "recognised = relief + 1000, own_account = -1000", PARTED),
        ("programme", "programme_relief = relief - 1", TO_DATE),
        ("suspense_total", "period = '2021-07'", OURS),
        ("refund", "start_at = start_at + INTERVAL 1 DAY", OWNERS),
        ("source_file", "of_period = 1", FILES),
    ],
    "the envelope is twice as large": [
        ("programme", "envelope = 2 * envelope", PARTED),
        ("programme", "true_up = 5000", TO_DATE),
        ("programme", "carrier = 'viettel'", OURS),
        ("source_file", "source_file = 0", "No key twice"),
    ],
}


@pytest.mark.parametrize("forged", FORGED_AT_ONCE)
def test_each_of_several_forgeries_is_named(pack, forged):
    for table, change, _ in FORGED_AT_ONCE[forged]:
        rewritten(pack, f"tables/{table}.parquet", f"UPDATE t SET {change}")
    found = check_here(pack) or ""
    assert [named for *_, named in FORGED_AT_ONCE[forged] if named not in found] == []


def test_what_no_line_says_to_be_on_own_account_is_found(pack):
    rewritten(
        pack, "tables/own_account.parquet",
        f"""INSERT INTO t BY NAME SELECT event_id, owner_id, carrier, start_at, measure, nature,
            amount, amount AS relief, 1 AS own_account, 'vn-2021-08' AS programme
        FROM read_parquet('{pack / LINE}') WHERE nature = 'discount' AND amount > 0 LIMIT 1""",
    )  # fmt: skip
    rewritten(pack, "tables/suspense_total.parquet", "INSERT INTO t SELECT * FROM t")
    found = check_here(pack) or ""
    assert PARTED in found and "No key twice" in found


def test_every_file_changed_by_a_byte_missing_or_added_is_found(pack):
    names = [one["name"] for one in json.loads((pack / "manifest.json").read_bytes())["files"]]
    for name in names:
        path = pack / name
        whole = path.read_bytes()
        path.write_bytes(bytes([whole[0] ^ 1]) + whole[1:] if whole else b"x")
        found = verified(pack)
        assert not found["ok"] and any(name in one["where"] for one in found["findings"]), name
        if name != "verify_pack.py":
            assert script(pack)[0] == 1, name
        path.unlink()
        assert not verified(pack)["ok"], name
        path.write_bytes(whole)
    (pack / "tables" / "more.parquet").write_bytes(b"")
    (finding,) = verified(pack)["findings"]
    assert finding["what"].endswith(" | nobody packed it")
    status, said = script(pack)
    assert status == 1 and "more.parquet: not listed" in said
    (pack / "tables" / "more.parquet").unlink()
    assert verified(pack)["ok"]


@pytest.mark.parametrize("name", ["ref/more.parquet", LINE, "tables", "run/manifest.json"])
@pytest.mark.parametrize("put", [
    os.mkfifo, lambda path: path.symlink_to("/dev/zero"), lambda path: path.symlink_to("."),
], ids=["pipe", "device", "folder"])  # fmt: skip
def test_what_is_no_plain_file_is_named_and_never_read(pack, name, put):
    path = pack / name
    if path.exists():
        path.rename(pack.with_name("outside"))
    put(path)
    relisted(pack)
    (found,) = verified(pack)["findings"]
    assert found["where"] == str(path) and "a link, a pipe or a device" in found["what"]
    assert script(pack) == (1, f"SAI | WRONG {name}: a link, a pipe or a device\n")
    error = refused(5, "consolidate", pack, "--drafts", "--home", pack.with_name("bo"))
    assert error["where"] == str(path) and not pack.with_name("bo").exists()


def test_a_pack_whose_manifest_is_a_pipe_is_none(pack):
    (pack / "manifest.json").unlink()
    os.mkfifo(pack / "manifest.json")
    error = refused(5, "consolidate", pack, "--drafts", "--home", pack.with_name("bo"))
    assert "not an evidence pack" in error["what"]


def test_a_manifest_that_says_another_thing_is_found(pack):
    path = pack / "manifest.json"
    whole = path.read_bytes()
    for changed in (whole + b"\n", whole.replace(b'"signed":false', b'"signed":true'),
                    whole.replace(b'"period":"2021-08"', b'"period":"2021-09"'), b"{}",
                    b""):  # fmt: skip
        path.write_bytes(changed)
        assert not verified(pack)["ok"], changed[:80]


def test_what_cannot_be_packed_is_refused(settled, packed, tmp_path, home):
    there = settled[0]
    assert "has no statement" in refused(7, "pack", "nobody", MONTH, "--home", there)["what"]
    assert "not settled" in refused(7, "pack", CARRIER, "2021-09", "--home", there)["what"]
    refused(7, "pack", CARRIER, "2021-13", "--home", there)
    told = refused(6, "pack", CARRIER, MONTH, "--home", there, "--out", packed)
    assert "here already" in told["what"]
    run_folder = next((home / "runs").iterdir())
    (run_folder / "catalogue.json").write_bytes(b"{}")
    refused(6, "pack", CARRIER, MONTH, "--home", home, "--out", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_pack_verifies_what_it_reads_of_a_home_and_no_narrow_columns(packed, home, tmp_path):
    narrow = max(home.glob("usage/part=*/narrow=*.bin"))
    narrow.write_bytes(b"not what was published")
    done("pack", CARRIER, MONTH, "--home", home, "--out", tmp_path / "new")
    assert tree_of(tmp_path / "new") == tree_of(packed)
    for pattern in ("usage/part=*/bucket=*", "usage/part=*/trait*", "master/part=*/subscription*"):
        path = max(home.glob(pattern))
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        told = refused(6, "pack", CARRIER, MONTH, "--home", home, "--out", tmp_path / "other")
        assert told["where"] == str(path) and "SHA-256" in told["what"]
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    assert not (tmp_path / "other").exists()


def test_a_call_keeps_the_plan_and_the_network_that_it_began_with(key, tmp_path):
    home = tmp_path / "home"
    number, vnpt, own = "0322718281", "0812718281", "0332718281"
    head = (
        "record_key,carrier,kind,number,account,other,started,duration_s,units,host,locality,pack,"
        "action,session,partial,charged"
    )
    parts = (
        (vnpt, "09 23:59:00", 61, "S1", 1),
        (vnpt, "10 00:00:01", 10, "S1", 2),  # since the 10th it is a number of the caller's own
        (vnpt, "10 00:00:30", 10, "", ""),
        (own, "11 23:59:30", 30, "S2", 1),
        (own, "12 00:00:00", 10, "S2", 2),  # by another plan since the 12th
    )
    files = {
        "subscriptions": "\n".join((
            "number,account,carrier,plan,segment,payment,home_locality,valid_from,valid_until",
            f"{number},,viettel,viettel.Tomato,standard,prepaid,25,2020-01-01 00:00:00.000,"
            "2021-08-12 00:00:00.000",
            f"{number},,viettel,viettel.Economy,standard,prepaid,25,2021-08-12 00:00:00.000,",
        )),
        "ports": f"number,carrier,valid_from,valid_until\n{vnpt},viettel,"
                 "2021-08-10 00:00:00.000,",
        "usage": "\n".join((head, *(
            f"k{place},viettel,voice,{number},,{other},2021-08-{at}.000,{seconds},,,25,,,"
            f"{session},{partial},"
            for place, (other, at, seconds, session, partial) in enumerate(parts)
        ))),
    }  # fmt: skip
    for kind, text in files.items():
        path = tmp_path / f"{kind}.csv"
        path.write_text(text + "\n", "utf-8")
        more = () if kind == "usage" else ("--kind", kind)
        done("intake", path, "--mapping", "world", "--key", key, "--home", home, *more)
    done("settle", "--period", MONTH, "--home", home)
    done("pack", "viettel", MONTH, "--home", home, "--out", tmp_path / "pack")
    assert check_here(tmp_path / "pack") is None
