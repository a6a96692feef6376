"""A person goes out of a home; what was settled stays, and is what it comes to again."""

import io
import json
import shutil
from pathlib import Path
from uuid import UUID

import polars as pl
import pytest

from doisoat.engine.intake.records.event_index import EventIndex
from doisoat.engine.store.home import INDEX, list_parts, open_home, writer
from doisoat.errors import ConservationError, StoreError
from doisoat.settlement.log import tombstones as removed
from doisoat.settlement.upkeep import erase

from .conftest import Killed, done, refused, rows, run, tree_of

GO = ("--apply", "--why", "yêu cầu 17")
FIGURES = "SELECT * FROM rated.{} ORDER BY ALL"


def holds(home, who):
    """Files of a home in which an identity stands, in any form that the home knows."""
    forms = {
        who.bytes, who.bytes[::-1], str(who).encode(), who.hex.encode(),
        who.bytes[:8][::-1], who.bytes[8:][::-1], who.bytes[:8], who.bytes[8:],
        str(who.int >> 64).encode(), str(who.int & (1 << 64) - 1).encode(),
    }  # fmt: skip
    return sorted(
        str(path.relative_to(home))
        for path in home.rglob("*")
        if path.is_file() and any(form in path.read_bytes() for form in forms)
    )


def somebody(home):
    """Who has relief, and is called by others as well."""
    return rows(home, "SELECT owner_id FROM rated.relief_line WHERE owner_id IN"
                " (SELECT counterparty FROM usage.event) AND owner_id IN (SELECT subscriber_id"
                " FROM usage.subscription)"
                " GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1")[0][0]  # fmt: skip


def figures(home):
    return [rows(home, FIGURES.format(name)) for name in ("total", "relief_total")] + [
        rows(home, "SELECT * FROM settlement.statement_line ORDER BY ALL")
    ]


def test_packs_that_name_the_person_go_and_others_stay(settled, home):
    who = somebody(home)
    own = rows(home, f"SELECT DISTINCT carrier FROM usage.event WHERE owner_id = '{who}'"
               f" OR subscriber_id = '{who}' OR counterparty = '{who}'")  # fmt: skip
    naming = {carrier for (carrier,) in own}
    every = {carrier for (carrier,) in rows(home, "SELECT carrier FROM settlement.statement")}
    assert naming and every - naming
    packs = {carrier: Path(done("pack", carrier, "2021-08", "--tar", "--home", home)["path"])
             for carrier in every}  # fmt: skip
    alone = min(naming)
    shutil.rmtree(packs[alone])  # its archive is left
    checked = done("store", "check", "--home", home)
    assert checked["findings"] == checked["notes"] == []
    told = done("store", "erase", who, "--home", home)
    assert told["packs"] == 2 * len(naming) - 1
    done("store", "erase", who, *GO, "--home", home)
    left = {path.name for path in (home / "packs").iterdir()}
    stays = {packs[carrier].name for carrier in every - naming}
    assert left == {*stays, *(f"{name}.tar" for name in stays)}


def test_nothing_names_the_person_and_every_figure_is_as_before(settled, home, files, key):
    who, first = somebody(home), settled[1]
    assert len(holds(home, who)) > 3
    before, tree = figures(home), tree_of(home)
    told = done("store", "erase", who, "--home", home)  # a dry run
    assert tree_of(home) == tree and told["dry_run"] and told["act"] is None
    count = rows(home, f"SELECT count(*) FROM usage.event WHERE owner_id = '{who}'")[0][0]
    assert told["rows"]["used"] == count > 0
    assert told["rows"]["called"] > 0 and told["rows"]["subscription"] == 1
    opened = open_home(home)
    EventIndex.of(opened).refresh(list_parts(opened, "usage"))  # as an intake does
    assert (told["parts"], told["runs"]) == (2, 1)

    lines = rows(home, f"SELECT count(*), sum(amount) FROM rated.relief_line"
                 f" WHERE owner_id = '{who}'")  # fmt: skip
    told = done("store", "erase", who, *GO, "--home", home)
    assert holds(home, who) == [] and figures(home) == before
    assert not (home / INDEX).exists()  # it had ids of the person's events
    (again,) = told["settled_again"]
    assert again["before"] == first["run"] != again["after"]
    checked = done("store", "check", "--home", home)
    assert checked["findings"] == checked["notes"] == []
    # It is a run like any other: the same once more.
    last = done("settle", "--home", home)
    assert last["same_run"] and last["run"] == again["after"]
    assert {n: last[n] for n in ("events", "rated", "list_value", "discount", "payable")} == {
        n: first[n] for n in ("events", "rated", "list_value", "discount", "payable")
    }
    assert rows(home, "SELECT owner_id, count(*), sum(amount) FROM rated.relief_line GROUP BY 1"
                f" HAVING count(*) = {lines[0][0]} AND sum(amount) = {lines[0][1]}")  # fmt: skip
    # The log tells of it, without a name.
    stone = json.loads((home / "removed" / told["act"] / "manifest.json").read_text())
    assert stone["what"] == "erase" and stone["why"] == "yêu cầu 17"
    assert {item["floor"] for item in stone["items"]} == {"usage", "master", "runs"}
    assert rows(home, "SELECT what FROM audit.event ORDER BY entry")[-1] == ("erase",)
    assert not (home / "erasing.json").exists()
    # Gone is gone; but what their events are named by was kept, so that they are known again.
    assert "nobody of this identity" in refused(6, "store", "erase", who, "--home", home)["what"]
    path = next(p for p in files if p.name.startswith("usage-vietnamobile-") and p.suffix == ".csv")
    more = home.parent / "again.csv"
    more.write_text(path.read_text("utf-8") + "\n", "utf-8")
    told = done("intake", more, "--mapping", "world", "--key", key, "--home", home)
    assert told["taken"] == 0 and told["duplicates"] > 0


def test_every_month_of_a_chain_is_settled_again(five_months, tmp_path):
    home = shutil.copytree(five_months[0], tmp_path / "out")
    who, before = somebody(home), figures(home)
    told = done("store", "erase", who, *GO, "--home", home)
    assert [one["period"] for one in told["settled_again"]] == sorted(five_months[1])
    assert all(one["before"] != one["after"] for one in told["settled_again"])
    assert figures(home) == before and holds(home, who) == []
    assert done("store", "check", "--home", home)["findings"] == []
    assert len(list((home / "runs").iterdir())) == 5


def test_parts_that_were_merged_and_runs_of_before_go_too(home, key, tmp_path, files):
    who = somebody(home)
    late = tmp_path / "late.csv"
    late.write_text(next(p for p in files if p.name.endswith("resent.csv")).read_text() + "\n")
    done("intake", late, "--mapping", "world", "--key", key, "--home", home)
    done("settle", "--home", home, "--reading", "m4.viettel=does_not")
    done("store", "compact", "--home", home)
    told = done("store", "erase", who, *GO, "--home", home)
    assert told["runs"] == 2 and told["parts"] >= 3
    assert holds(home, who) == []
    assert done("store", "check", "--home", home)["findings"] == []


def test_by_number_with_the_key(home, key, files, monkeypatch, capsys):
    people = next(p for p in files if p.name == "subscriptions-vietnamobile.csv")
    frame = pl.read_csv(people, infer_schema=False)
    number = frame.filter(pl.col("number") != "")["number"][0]
    before = tree_of(home)

    def ask(text, *more):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{text}\n"))
        return run("store", "erase", "--number", "--key", key, *more, "--home", home)

    status, told, said = ask(number)
    assert status == 0 and told["rows"]["subscription"] >= 1
    assert number[1:] not in json.dumps(told) + said
    status, told, said = ask("no number at all 0961234567")
    assert status == 5 and "0961234567" not in json.dumps(told) + said
    status, told, said = ask("0999999999")
    assert status == 6 and "0999999999" not in json.dumps(told) + said
    assert tree_of(home) == before


def test_another_key_names_nobody(home, tmp_path, monkeypatch):
    other = tmp_path / "other.key"
    done("key", "new", "--key", other)
    monkeypatch.setattr("sys.stdin", io.StringIO("0961234567\n"))
    error = refused(8, "store", "erase", "--number", "--key", other, "--home", home)
    assert "no usage of this home" in error["what"] and "--key" in error["mend"]


def test_what_is_not_settled_as_it_stands_is_settled_first(home, key, tmp_path, files):
    """Else nobody could say whether figures changed by the erasure or by what came since."""
    who = somebody(home)
    path = next(p for p in files if p.name.startswith("usage-vietnamobile-") and p.suffix == ".csv")
    header, first, *_ = path.read_text("utf-8").splitlines()
    record = {**dict(zip(header.split(","), first.split(","), strict=True)), "record_key": "late"}
    late = tmp_path / "late.csv"
    late.write_text("\n".join([header, ",".join(record.values()), ""]))
    done("intake", late, "--mapping", "world", "--key", key, "--home", home)
    before = tree_of(home)
    error = refused(7, "store", "erase", who, *GO, "--home", home)
    assert "changed since" in error["what"] and "settle --period 2021-08" in error["mend"]
    assert tree_of(home) == before


def test_somebody_of_a_home_that_was_never_settled(files, key, tmp_path):
    home = tmp_path / "out"
    path = next(p for p in files if p.name.startswith("usage-vietnamobile-") and p.suffix == ".csv")
    done("intake", path, "--mapping", "world", "--key", key, "--home", home)
    bucket = next(home.glob("usage/part=*/bucket=*"))
    hi, lo = pl.read_parquet(bucket).select("owner_hi", "owner_lo").row(0)
    who = UUID(int=hi << 64 | lo)
    told = done("store", "erase", who, *GO, "--home", home)
    assert told["settled_again"] == [] and holds(home, who) == []
    assert done("store", "check", "--home", home) | {"removed": 1} == {
        **done("store", "check", "--home", home), "ok": True, "removed": 1
    }  # fmt: skip


@pytest.mark.parametrize("dies_in", ["second", "begin", "removal"])
def test_whoever_dies_on_the_way_leaves_a_note_and_the_next_one_ends_it(home, monkeypatch, dies_in):
    who, before = somebody(home), figures(home)

    calls = []

    def dies_at(number, function):
        def call(*args, **more):
            calls.append(1)
            if len(calls) > number:
                raise Killed
            return function(*args, **more)

        return call

    where, name, number = {
        "second": (erase, "_rewrite", 1),  # usage has the new identity, master data the old one
        "begin": (removed, "begin", 0),  # settled again, and nothing removed
        "removal": (Path, "rename", 1),  # one thing removed
    }[dies_in]
    with monkeypatch.context() as patch:
        patch.setattr(where, name, dies_at(number, getattr(where, name)))
        with pytest.raises(Killed):
            erase.erase(home, who.int, "test")
    told = done("store", "check", "--home", home)
    assert told["findings"] == [] and "--resume" in told["notes"][-1]
    status, told, _ = run("verify", "--home", home)
    assert status == 3 and told["findings"][0]["where"] == str(home / "erasing.json")
    assert "doisoat store erase --resume" in told["findings"][0]["what"]
    assert not any("relief.duckdb" in one["where"] for one in told["findings"])
    # Between two states nobody else writes, and nobody else is erased.
    for command in (("settle",), ("store", "compact"), ("store", "retain", *GO)):
        assert "--resume" in refused(6, *command, "--home", home)["mend"]
    assert "--resume" in refused(6, "store", "erase", who, *GO, "--home", home)["mend"]
    done("store", "erase", "--resume", "--home", home)
    assert holds(home, who) == [] and figures(home) == before
    told = done("store", "check", "--home", home)
    assert told["findings"] == told["notes"] == []
    assert len(list((home / "removed").iterdir())) == 1
    with pytest.raises(StoreError, match="no erasure was cut short"):
        erase.resume(home)


def test_figures_that_changed_stop_it(home, monkeypatch):
    """What went wrong is told before anything of before is removed."""
    who = somebody(home)
    monkeypatch.setattr(erase, "_same", lambda one, other: one.name != "relief_total.parquet")
    with pytest.raises(ConservationError, match="relief_total of 2021-08"):
        erase.erase(home, who.int, "test")
    monkeypatch.undo()
    assert not (home / "removed").exists() and len(list((home / "runs").iterdir())) == 2


def test_bad_asks_are_refused_and_change_nothing(home, tmp_path):
    before, who = tree_of(home), somebody(home)
    for given in ((), (who, "--number"), (who, "--resume"), (who, "--apply"), ("0961234567",)):
        status, told, said = run("store", "erase", *given, "--home", home)
        assert status == 2 and "0961234567" not in json.dumps(told) + said
    assert "nobody" in refused(6, "store", "erase", UUID(int=5), "--home", home)["what"]
    assert "no home" in refused(6, "store", "erase", who, "--home", tmp_path / "none")["what"]
    assert tree_of(home) == before
    with writer(home, "test"), pytest.raises(StoreError, match="held by pid"):
        erase.erase(open_home(home).path, who.int, "test")
