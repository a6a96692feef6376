"""Carriers' homes, their signed packs, and the ministry's home that is made of them.

It is held to the home of one who has all files: in every total, and in the very digest. What may
not be taken in is refused with the reason, and the home is as it was.
"""

import hashlib
import json
import shutil
from collections import Counter
from datetime import datetime

import duckdb
import pytest

from doisoat import cli
from doisoat.engine.intake.records.convert import TraitBook
from doisoat.engine.store import commit
from doisoat.engine.store.commit import Staging
from doisoat.engine.store.home import Home, list_parts, open_home
from doisoat.errors import IntakeError, KeyFileError, PeriodError
from doisoat.fixtures.assumptions import PLANTED, read_assumptions
from doisoat.fixtures.simulate import simulate
from doisoat.settlement.consolidate import (
    act as run,
)
from doisoat.settlement.consolidate import (
    pack_events,
)
from doisoat.settlement.consolidate import (
    part_intake as take,
)
from doisoat.settlement.consolidate import (
    refusals as refuse,
)
from doisoat.settlement.consolidate import (
    signed_tables as signed,
)
from doisoat.settlement.consolidate.compare import has_shared_envelope
from doisoat.settlement.consolidate.moved_figures import moved_by
from doisoat.settlement.consolidate.usage import write_usage
from doisoat.settlement.consolidate.verified_pack import read_packs
from doisoat.settlement.log import journal
from doisoat.settlement.packs.build import sealed
from doisoat.settlement.runs.runs import tariffs_of
from tests.made_once import copy_of_made, made_once

from .conftest import done, kind_of, passphrase_in, refused, rows, take_world, tree_of
from .conftest import run as command

MONTHS = ("2021-07", "2021-08")
CARRIERS = ("cmc", "fpt", "mobifone", "sctv", "vietnamobile", "viettel", "vnpt")
FIBRE = ("fpt", "sctv")  # small: for what needs no more
OF_MONTHS = "start_at < '2021-09-01'"
SAME = {  # of the ministry's home and of one with all files
    **{
        table: f"SELECT * FROM {table} ORDER BY ALL"
        for table in (
            "rated.total", "rated.relief_total", "rated.relief_line", "settlement.statement",
            "settlement.statement_line", "settlement.programme", "settlement.refund",
            "settlement.suspense", "settlement.own_account", "settlement.burn_down",
        )
    },
    "usage.event": "SELECT * EXCLUDE (source_file) FROM usage.event"
    f" WHERE {OF_MONTHS} ORDER BY ALL",
    "usage.subscription": "SELECT * FROM usage.subscription"
    " WHERE valid_from < '2021-09-01' ORDER BY ALL",
    "rated.shard": "SELECT period, shard, s.digest FROM rated.shard AS s"
    " JOIN rated.run USING (run) ORDER BY ALL",
    "rated.counter": "SELECT period, name, count FROM rated.counter"
    " JOIN rated.run USING (run) ORDER BY ALL",
    "result digests": "SELECT period, digest FROM rated.run ORDER BY ALL",
    "places in files": "SELECT event_id, name, sha256, row FROM usage.event"
    f" JOIN usage.source_file USING (source_file) WHERE {OF_MONTHS} ORDER BY ALL",
}  # fmt: skip
PORTED = """SELECT count(*) FROM (SELECT subscriber_id FROM usage.subscription
    GROUP BY ALL HAVING count(DISTINCT carrier) > 1)"""


def of_carrier(path, carrier):
    return carrier in path.name or path.name == "ports.csv"


@pytest.fixture(scope="module")
def signing(tmp_path_factory):
    """The options of `sign` with a key, its public key, and that of a stranger."""
    return made_once(tmp_path_factory, "consolidated-by", new_signers)


def new_signers(folder):
    secret = passphrase_in(folder)
    own, other = (
        done("signer", "new", name, "--key", folder / name, "--passphrase-file", secret)["public"]
        for name in ("ke-toan", "la-mat")
    )
    return ("--key", folder / "ke-toan", "--passphrase-file", secret), own, other


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """The files of a world of two months with few people, of whom many change their carrier."""
    return made_once(tmp_path_factory, "world-of-changes", write_world)


def write_world(folder):
    tree = read_assumptions()
    small = {
        f"carriers__{name}__{key}": value
        for name in tree.carriers
        for key, value in (
            ("file_days", 31), ("share", 25),
            ("fibre_lines", 2 if name in tree.fibre.plans.value else 0),
        )
    }  # fmt: skip
    some = {f"planted__{name}": 4_000 for name in PLANTED}
    assumptions = tree.changed(
        people__ports_in_period=50_000, people__ported_before=20_000, people__joins=10_000,
        people__leaves=10_000, people__account_of_postpaid=50,
        fibre__lines={name: 2 for name in tree.fibre.lines.value}, **small, **some,
    )  # fmt: skip
    period = (datetime(2021, 7, 1), datetime(2021, 9, 1))
    made = simulate(folder / "world", 7, 60, period, assumptions=assumptions)
    return sorted(filter(kind_of, made.path.iterdir()))


def packed(folder, files, key, signing, carriers, months):
    """A home a carrier with its own files, every month settled, signed and packed; the packs."""
    for carrier in carriers:
        home = folder / "of" / carrier
        take_world([path for path in files if of_carrier(path, carrier)], home, key)
        done("signer", "add", *signing[0][:2], "--why", "bổ nhiệm", "--home", home)
        for month in months:
            done("settle", "--period", month, "--home", home)
            done("sign", month, "--no-pack", *signing[0], "--home", home)
            pack = folder / "packs" / f"{month}-{carrier}"
            done("pack", carrier, month, "--home", home, "--out", pack)
    return sorted((folder / "packs").iterdir())


@pytest.fixture(scope="module")
def both(tmp_path_factory, world, key, signing):
    """A folder with the homes and packs of two carriers' July, and a home made of both packs; and
    what was said of that."""

    def make(folder):
        packs = packed(folder, world, key, signing, FIBRE, MONTHS[:1])
        return done("consolidate", *packs, "--home", folder / "both")

    return copy_of_made(tmp_path_factory, "two", make)


@pytest.fixture
def two(both):
    """The folder with the homes and packs of two carriers' July."""
    return both[0]


@pytest.fixture
def of_two(both):
    """A home made of both packs, not to be changed; and what was said."""
    return both[0] / "both", both[1]


def pack_of(two, carrier):
    return two / "packs" / f"{MONTHS[0]}-{carrier}"


@pytest.fixture
def forged(two, tmp_path):
    """Copies of packs with a table changed and all digests made anew, as a forger would."""
    from tests.packs.test_pack import rewritten

    def forge(carrier, table, sql):
        folder = shutil.copytree(pack_of(two, carrier), tmp_path / carrier)
        name = f"tables/{table}.parquet"
        rewritten(folder, name, sql)
        about = json.loads((folder / "manifest.json").read_bytes())
        with duckdb.connect() as con:
            count = f"SELECT count(*) FROM read_parquet('{folder / name}')"
            about["rows"][name] = con.execute(count).fetchall()[0][0]
        (folder / "manifest.json").write_bytes(sealed(about))
        return folder

    return forge


def unchanged(home, status, *args):
    """What a call that must fail so says; the home is as it was, or still is not there."""
    before = tree_of(home) if home.exists() else None
    told = refused(status, "consolidate", *args, "--home", home)
    assert (tree_of(home) if home.exists() else None) == before
    return told


def test_seven_homes_two_months_are_one_home_in_every_total(tmp_path, world, key, signing):
    packs = packed(tmp_path, world, key, signing, CARRIERS, MONTHS)
    july, august = ([path for path in packs if path.name.startswith(month)] for month in MONTHS)
    one, home = tmp_path / "one", tmp_path / "ministry"
    take_world(world, one, key)
    for month in MONTHS:
        done("settle", "--period", month, "--home", one)
    assert "goes on from 2021-07" in unchanged(home, 7, *august)["what"]
    assert not home.exists()
    # One carrier is late with July; then its pack comes with all of August, in any order.
    late = [path for path in july if path.name.endswith("viettel")]
    first = done("consolidate", *(path for path in july if path not in late), "--home", home)
    assert first["ok"] and len(first["packs"]) == 6
    told = done("consolidate", *reversed(august), *late, "--home", home)
    assert told["ok"] and [one["period"] for one in told["runs"]] == [*MONTHS]
    for what, sql in SAME.items():
        assert rows(home, sql) == rows(one, sql), what
    assert rows(home, PORTED)[0][0] > 0  # one pseudonym, in the packs of two carriers
    assert sum(row[0] for row in rows(home, "SELECT suspended FROM settlement.statement")) > 0
    assert rows(home, "SELECT count(*) FROM usage.suspense WHERE reason = 'malformed'") == rows(
        one, "SELECT count(*) FROM usage.suspense AS s JOIN usage.source_file USING (source_file)"
        " WHERE reason = 'malformed' AND kind = 'usage'",
    )  # fmt: skip
    for pack in told["packs"]:
        events = pack["events"]
        assert events["rows"] == events["taken"] + events["duplicates"] + events["suspended"]
        assert pack["told"] == pack["here"] and pack["differences"] == []
    # It is evidence: which packs, in the log; and a home like any other.
    entries = [one for one in journal.entries(open_home(home)) if one["what"] == "consolidate"]
    taken = {pack["manifest_sha256"]: pack for one in entries for pack in one.get("packs", ())}
    assert taken.keys() == {
        one["manifest_sha256"] for one in (*first["packs"], *told["packs"])
    } and len(taken) == len(packs)
    assert all(pack["signed"] and pack["signer"] for pack in taken.values())
    assert done("verify", home)["ok"]
    standing = done("status", "--home", home)
    assert {one["period"]: one["state"] for one in standing["periods"]} == dict.fromkeys(
        MONTHS, "settled"
    )
    assert standing["stale"] == [] and len(standing["packs"]) == len(packs)
    # Parts may be merged: the packs are known all the same, and come to the same.
    assert len(done("store", "compact", "--home", home)["merged"]) == 2
    before = tree_of(home)
    again = done("consolidate", *packs, "--home", home)
    assert again["ok"] and again["part"] is None and all(one["already"] for one in again["packs"])
    assert tree_of(home) == before


def test_events_and_places_are_those_of_the_carriers(two, of_two, tmp_path):
    home, told = of_two
    assert told["ok"] and [one["carrier"] for one in told["packs"]] == [*FIBRE]
    sql = """SELECT event_id, owner_id, subscriber_id, counterparty, session_key, charged, name, row
        FROM usage.event JOIN usage.source_file USING (source_file)
        WHERE start_at < '2021-08-01' ORDER BY ALL"""
    field = [row for carrier in FIBRE for row in rows(two / "of" / carrier, sql)]
    assert rows(home, sql) == sorted(field)
    files = rows(home, "SELECT name, rows, taken + duplicates + suspended + filtered, filters"
                 " FROM usage.source_file WHERE floor = 'usage'")  # fmt: skip
    assert all(whole == accounted for _, whole, accounted, _ in files)
    assert any("not_in_pack" in filters for *_, filters in files)  # August of a file of all months
    # What it would pack of a carrier is what the carrier packed, but for the accounts of files.
    done("pack", "fpt", MONTHS[0], "--home", home, "--out", tmp_path / "again")
    own, again = (folder / "tables" for folder in (pack_of(two, "fpt"), tmp_path / "again"))
    tables = {path.name for path in own.iterdir()} - {"source_file.parquet"}
    with duckdb.connect() as con:
        for name in tables:
            sql = "SELECT COLUMNS(lambda c: c <> 'source_file') FROM read_parquet('{}')"
            said = [con.execute(sql.format(path / name)).fetchall() for path in (own, again)]
            assert said[0] == said[1], name
    event = rows(home, "SELECT event_id FROM usage.event LIMIT 1")[0][0]
    assert done("explain", event, "--home", home)["event"] == str(event)


def test_copies_that_contradict_come_along_and_later_files_do_not(home, take, tmp_path):
    """One copy was an event before the others came, one is of another month."""
    from tests.packs.conftest import check_here

    take({"charged": "77777"}, {"started": "2021-09-01 00:00:00.500"})
    done("settle", "--period", "2021-08", "--home", home)
    packed = done("pack", "vietnamobile", "2021-08", "--home", home, "--out", tmp_path / "pack")
    assert check_here(tmp_path / "pack") is None
    told = done("consolidate", tmp_path / "pack", "--drafts", "--home", tmp_path / "new")
    events = told["packs"][0]["events"]
    assert told["ok"] and events["suspended"] == packed["rows"]["tables/copy.parquet"] == 3
    assert events["taken"] == packed["rows"]["tables/event.parquet"]
    assert done("verify", tmp_path / "new")["ok"]
    take({"record_key": "of-nobody"}, name="late.csv")
    done("pack", "vietnamobile", "2021-08", "--home", home, "--out", tmp_path / "again")
    assert tree_of(tmp_path / "again") == tree_of(tmp_path / "pack")


def test_a_pack_that_is_not_right_is_refused(two, of_two, tmp_path, signing, forged):
    home = of_two[0]
    new, other = tmp_path / "new", tmp_path / "other"
    told = unchanged(home, 5, two / "of" / "fpt")
    assert told["what"] == "không phải gói chứng cứ | not an evidence pack"
    assert "not an evidence pack" in unchanged(new, 5, tmp_path / "nowhere")["what"]
    spoilt = shutil.copytree(pack_of(two, "fpt"), tmp_path / "spoilt")
    path = spoilt / "tables" / "event.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[:99] + bytes([whole[99] ^ 1]) + whole[100:])
    told = unchanged(new, 5, pack_of(two, "sctv"), spoilt)
    assert "not what the manifest says" in told["what"] and "event.parquet" in told["where"]
    assert not new.exists()  # of two packs none was taken in, and no home was made
    told = unchanged(new, 5, pack_of(two, "fpt"), "--trust", signing[2])
    assert "trusted" in told["what"]
    told = unchanged(new, 8, pack_of(two, "fpt"), "--by", "nobody")
    assert "nobody" in told["what"]
    assert done("consolidate", pack_of(two, "fpt"), "--trust", signing[1], "--home", other)["ok"]
    pack = forged("sctv", "event", "UPDATE t SET start_at = start_at + INTERVAL 1 YEAR WHERE"
                  " event_id = (SELECT min(event_id) FROM t)")  # fmt: skip
    assert "of another carrier or month" in unchanged(other, 5, pack)["what"]


def test_a_draft_is_taken_on_request_alone_and_never_with_other_readings(
    two, of_two, tmp_path, world, key
):
    home = tmp_path / "of-cmc"
    take_world([path for path in world if of_carrier(path, "cmc")], home, key)
    done("settle", "--period", MONTHS[0], "--reading", "m2.in_kind_value=zero", "--home", home)
    draft = tmp_path / "draft"
    done("pack", "cmc", MONTHS[0], "--home", home, "--out", draft)
    new = tmp_path / "new"
    told = unchanged(new, 5, draft, pack_of(two, "fpt"))
    assert "nobody signed 2021-07 of cmc" in told["what"] and "--drafts" in told["mend"]
    for target, packs in ((new, (draft, pack_of(two, "fpt"))), (of_two[0], (draft,))):
        told = unchanged(target, 4, *packs, "--drafts")
        assert "m2.in_kind_value" in told["what"] and "package" in told["what"]
    status, told, said = command("consolidate", draft, "--drafts", "--home", new)
    assert status == 0 and told["ok"] and "cmc 2021-07: chưa ký" in said
    assert told["packs"][0]["signed"] is False


def test_two_packs_of_one_carrier_and_month_are_refused(two, of_two, tmp_path):
    other = shutil.copytree(pack_of(two, "fpt"), tmp_path / "other")
    path = other / "manifest.json"
    about = json.loads(path.read_bytes())
    path.write_bytes(sealed({**about, "built_by": "1.0"}))
    told = unchanged(tmp_path / "new", 7, pack_of(two, "fpt"), other)
    assert "two packs of fpt 2021-07" in told["what"]
    assert "another pack of fpt 2021-07" in unchanged(of_two[0], 7, other)["what"]
    again = done("consolidate", pack_of(two, "fpt"), "--home", of_two[0])
    assert again["part"] is None and again["packs"][0]["already"]


def test_a_home_that_has_the_files_themselves_is_refused(two):
    told = unchanged(two / "of" / "fpt", 6, pack_of(two, "fpt"))
    assert "usage of fpt that came in as files" in told["what"]


def test_a_signed_month_takes_no_more_packs(two, tmp_path, signing):
    home = tmp_path / "home"
    done("consolidate", pack_of(two, "fpt"), "--home", home)
    done("signer", "add", *signing[0][:2], "--why", "bổ nhiệm", "--home", home)
    done("sign", MONTHS[0], "--no-pack", *signing[0], "--home", home)
    told = unchanged(home, 7, pack_of(two, "sctv"))
    assert "2021-07 is signed in this home" in told["what"]
    assert done("consolidate", pack_of(two, "fpt"), "--home", home)["ok"]


def with_changes(pack, run_id=None, key=None, period=None, **inputs):
    """A pack that says something else of itself."""
    about = {**pack.about, **({"run": run_id} if run_id else {}),
             **({"period": period} if period else {}),
             **({"keys": [{"id": key, "version": 2, "public": False}]} if key else {})}  # fmt: skip
    return pack._replace(about=about, run={**pack.run, "inputs": {**pack.inputs, **inputs}})


def test_months_of_one_carrier_go_on_from_each_other(two, of_two):
    (pack,) = read_packs([pack_of(two, "fpt")], drafts=False, trusted=None)
    home = open_home(of_two[0])
    after = with_changes(pack, run_id="f" * 32, period="2021-08", opening_run=pack.about["run"])
    assert refuse.check_packs(home, [pack, after], ()) == ([after], [pack])
    for changed, what in (
        (with_changes(after, opening_run="0" * 32), "the pack of 2021-07 is of run"),
        (with_changes(after, opening_run=None), "it opens from run None"),
        (with_changes(after, period="2021-10"), "whose pack of fpt is not here"),
    ):
        with pytest.raises(PeriodError, match=what):
            refuse.check_packs(home, [changed], ())
    with pytest.raises(KeyFileError, match="nobody would have a balance"):
        refuse.check_packs(home, [with_changes(after, key="another")], ())


def test_what_differs_is_shown_with_amounts_and_status_3(two, forged, tmp_path):
    """Rows are under no signature: what a forger changes in them, settling anew finds.

    And an event of which two packs say different things is suspended, as in a home of all files.
    """
    fpt = forged("fpt", "event", "UPDATE t SET charged = charged + 1000 WHERE kind = 'fee' AND"
                 " event_id = (SELECT min(event_id) FROM t WHERE kind = 'fee')")  # fmt: skip
    home = tmp_path / "home"
    status, told, _ = command("consolidate", fpt, "--home", home)
    assert status == 3 and not told["ok"]
    found = {(one["table"], one["column"]): one for one in told["packs"][0]["differences"]}
    change = found["statement", "overcharge"]
    assert int(change["here"]) - int(change["told"]) == 1000
    assert told["packs"][0]["tables"]["refund"]["only_here"] == 1 and ("refund", "charged") in found
    table = fpt / "tables" / "event.parquet"
    with duckdb.connect() as con:
        event = con.execute(f"SELECT min(event_id) FROM read_parquet('{table}')").fetchall()[0][0]
    sctv = forged("sctv", "event", f"UPDATE t SET event_id = '{event}' WHERE event_id ="
                  " (SELECT min(event_id) FROM t)")  # fmt: skip
    status, told, _ = command("consolidate", fpt, sctv, "--home", home)
    assert status == 3 and [one["same"] for one in told["packs"]] == [False, False]
    assert [one["events"]["suspended"] for one in told["packs"]] == [0, 1]  # the first was taken
    assert [int(one["here"]["suspended"]) for one in told["packs"]].count(1) == 1
    assert done("verify", home)["ok"]


@pytest.mark.parametrize("dies_at", ["between the parts", "before the log"])
def test_who_died_on_the_way_goes_on_by_the_same_call(two, tmp_path, monkeypatch, dies_at):
    home = tmp_path / "home"
    with monkeypatch.context() as patch:
        if dies_at == "before the log":
            patch.setattr(take, "log_arrivals", die)
        else:
            publish = Staging.publish
            patch.setattr(
                Staging, "publish",
                lambda staging, target: die() if target.parent.name == "usage"
                else publish(staging, target),
            )  # fmt: skip
        with pytest.raises(KeyboardInterrupt):
            run.consolidate(home, [pack_of(two, "fpt")])
    told = done("consolidate", pack_of(two, "fpt"), "--home", home)
    assert told["ok"] and told["packs"][0]["already"] == (dies_at == "before the log")
    log = [one["what"] for one in journal.entries(open_home(home))]
    assert log == ["consolidate", "consolidate", "settle"]
    assert len(list((home / "master").glob("part=*"))) == 1
    assert done("verify", home)["ok"]


def die(*args):
    raise KeyboardInterrupt


def test_a_common_envelope_that_binds_is_shared_where_all_carriers_are(two):
    (pack,) = read_packs([pack_of(two, "fpt")], drafts=False, trusted=None)
    _, package = tariffs_of(pack.run_files)
    assert not has_shared_envelope(package)  # track: each recognises all
    assert package.envelope is not None
    bound = package.envelope.model_copy(update={"rule": "first_come"})
    assert has_shared_envelope(package.model_copy(update={"envelope": bound}))
    parted = bound.model_copy(update={"per_carrier": {"fpt": bound.amount}})
    assert not has_shared_envelope(package.model_copy(update={"envelope": parted}))


def test_the_table_says_it_in_both_languages(two, of_two, capsys):
    assert cli.run(["consolidate", str(pack_of(two, "fpt")), "--home", str(of_two[0])]) == 0
    said = capsys.readouterr().out
    signer = json.loads((pack_of(two, "fpt") / "manifest.json").read_bytes())["signer"]
    assert "giống hệt mọi gói | the same as every pack" in said and signer in said


def test_tables_of_another_world_in_a_signed_pack_are_refused(two, of_two, forged, tmp_path):
    """The signed run names its files and its totals; what is grafted has others."""
    new = tmp_path / "new"
    for table, sql, what in (
        ("source_file", "UPDATE t SET content_digest = repeat('0', 64)", "did not settle"),
        ("source_file", "UPDATE t SET rows = rows + 1", "did not settle"),
        ("statement", "UPDATE t SET payable = payable + 1", "and its run"),
        ("statement", "UPDATE t SET payable = payable - 1", "of the same files"),
        ("statement", "UPDATE t SET rated = rated - 1, events = events - 1", "says events 1"),
        ("statement", "UPDATE t SET carrier = 'sctv'", "rows of another carrier: sctv"),
    ):
        pack = forged("fpt", table, sql)
        assert what in unchanged(new, 5, pack)["what"], sql
        shutil.rmtree(pack)
    # Of a home of several carriers the totals are of all: no figure can be above them.
    shared = tmp_path / "shared"
    done("pack", "fpt", MONTHS[0], "--home", of_two[0], "--out", shared)
    fpt = done("consolidate", shared, "--drafts", "--home", tmp_path / "of-shared")
    assert fpt["ok"] and any("home of several carriers" in note for note in fpt["notes"])
    assert not any("home of several carriers" in note for note in of_two[1]["notes"])
    from tests.packs.test_pack import rewritten

    rewritten(shared, "tables/statement.parquet", "UPDATE t SET payable = payable * 3")
    assert "of all carriers" in unchanged(new, 5, shared, "--drafts")["what"]


def test_records_of_a_carrier_that_nobody_knows_are_in_the_totals_alone(two):
    """They are in no statement: the run's finding says how many, and it is signed, too."""
    (pack,) = read_packs([pack_of(two, "fpt")], drafts=False, trusted=None)
    totals = pack.run["totals"]
    more = {**totals, "events": totals["events"] + 3, "suspended": totals["suspended"] + 3}
    found = "3 suspended events are of no carrier that the package names: they are in no statement"
    with duckdb.connect() as con:
        signed.check_signed(
            con, pack._replace(run={**pack.run, "totals": more, "findings": [found]})
        )
        with pytest.raises(IntakeError, match="of the same files"):
            signed.check_signed(con, pack._replace(run={**pack.run, "totals": more}))


@pytest.mark.parametrize(
    ("table", "sql", "what"),
    [
        ("statement", "ALTER TABLE t DROP payable", "column payable of table statement is not"),
        ("statement_line", "ALTER TABLE t DROP amount", "column amount of table statement_line"),
        ("total", "ALTER TABLE t ALTER payable TYPE DOUBLE", "payable of table total is DOUBLE"),
        ("event", "ALTER TABLE t ADD COLUMN note VARCHAR", "column note of table event"),
        ("subscription", "DELETE FROM t", "0 rows, and manifest.json says"),
    ],
)
def test_a_table_has_the_columns_that_a_pack_has(two, tmp_path, table, sql, what):
    from tests.packs.test_pack import relisted

    pack = shutil.copytree(pack_of(two, "fpt"), tmp_path / "pack")
    path = pack / "tables" / f"{table}.parquet"
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE t AS FROM read_parquet('{path}')")
        con.execute(sql)
        con.execute(f"COPY t TO '{path}' (FORMAT parquet)")
    counted = json.loads((pack / "manifest.json").read_bytes())["rows"]
    relisted(pack, rows=counted)
    assert what in unchanged(tmp_path / "new", 5, pack)["what"]


def test_a_table_that_is_not_there_or_not_a_packs_is_refused(two, tmp_path):
    from tests.packs.test_pack import relisted

    pack = shutil.copytree(pack_of(two, "fpt"), tmp_path / "pack")
    total = pack / "tables" / "total.parquet"
    other = total.rename(pack / "tables" / "totals.parquet")
    relisted(pack)
    foreign = "does not belong in an evidence pack"
    assert foreign in unchanged(tmp_path / "new", 5, pack)["what"]
    shutil.copyfile(other, total)
    relisted(pack)
    assert foreign in unchanged(tmp_path / "new", 5, pack)["what"]
    other.unlink()
    total.write_bytes(b"PAR1")
    relisted(pack)
    assert "not a Parquet file" in unchanged(tmp_path / "new", 5, pack)["what"]


def test_a_pack_that_changes_the_figures_of_another_carrier_says_so(two, forged, tmp_path, capsys):
    """The second carrier says that it serves the first one's subscriber."""
    home, fpt = tmp_path / "home", pack_of(two, "fpt")
    first = done("consolidate", fpt, "--home", home)
    assert first["moved"] == []
    with duckdb.connect() as con:
        table = fpt / "tables" / "subscription.parquet"
        subscriber, owner = con.execute(
            f"SELECT subscriber_id, owner_id FROM read_parquet('{table}') LIMIT 1"
        ).fetchall()[0]
    sctv = forged(
        "sctv", "subscription",
        f"""INSERT INTO t SELECT * REPLACE ('{subscriber}' AS subscriber_id, '{owner}' AS owner_id)
            FROM t LIMIT 1""",
    )  # fmt: skip
    status, told, _ = command("consolidate", sctv, "--home", home)
    assert status == 3 and not told["ok"] and told["packs"][0]["same"]
    (moved,) = told["moved"]
    assert (moved["carrier"], moved["period"], moved["run_before"]) == (
        "fpt", MONTHS[0], first["runs"][0]["run"],
    )  # fmt: skip
    figures = {(one["table"], one["column"]): one for one in moved["differences"]}
    for name in ("suspended", "payable"):
        figure = figures["statement", name]
        assert figure["before"] == first["packs"][0]["here"][name] != figure["here"]
        assert int(figure["here"]) == rows(
            home, f"SELECT {name} FROM settlement.statement WHERE carrier = 'fpt'"
        )[0][0]  # fmt: skip
    assert {"statement", "total"} <= {table for table, _ in figures}
    assert any("fpt 2021-07" in one and "give its pack again" in one for one in told["notes"])
    # The same again says the same; with the pack of the other, it is compared with its pack.
    assert cli.run(["consolidate", str(sctv), "--home", str(home)]) == 3
    said = capsys.readouterr().out
    figure = figures["statement", "payable"]
    assert f"fpt statement payable\ttrước đó | before {figure['before']}\t" in said
    assert "KHÁC | DIFFERENT" in said
    status, told, _ = command("consolidate", sctv, fpt, "--home", home)
    assert status == 3 and told["moved"] == []
    assert [one["same"] for one in told["packs"]] == [False, True]
    # A run that was let go of is said to be, and held to be no difference.
    shutil.rmtree(home / "runs" / moved["run_before"])
    packs = read_packs([sctv], drafts=False, trusted=None)
    assert [one.differences for one in moved_by(open_home(home), packs)] == [()]


def part_of(packs, folder):
    """What the files of the part that packs become have in them; and how many records each pack."""
    folder.mkdir()
    read = read_packs(packs, drafts=True, trusted=None)
    seen = []
    *_, outcomes = write_usage(Home(folder, 4), read, [], folder, seen.append)
    assert sum(seen) == sum(pack.rows("event") for pack in read)
    return {path.name: path.read_bytes() for path in folder.iterdir()}, outcomes


@pytest.mark.parametrize("group_rows", [1, 7, 64])
def test_however_packs_are_cut_and_ordered_it_is_the_same_part(
    two, forged, tmp_path, monkeypatch, group_rows
):
    """In row groups of any size, which buckets share; and of tables in no order of owners."""
    packs = [pack_of(two, carrier) for carrier in FIBRE]
    expected = part_of(packs, tmp_path / "whole")
    assert {"bucket=00.parquet", "bucket=03.parquet", "narrow=00.bin"} < expected[0].keys()
    monkeypatch.setattr(pack_events, "GROUP_ROWS", group_rows)
    monkeypatch.setattr(pack_events, "SLICE_ROWS", 5 * group_rows)
    assert part_of(packs, tmp_path / "cut") == expected
    mixed = forged("sctv", "event", "CREATE OR REPLACE TABLE t AS FROM t ORDER BY event_id")
    assert part_of([packs[0], mixed], tmp_path / "mixed") == expected
    assert not list(tmp_path.glob("*/spill"))


def test_texts_are_looked_up_once_and_files_of_parts_hashed_once(two, tmp_path, monkeypatch):
    looked_up, digests = [], Counter()
    look_up, sha256 = TraitBook.look_up, hashlib.sha256

    def noted(book, joined):
        looked_up.append(len(joined))
        return look_up(book, joined)

    class Noted:
        def __init__(self, content=b""):
            self.digest = sha256(content)
            self.update = self.digest.update

        def hexdigest(self):
            digests[self.digest.hexdigest()] += 1
            return self.digest.hexdigest()

    packs = [pack_of(two, carrier) for carrier in FIBRE]
    with monkeypatch.context() as patched:
        patched.setattr(TraitBook, "look_up", noted)
        patched.setattr(commit, "hashlib", type("Hashes", (), {"sha256": Noted}))
        run.consolidate(tmp_path / "home", packs)
    read = read_packs(packs, drafts=False, trusted=None)
    assert sum(looked_up) == sum(pack.rows(name) for pack in read for name in ("event", "copy"))
    (part,) = list_parts(open_home(tmp_path / "home"), "usage")
    files = {entry["name"]: digests[entry["sha256"]] for entry in part.manifest["files"]}
    written = {name for name in files if name.startswith(("bucket=", "narrow="))}
    assert written and {files[name] for name in written} == {1}


@pytest.mark.parametrize(
    "what", ["owner_id = NULL", "source_file = 99", "units = -1", "charged = NULL, row = NULL"]
)
def test_an_event_that_is_no_event_is_refused_wherever_it_is_read(two, forged, tmp_path, what):
    last = "event_id = (SELECT max(event_id) FROM t)"
    pack = forged("sctv", "event", f"UPDATE t SET {what} WHERE {last}")
    with pytest.raises(IntakeError, match="1 events are of another carrier or month, or not whole"):
        part_of([pack_of(two, "fpt"), pack], tmp_path / "spoilt")
