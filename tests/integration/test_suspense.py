"""What is recycled is rated as late usage, and what was decided shows in relief.duckdb."""

import io
import json

import duckdb
import polars as pl
import pytest

from doisoat.engine.intake.records.sealed_texts import SEALED
from doisoat.engine.keys.pseudonym import make_key
from doisoat.engine.store.commit import part_manifest
from doisoat.engine.store.home import list_parts, open_home
from doisoat.engine.usage.merge_parts import merge_parts
from doisoat.errors import StoreError
from doisoat.settlement.upkeep import erase
from doisoat.settlement.verify.store_check import check_store

from ..intake.conftest import USAGE, line
from .conftest import done, refused, run

SUBSCRIPTIONS = "number,account,carrier,plan,segment,payment,home_locality,valid_from,valid_until"
WHO = ("--who", "Lan", "--why", "switch 4 wrote seconds as text", "--apply")
NUMBER, STRANGER = "84961234567", "84969999999"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A settled home: a call that was rated, one of a stranger's, three that were not readable."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("DOISOAT_KEY", raising=False)
    make_key(tmp_path / "data" / "doisoat" / "pseudonym.key", bytes(range(32)))
    home, master, usage = tmp_path / "home", tmp_path / "subscriptions.csv", tmp_path / "usage.csv"
    someone = f"{NUMBER},,viettel,viettel.Tomato,standard,prepaid,79"
    master.write_text(f"{SUBSCRIPTIONS}\n{someone},2021-01-01 00:00:00,\n")
    bad = [line(record_key=f"k{at}", duration_s="x") for at in range(3)]
    usage.write_text("\n".join([USAGE, line(), line(record_key="s", number=STRANGER), *bad, ""]))
    done("intake", master, "--mapping", "world", "--kind", "subscriptions", "--home", home)
    done("intake", usage, "--mapping", "world", "--home", home)
    done("settle", "--home", home)
    return home


def asked(home, query):
    with duckdb.connect(str(home / "relief.duckdb"), read_only=True) as connection:
        return connection.sql(query).fetchall()


STATES = "SELECT row, state, decided_by FROM usage.suspense WHERE stage = 'intake' ORDER BY row"


def test_from_suspense_to_a_new_run(home):
    listed = done("suspense", "list", "--home", home)
    assert listed["states"]["open"] == 3 and listed["events_by_reason"] == {"no_subscription": 1}
    assert [one["severity"] for one in listed["events"]] == ["event"]
    first = done("settle", "--home", home)
    assert first["same_run"] and first["suspended"] == 1
    address = [one["address"] for one in listed["records"]]
    done("suspense", "edit", address[0], "--set", "duration_s=61", *WHO, "--home", home)
    edited = done("settle", "--home", home)
    assert edited["same_run"] and edited["run"] == first["run"]  # an edit is no usage yet
    assert asked(home, STATES) == [(3, "edited", "Lan"), (4, "open", None), (5, "open", None)]
    recycled = done("suspense", "recycle", *WHO, "--home", home)
    assert (recycled["taken"], recycled["still_suspended"]) == (1, {"bad_units:duration": 2})
    assert recycled["events"] == 1  # which settling again recycles
    done("suspense", "write-off", address[1], *WHO, "--home", home)
    second = done("settle", "--home", home)
    assert not second["same_run"] and second["run"] != first["run"]
    assert int(second["events"]) == int(first["events"]) + 1
    assert int(second["list_value"]) > int(first["list_value"])
    assert asked(home, STATES) == [
        (3, "recycled", "Lan"), (4, "written_off", "Lan"), (5, "open", None),
    ]  # fmt: skip
    late = asked(home, "SELECT row, name, part FROM usage.event JOIN usage.source_file"
                       " USING (source_file) WHERE name LIKE '%recycled%'")  # fmt: skip
    assert late == [(3, "usage.csv (recycled)", recycled["parts"][0])]
    assert check_store(open_home(home)).ok
    assert done("settle", "--home", home)["same_run"]


def test_an_event_of_a_run_is_recycled_by_settling_again(home, tmp_path):
    event = done("suspense", "list", "--home", home)["events"][0]["event_id"]
    status, told, _ = run("suspense", "recycle", event, *WHO, "--home", home)
    assert status == 5 and "settle the month again" in told["error"]["mend"]
    more = tmp_path / "more.csv"
    someone = f"{STRANGER},,viettel,viettel.Tomato,standard,prepaid,79"
    more.write_text(f"{SUBSCRIPTIONS}\n{someone},2021-01-01 00:00:00,\n")
    done("intake", more, "--mapping", "world", "--kind", "subscriptions", "--home", home)
    assert done("settle", "--home", home)["suspended"] == 0
    assert done("suspense", "list", "--home", home)["events"] == []


def recycled_one(home):
    """The first record mended and recycled, the third mended; their addresses, then the second's.

    That one has the key of the call that was rated.
    """
    listed = done("suspense", "list", "--home", home)["records"]
    first, same_key, third = [one["address"] for one in listed]
    address = [first, third, same_key]
    done("suspense", "edit", first, "--set", "duration_s=61", *WHO, "--home", home)
    assert done("suspense", "recycle", *WHO, "--home", home)["taken"] == 1
    done("suspense", "edit", address[1], "--set", "duration_s=7", *WHO, "--home", home)
    return address


def sealed_files(home):
    return sorted(path.parent.name for path in home.rglob(SEALED))


def test_merged_parts_keep_texts_and_what_became_of_records(home):
    address = recycled_one(home)
    first = done("settle", "--home", home)
    listed = done("suspense", "list", "--home", home)
    texts = [done("suspense", "show", one, "--home", home, "--text") for one in address[1:]]
    (merged,) = done("store", "compact", "--home", home)["merged"]
    assert check_store(open_home(home)).ok
    assert done("settle", "--home", home)["digest"] == first["digest"]
    again = done("suspense", "list", "--home", home)
    assert again["states"] == listed["states"] and again["states"]["recycled"] == 1
    part = merged["part"]
    assert done("suspense", "show", address[0], "--home", home)["history"][-1]["part"] == part
    assert [done("suspense", "show", one, "--home", home, "--text") for one in address[1:]] == texts
    assert done("suspense", "recycle", *WHO, "--home", home)["taken"] == 1
    assert done("store", "compact", "--home", home)["merged"]  # recycled records of two parts
    assert int(done("settle", "--home", home)["events"]) == int(first["events"]) + 1
    assert check_store(open_home(home)).ok
    done("store", "retain", "--home", home, "--apply", "--why", "merged")
    assert check_store(open_home(home)).ok
    assert len(sealed_files(home)) == 1


def test_a_recycled_record_that_became_something_else_is_found_in_a_merged_part(home):
    recycled_one(home)
    done("store", "compact", "--home", home)
    (part,) = list_parts(open_home(home), "usage")
    assert check_store(open_home(home)).ok
    tell_otherwise(part)
    found = " ".join(one.what for one in check_store(open_home(home)).findings)
    assert "its records did not become what it says" in found


def tell_otherwise(part):
    """What became of a recycled record, told wrong by someone who knows how manifests are made."""
    path = part.path / "recycled.parquet"
    pl.read_parquet(path).with_columns(outcome=pl.lit("duplicate")).write_parquet(path)
    manifest = part.path / "manifest.json"
    content = json.loads(manifest.read_text())
    content["files"] = part_manifest(part.path)
    manifest.write_text(json.dumps(content))


def test_parts_of_two_versions_of_a_key_stay_apart(home, tmp_path, erase_number):
    done("key", "rotate", "--apply", "--home", home)
    more = tmp_path / "more.csv"
    more.write_text("\n".join([USAGE, line(record_key="new"), ""]))
    done("intake", more, "--mapping", "world", "--home", home)
    assert done("store", "compact", "--home", home)["merged"] == []
    parts = list_parts(open_home(home), "usage")
    assert sorted(part.manifest["key_version"] for part in parts) == [1, 2]
    folder = tmp_path / "merged"
    folder.mkdir()
    with pytest.raises(StoreError, match="ids under 2 keys"):
        merge_parts(open_home(home), "usage", parts, folder)
    assert not any(folder.iterdir())
    done("settle", "--home", home)
    told = erase_number()  # who was known before the rotation goes by the id of then
    assert told["rows"]["used"] == 2


@pytest.fixture
def erase_number(home, monkeypatch):
    """Erases NUMBER, or says what there is of it."""

    def erase_number(*more):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{NUMBER}\n"))
        return done("store", "erase", "--number", *more, "--home", home)

    return erase_number


def test_texts_go_with_whom_they_may_be_of(home, erase_number):
    address = recycled_one(home)
    done("settle", "--home", home)
    assert len(sealed_files(home)) == 1
    figures = asked(home, "SELECT * FROM rated.total ORDER BY ALL")
    erase_number("--apply", "--why", "asked for")
    assert sealed_files(home) == []
    assert asked(home, "SELECT * FROM rated.total ORDER BY ALL") == figures
    assert check_store(open_home(home)).ok
    assert done("suspense", "list", "--home", home)["states"]["edited"] == 1
    told = done("suspense", "recycle", *WHO, "--home", home)
    assert told["taken"] == 0 and told["still_suspended"] == {"without_text": 2}
    assert "when somebody was erased" in refused(
        6, "suspense", "edit", address[2], "--set", "duration_s=7", *WHO, "--home", home
    )["what"]  # fmt: skip
    done("suspense", "write-off", address[1], *WHO, "--home", home)
    assert check_store(open_home(home)).ok


@pytest.mark.parametrize("dies_at", [None, 1, 2, 3])
def test_texts_go_of_a_part_that_says_nothing_of_whom_they_are_of(
    home, tmp_path, erase_number, monkeypatch, dies_at
):
    """Only the part that its record was recycled into names them; a death in between, or none."""
    more = tmp_path / "more.csv"
    bad = line(record_key="m", duration_s="x")
    more.write_text("\n".join([USAGE, line(record_key="o", number=STRANGER), bad, ""]))
    before = sealed_files(home)
    done("intake", more, "--mapping", "world", "--home", home)
    (part,) = set(sealed_files(home)) - set(before)
    listed = done("suspense", "list", "--home", home)["records"]
    found = [one for one in listed if one["file"] == "more.csv"]
    done("suspense", "edit", found[0]["address"], "--set", "duration_s=9", *WHO, "--home", home)
    assert done("suspense", "recycle", *WHO, "--home", home)["taken"] == 1
    done("settle", "--home", home)
    assert sealed_files(home) == sorted([*before, part])
    rewrite, calls = erase._rewrite, []

    def mortal(*args):
        calls.append(1)
        if len(calls) == dies_at:
            raise StoreError("no space left", "disk", "make room")
        rewrite(*args)

    with monkeypatch.context() as patch:
        patch.setattr(erase, "_rewrite", mortal)
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{NUMBER}\n"))
        go = ("store", "erase", "--number", "--apply", "--why", "asked for", "--home", home)
        status, _, _ = run(*go)
    assert len(calls) >= 3 and status == 0 if dies_at is None else status == 6
    if dies_at is not None:
        done("store", "erase", "--resume", "--home", home)
    assert sealed_files(home) == [] and not (home / "usage" / part).exists()
    assert check_store(open_home(home)).ok


def mine(home, address):
    """What the copy at an address says."""
    shown = done("suspense", "show", address, "--home", home)
    return [copy for copy in shown["copies"] if copy["address"] == address]


def test_a_file_that_a_wrong_mapping_read_is_put_right_in_one_command(tmp_path):
    """Read again by the right mapping, each record contradicts itself; one reading is named."""
    (tmp_path / "voice.csv").write_text(
        "ID,A,B,T,L,D\n"
        + "".join(f"C{n},0961234567,0912345678,2021-08-05 07:0{n}:00,6{n},150\n" for n in range(5))
    )
    fields = (
        "{carrier: {constant: viettel}, kind: {constant: voice}, subscriber: {column: A},"
        " other: {column: B}, started: {column: T, form: yyyy-mm-dd},"
        " duration: {column: L, unit: UNIT}, charged: {column: D}}"
    )
    for name, unit in (("wrong", "min"), ("right", "s")):
        (tmp_path / f"{name}.yaml").write_text(
            "name: m\ntitle: m\nsource_system: m\nusage:\n  - name: voice\n"
            f"    key: {{columns: [ID]}}\n    fields: {fields.replace('UNIT', unit)}\n"
        )
    home = tmp_path / "home"
    make_key(tmp_path / "key", bytes(range(32)))
    for name in ("wrong", "right"):
        done("intake", tmp_path / "voice.csv", "--mapping", tmp_path / f"{name}.yaml",
             "--key", tmp_path / "key", "--home", home)  # fmt: skip
    listed = done("suspense", "list", "--home", home)["records"]
    choose = ("suspense", "choose", *WHO, "--home", home, "--file")
    undecided = done(*choose, listed[0]["sha256"][:12])
    assert (undecided["events"], undecided["ambiguous"]) == (0, 5)
    assert len(undecided["readings"]) == 2
    (right,) = (
        reading for reading in undecided["readings"]
        if '3600000' not in json.dumps(mine(home, f"{reading}:1"))
    )  # fmt: skip
    assert done(*choose, right)["events"] == 5
    assert [record["state"] for record in done("suspense", "list", "--home", home)["records"]] == []
    assert refused(5, *choose, f"{right}0")
