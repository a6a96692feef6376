"""Suspended records: shown, mended beside themselves, recycled, written off; they always add up."""

import json
import random
from collections import Counter

import polars as pl
import pytest

from doisoat import cli
from doisoat.engine.intake.records.decisions import Change
from doisoat.engine.intake.suspense.recycle import recycle
from doisoat.engine.intake.suspense.suspense_edits import edit
from doisoat.engine.intake.suspense.suspense_register import read_register
from doisoat.engine.keys.pseudonym import Key, make_key
from doisoat.engine.store.event_columns import EVENT_SCHEMA
from doisoat.engine.store.home import list_parts, open_home, writer
from doisoat.errors import IntakeError, KeyFileError, StoreError
from doisoat.settlement.verify.store_check import check_store

from . import forms
from .conftest import TOLD, VOICE, in_english, line, state_of

pytestmark = pytest.mark.usefixtures("files_of_before")


def sound(home):
    checked = check_store(open_home(home))
    assert checked.ok, checked.findings
    return checked


def states(register):
    return dict(register().records.select("row", "state").iter_rows())


def events_of(home):
    """Every event of a home by content, wherever its record came from."""
    columns = [name for name in EVENT_SCHEMA if name not in ("trait", "source", "row")]
    frames = [
        pl.read_parquet(path, hive_partitioning=False).select(columns)
        for path in home.glob("usage/part=*/bucket=*.parquet")
    ]
    return pl.concat(frames).sort(columns)


# --- edit and recycle ----------------------------------------------------------------------------

BROKEN = {
    1: {"duration_s": "1e3"},
    3: {"started": "5/8/2021"},
    4: {"number": "0961"},
    6: {"kind": "fax", "charged": "-1"},
}


@pytest.mark.parametrize("form", forms.FORMS)
def test_mended_records_are_the_events_they_had_been_if_right(
    take, home, key, put, tmp_path, register, mend, again, form
):
    right = [{**VOICE, "record_key": f"k{at}", "number": f"8496123{at:04d}"} for at in range(8)]
    wrong = [{**record, **BROKEN.get(at, {})} for at, record in enumerate(right, start=1)]
    mapping = forms.mapping_for(form, tmp_path)
    take(put(forms.FORMS[form](wrong), "wrong"), mapping=mapping)
    heads = 1 if form == "xlsx" else 0  # a row of a sheet is the row that Excel shows
    rows = [row + heads for row in BROKEN]
    assert states(register) == dict.fromkeys(rows, "open")
    for row, fields in BROKEN.items():
        mended = {name: right[row - 1][name] for name in fields}
        assert mend(row + heads, **mended).still == ""
    assert states(register) == dict.fromkeys(rows, "edited")
    result = again()
    assert (result.records, result.count("taken"), result.still) == (4, 4, {})
    assert states(register) == dict.fromkeys(rows, "recycled")
    sound(home)
    other = tmp_path / "other"
    with writer(other, "test") as held:
        from doisoat.engine.intake.file_intake import take_in

        take_in(held, [(put(forms.FORMS[form](right), "right"), mapping, "usage")], key)
    assert events_of(home).equals(events_of(other))


def test_an_edit_stands_beside_the_record_and_nothing_is_written_by_trying(
    take, write, home, register, mend, again, drop
):
    take(write(line(), line(record_key="k2", duration_s="x")))
    before = state_of(home)
    assert mend(2, apply=False, duration_s="7").still == ""
    assert mend(2, apply=False, duration_s="y").still == "bad_units:duration"
    assert again(apply=False).still == {"bad_units:duration": 1}
    assert drop(2, apply=False) is None
    assert state_of(home) == before
    assert mend(2, duration_s="7").decision == 1
    after = state_of(home)
    assert {name: after[name] for name in before} == before
    tried = again(apply=False)
    assert state_of(home) == after and tried.count("taken") == 1
    assert again().parts == tried.parts


def test_edits_add_up_and_the_last_word_holds(take, write, home, table, register, mend, again):
    take(write(line(), line(record_key="k2", duration_s="x", locality="??")))
    assert mend(2, duration_s="7").still == "missing_field:locality"
    assert mend(2, locality="48").still == ""
    assert mend(2, duration_s="9").still == ""
    assert again().count("taken") == 1
    assert sorted(table("bucket=*.parquet")["duration_ms"]) == [9_000, 61_250]
    sound(home)


def test_a_line_that_cannot_be_told_apart_is_given_whole(take, write, home, register, mend, again):
    take(write(line(), '"torn,', line(record_key="k3")))
    with pytest.raises(IntakeError, match="cannot be separated"):
        mend(2, duration_s="7")
    assert mend(2, '"torn again').still == "structure"
    assert mend(2, line(record_key="k2")).still == ""
    assert mend(2, duration_s="7").still == ""  # a column over the new line
    assert again().count("taken") == 1
    assert 7_000 in events_of(home)["duration_ms"].to_list()
    sound(home)


def test_a_last_line_that_may_be_cut_short_waits_for_an_edit(take, put, home, mend, again):
    whole = "\n".join([",".join(VOICE), line(), line(record_key="k2")])
    take(put(whole.encode()))
    assert again().still == {"structure": 1}
    mend(2, line(record_key="k2"))
    assert again().count("taken") == 1
    sound(home)


def test_columns_that_are_not_read_cannot_be_set(take, write, mend):
    take(write(line(duration_s="x")))
    with pytest.raises(IntakeError, match="reads no column shoe_size"):
        mend(1, shoe_size="43")
    with pytest.raises(IntakeError) as refused:
        mend(1, **{"0961234567": "43"})
    assert in_english(refused.value.what) == "the mapping reads no column #"


# --- recycling under another mapping -------------------------------------------------------------


def test_a_mended_mapping_recycles_what_the_old_one_could_not_read(
    take, put, home, tmp_path, table, register, again
):
    content = b"start;who;whom;talk;kind\n" + b"".join(
        f"2021-08-05 08:00:{at:02d};0961234567;0912345678;{60 + at};{kind}\n".encode()
        for at, kind in enumerate("CMCM")
    )
    path, mapping = put(content, "calls.csv"), tmp_path / "mine.yaml"
    good = MAPPING_WITH_KINDS.replace("KINDS", "{C: voice, M: voice}")
    mapping.write_text(MAPPING_WITH_KINDS.replace("KINDS", "{C: voice}"))
    assert take(path, mapping=str(mapping)).reasons == {"malformed": 2}
    assert again().still == {"bad_kind": 2}
    mapping.write_text(good)
    assert again().count("taken") == 2
    assert sorted(table("bucket=*.parquet")["duration_ms"]) == [60_000, 61_000, 62_000, 63_000]
    told = take(path, mapping=str(mapping))  # the file itself, by the mended mapping
    assert (told.as_object()["duplicates"], told.as_object()["taken"]) == (4, 0)
    sound(home)


MAPPING_WITH_KINDS = """\
name: mine
title: Mine
source_system: mine
usage:
  - name: calls
    delimiter: ";"
    fields:
      carrier: {constant: viettel}
      kind: {column: kind, values: KINDS}
      subscriber: {column: who}
      other: {column: whom}
      started: {column: start, form: civil}
      duration: {column: talk, unit: s}
"""


def test_a_mapping_of_another_source_or_shape_is_refused(take, write, tmp_path, again):
    take(write(line(duration_s="x")))
    other = tmp_path / "other.yaml"
    other.write_text(MAPPING_WITH_KINDS.replace("KINDS", "{C: voice}"))
    with pytest.raises(IntakeError, match="source system mine, the records are of"):
        again(str(other))
    other.write_text(other.read_text().replace("source_system: mine", "source_system: world"))
    with pytest.raises(IntakeError, match="no layout for the header"):
        again(str(other))


def test_equal_messages_of_one_file_are_as_many_events_recycled_or_not(
    take, put, home, mend, again
):
    header = "interaction,direction,correspondent_id,datetime,call_duration,antenna_id\n"
    good, bad = "text,out,B,2014-03-02 08:34:30,,3\n", "text,out,B,2014-13-02 08:34:30,,3\n"
    take(put(f"{header}{good}{bad}{good}{bad}".encode(), "ego.csv"), mapping="bandicoot")
    for row in (2, 4):
        mend(row, datetime="2014-03-02 08:34:30")
    assert again().count("taken") == 2
    assert events_of(home)["event_lo"].n_unique() == 4
    told = take(put(f"{header}{good * 4}".encode(), "ego.csv"), mapping="bandicoot")
    assert told.as_object()["duplicates"] == 4  # as many as the file had been, if right
    sound(home)


def test_recycled_duplicates_and_conflicts_are_judged_as_at_intake(
    take, write, home, register, mend, again
):
    take(write(line(), line(record_key="k2")))
    take(write(line(duration_s="x"), line(record_key="k2", duration_s="y"), name="2.csv"))
    mend(1, duration_s="61.250")
    mend(2, duration_s="62")
    result = again()
    assert (result.count("duplicate"), result.count("suspended")) == (1, 1)
    counted = Counter(register().records.select("reason", "state").iter_rows())
    assert counted == {("malformed", "recycled"): 2, ("conflicting", "open"): 2}
    assert again().records == 0  # a conflict is not for this command
    sound(home)


def test_master_data_is_recycled_as_well(take, put, home, table, register, mend, again):
    rows = ["number,account,carrier,plan,segment,payment,home_locality,valid_from,valid_until",
            "84961234567,,viettel,P,standard,prepaid,79,2021-01-01 00:00:00.000,",
            "84961234568,,viettel,P,standard,cash,79,2021-01-01 00:00:00.000,"]  # fmt: skip
    told = take(put("\n".join([*rows, ""]).encode(), "subscriptions.csv"), kind="subscriptions")
    assert told.reasons == {"malformed": 1}
    mend(2, payment="prepaid")
    assert again().count("taken") == 1
    assert table("subscription.parquet", "master").height == 2
    sound(home)


# --- write-off, and the rule that everything adds up ---------------------------------------------


def test_what_is_dealt_with_is_closed(take, write, home, register, mend, again, drop):
    take(write(line(duration_s="x"), line(record_key="k2", duration_s="x")))
    assert drop(1) == 1
    mend(2, duration_s="7")
    again()
    assert states(register) == {1: "written_off", 2: "recycled"}
    for row in (1, 2):
        with pytest.raises(IntakeError, match="nothing is open here"):
            mend(row, duration_s="7")
    with pytest.raises(IntakeError, match="nothing is open here"):
        drop(2)
    assert drop(1) is None  # said again: the decision that stands says it already
    assert again().records == 0
    sound(home)


def test_conflicting_copies_are_neither_edited_nor_written_off(take, write, mend, drop):
    take(write(line(), line(duration_s="9")))
    for act in (lambda: mend(1, duration_s="9"), lambda: drop(2)):
        with pytest.raises(IntakeError, match="contradict each other"):
            act()


def test_every_record_stays_accounted_for_whatever_is_decided(
    take, write, home, register, mend, again, drop
):
    draw = random.Random(11)
    bad = [line(record_key=f"k{at}", duration_s="x") for at in range(40)]
    good = [line(record_key=f"g{at}") for at in range(10)]
    told = take(write(*bad, *good)).as_object()
    for _ in range(30):
        open_rows = [row for row, state in states(register).items() if state in ("open", "edited")]
        act = draw.choice(("edit", "edit", "edit", "drop", "recycle"))
        if act == "recycle" and draw.random() < 0.4:
            again()
        elif act == "drop":
            drop(draw.choice(open_rows))
        elif open_rows:
            mend(draw.choice(open_rows), duration_s=draw.choice(("5", "y")))
        counts = Counter(states(register).values())
        assert counts.total() == told["suspended"]
        assert events_of(home).height == told["taken"] + counts["recycled"]
    assert {"written_off", "recycled"} < set(states(register).values())
    sound(home)


# --- sealed --------------------------------------------------------------------------------------


def test_without_the_key_nobody_reads_a_text_and_no_number_is_in_the_home(
    take, write, home, register, mend, again
):
    canary = "961987654"
    take(write(line(number=f"0{canary}", duration_s="x"), f'"{canary}', name="calls.csv"))
    mend(1, number=f"84{canary}", duration_s="7")
    mend(2, line(record_key="k2", other=f"0{canary}"))
    again()
    assert register().records["has_text"].all()
    for path in home.rglob("*"):
        if path.is_file():
            assert canary.encode() not in path.read_bytes(), path
    other = Key(bytes(32), "2021-01-01")
    with writer(home, "test") as held, pytest.raises(StoreError, match="pseudonyms under key"):
        register = read_register(held)
        recycle(held, register, register.records, other, TOLD)


def test_another_key_is_refused_without_detail(take, write, home, key, register):
    take(write(line(duration_s="x")))
    with writer(home, "test") as held:
        register = read_register(held)
        with pytest.raises(KeyFileError) as refused:
            edit(held, register, register.records, Key(bytes(32), ""), TOLD, Change(None, {}))
    assert "give the key that these records were taken in with" in str(refused.value)


@pytest.mark.parametrize("how", ["a byte", "cut short", "gone"])
def test_sealed_texts_that_are_not_as_they_were_are_refused(take, write, home, mend, how):
    take(write(line(duration_s="x")))
    path = next(home.glob("usage/part=*/sealed.parquet"))
    content = bytearray(path.read_bytes())
    content[40] ^= 1
    path.write_bytes(content if how == "a byte" else content[: len(content) // 2])
    path.unlink() if how == "gone" else None
    with pytest.raises(StoreError, match=r"sealed\.parquet"):
        mend(1, duration_s="7")
    assert not check_store(open_home(home)).ok


def test_a_sealed_text_opens_at_its_own_place_only(take, write, home, key):
    from doisoat.engine.intake.records.sealed_texts import Origin, RecordText, Vault, seal_text

    vault, origin = Vault(key.secret), Origin("a" * 64, "b" * 64, "usage")
    sealed = seal_text(vault, origin, 7, RecordText(b"text"))
    assert vault.open(origin, "row 7", sealed, "there")["raw"]
    assert sealed == seal_text(vault, origin, 7, RecordText(b"text"))
    assert sealed != seal_text(vault, origin, 8, RecordText(b"text"))
    elsewhere = [(origin, "row 8"), (origin._replace(kind="ports"), "row 7"),
                 (origin._replace(sha256="c" * 64), "row 7")]  # fmt: skip
    for at, place in elsewhere:
        with pytest.raises(StoreError, match="altered, cut short or moved"):
            vault.open(at, place, sealed, "there")
    for size in range(len(sealed)):
        with pytest.raises(StoreError, match="altered, cut short or moved"):
            vault.open(origin, "row 7", sealed[:size], "there")


# --- the command line ----------------------------------------------------------------------------


@pytest.fixture
def told(home, tmp_path, monkeypatch, capsys):
    """Runs a command line in this process; returns exit status, stdout and stderr."""
    key = tmp_path / "key"
    make_key(key, bytes(range(32)))

    def told(*args, keyed=False):
        more = ("--key", str(key)) if keyed else ()
        status = cli.run(["suspense", *map(str, args), *more, "--home", str(home)])
        said = capsys.readouterr()
        return status, said.out, said.err

    return told


WHO = ("--who", "Lan", "--why", "asked the switch's people")


def test_the_way_of_a_record_on_the_command_line(take, write, home, told, register):
    take(write(line(), line(record_key="k2", duration_s="x"), line(record_key="k3", kind="fax")))
    status, out, _ = told("list", "--json")
    records = json.loads(out)["records"]
    assert status == 0 and [one["sub_reason"] for one in records] == [
        "bad_units:duration",
        "bad_kind",
    ]
    address = records[0]["address"]
    assert {"severity": "record", "state": "open", "row": 2, "line": 3}.items() <= records[
        0
    ].items()
    shown = told("show", address)[1]
    assert "84961234567" not in shown and "bad_units" in shown
    raw = json.loads(told("show", address, "--text", "--json", keyed=True)[1])["text"]
    assert (
        raw["raw"].startswith("k2,viettel,voice,84961234567") and raw["now"] == "bad_units:duration"
    )
    status, out, err = told("edit", address, "--set", "duration_s=7", *WHO, keyed=True)
    assert status == 0 and "becomes\ttaken" in out and "--apply" in err
    assert states(register) == {2: "open", 3: "open"}
    edited = told("edit", address, "--set", "duration_s=7", *WHO, "--apply", keyed=True)
    assert edited[0] == 0 and states(register)[2] == "edited"
    lines = told("show", address, "--text", keyed=True)[1].splitlines()
    assert "edit\tduration_s=7" in lines and "now\ttaken" in lines
    assert f"columns\t{', '.join(raw['columns'])}" in lines
    said = json.loads(told("recycle", *WHO, "--apply", "--json", keyed=True)[1])
    assert said["taken"] == 1 and said["still_suspended"] == {"bad_kind": 1}
    assert told("write-off", "--reason", "bad_kind", *WHO, "--apply")[0] == 0
    assert states(register) == {2: "recycled", 3: "written_off"}
    told_of = json.loads(told("show", address, "--json")[1])
    assert [one["action"] for one in told_of["history"]] == ["edit", "recycle"]
    assert told_of["history"][0]["who"] == "Lan"
    plain = told("list", "--state", "all")[1]
    assert "Đã xóa sổ | written_off\t1" in plain and "recycled" in plain
    sound(home)


@pytest.mark.parametrize(("args", "status", "said"), [
    pytest.param(("show", "zz:1"), 5, "not the address", id="no address"),
    pytest.param(("show", "abc:99"), 5, "no suspended record is there", id="nothing there"),
    pytest.param(("write-off", *WHO), 2, "say which", id="a write-off of everything"),
    pytest.param(("write-off", "--reason", "bad_units", "--who", "Lan"), 2, "--why", id="no why"),
    pytest.param(("write-off", "--reason", "bad_units", "--who", " ", "--why", "x"), 2,
                 "some words", id="nobody"),
    pytest.param(("write-off", "--reason", "bad_units", "--who", "Lan", "--why", "0961 234 567"), 2,
                 "looks like a telephone number", id="a number in the reason"),
    pytest.param(("edit", "ROW", "--set", "number=0961234567", *WHO), 2, "--from -",
                 id="a number on the command line"),
    pytest.param(("edit", "ROW", "--set", "duration_s", *WHO), 2, "COLUMN=VALUE", id="no value"),
    pytest.param(("edit", "ROW", *WHO), 2, "nothing is changed", id="no change"),
    pytest.param(("edit", "ROW", "--set", "a=1", "--set", "a=2", *WHO), 2, "twice", id="twice"),
    pytest.param(("recycle", "0b6f2d5e-8f1c-4c53-9a35-2d1f8f0a4c11", *WHO), 5,
                 "settle the month again", id="an event of a run"),
    pytest.param(("recycle", "--mapping", "none", *WHO), 5, "no mapping has this name",
                 id="no mapping"),
])  # fmt: skip
def test_what_is_refused_says_why_and_leaves_the_home(
    take, write, home, told, register, args, status, said
):
    take(write(line(duration_s="x")))
    row = register().records.row(0, named=True)
    before = state_of(home)
    args = [f"{row['sha256'][:12]}:1" if arg == "ROW" else arg for arg in args]
    keyed = args[0] in ("edit", "recycle")
    found = told(*args, keyed=keyed)
    assert found[0] == status, found
    assert said in found[1] + found[2]
    assert state_of(home) == before
    error = json.loads(told(*args, "--json", keyed=keyed)[1])["error"]
    if status == IntakeError.exit_code:  # Of a wrong usage click says some itself.
        assert in_english(error["what"]) and in_english(error["mend"])


def test_an_address_that_is_not_enough_is_said(take, write, home, tmp_path, register):
    path = write(line(duration_s="x"))
    other = tmp_path / "again.yaml"
    take(path)
    other.write_text((cli_mapping("world")).replace("title:", "title: again,", 1))
    take(path, mapping=str(other))
    records = register().records
    sha256 = records["sha256"][0]
    assert records.height == 2
    with pytest.raises(IntakeError, match="name the mapping as well"):
        register().find([f"{sha256[:8]}:1"])
    mapping = records["mapping_sha256"][0]
    assert register().find([f"{sha256[:8]}.{mapping[:6]}:1"]).height == 1


def cli_mapping(name):
    from importlib.resources import files

    return (files("doisoat.engine.intake.mapping") / "mappings" / f"{name}.yaml").read_text("utf-8")


def test_parts_of_before_texts_were_kept_say_so(take, write, home, mend):
    take(write(line(duration_s="x")))
    part = next(home.glob("usage/part=*"))
    manifest = json.loads((part / "manifest.json").read_text())
    manifest["files"] = [file for file in manifest["files"] if file["name"] != "sealed.parquet"]
    (part / "manifest.json").write_text(json.dumps(manifest))
    (part / "sealed.parquet").unlink()
    assert list_parts(open_home(home), "usage")
    with pytest.raises(StoreError, match="before their text was kept"):
        mend(1, duration_s="7")
    sound(home)
