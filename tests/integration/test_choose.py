"""A decision which copy is right ends a contradiction: as if that copy alone had come in."""

from pathlib import Path

import pytest

from doisoat.engine.store.home import open_home
from doisoat.settlement.rerating.evaluation import World, evaluate, gather_ground
from doisoat.settlement.verify.store_check import check_store
from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.tariffs.load.tariffs import load_catalogue, load_package

from .conftest import done, refused, rows, run, take_world

ROOT = Path(__file__).resolve().parents[2]
WHO = ("--who", "Lan", "--why", "the switch sent it again", "--apply")
CHANGES = [
    pytest.param({"charged": "77777"}, id="another charge"),
    pytest.param({"started": "2021-08-30 23:59:59.000"}, id="another time"),
    pytest.param({"started": "2021-09-01 00:00:00.500"}, id="another month"),
    pytest.param({"number": "0921234567", "account": ""}, id="another owner"),
]
SUSPENDED = "SELECT count(*) FROM usage.suspense WHERE stage = 'settle' AND reason = 'conflicting'"


def copies(home):
    """The two copies of the contradicted event: {file: address}."""
    listed = done("suspense", "list", "--reason", "conflicting", "--state", "all", "--limit",
                  "100000", "--home", home)["records"]  # fmt: skip
    (new,) = [record for record in listed if record["file"] == "more.csv"]
    shown = done("suspense", "show", new["address"], "--home", home)
    assert len(shown["copies"]) == 2 and all(copy["says"] for copy in shown["copies"])
    return {copy["file"]: copy["address"] for copy in shown["copies"]}


def result(told):
    """What settling said, without what names the run's inputs."""
    of_the_run = ("run", "same_run", "home", "reports", "rated_shards", "since", "why_whole")
    return {name: value for name, value in told.items() if name not in of_the_run}


def sums(home):
    catalogue = load_catalogue(bundled_catalogue())
    ground = gather_ground(home, catalogue, "2021-08", None)
    worlds = [World(catalogue, load_package(name)) for name in ("vn-2021-08", "none")]
    return evaluate(ground, worlds, by_owner=True)


@pytest.mark.parametrize("change", CHANGES)
def test_the_chosen_copy_is_settled_as_if_it_alone_had_come_in(
    settled, home, tmp_path, files, key, take, world_line, change
):
    # As if the carrier had never written the other line: a world with the line changed in place.
    _, record = world_line
    other, changed = tmp_path / "other", []
    for path in files:
        text = path.read_text("utf-8") if path.suffix == ".csv" else None
        old, new = (",".join(one.values()) for one in (record, {**record, **change}))
        if text is not None and f"\n{old}\n" in text:
            path = tmp_path / path.name
            path.write_text(text.replace(f"\n{old}\n", f"\n{new}\n", 1), "utf-8")
        changed.append(path)
    assert changed != files
    take_world(changed, other, key)
    expected = done("settle", "--period", "2021-08", "--home", other)

    take(change)
    first = done("settle", "--period", "2021-08", "--home", home)
    done("suspense", "choose", copies(home)["more.csv"], *WHO, "--home", home)
    chosen = done("settle", "--period", "2021-08", "--home", home)
    assert not chosen["same_run"] and chosen["run"] != first["run"]
    assert result(chosen) == result(expected)
    assert check_store(open_home(home)).ok
    assert [one.totals.rows() for one in sums(home)] == [one.totals.rows() for one in sums(other)]
    assert [one.owners.rows() for one in sums(home)] == [one.owners.rows() for one in sums(other)]
    # The other copy: as if nothing had contradicted it.
    stored = next(address for name, address in copies(home).items() if name != "more.csv")
    done("suspense", "choose", stored, *WHO, "--home", home)
    assert result(done("settle", "--period", "2021-08", "--home", home)) == result(settled[1])
    # And undecided again: the run of before, whose folder is there still.
    done("suspense", "reopen", stored, *WHO, "--home", home)
    assert done("settle", "--period", "2021-08", "--home", home)["run"] == first["run"]


def test_the_database_shows_the_chosen_copy_and_who_chose_it(home, take):
    take({"charged": "77777"})
    done("settle", "--home", home)
    (undecided,) = rows(home, SUSPENDED)
    both = copies(home)
    event = "event_id = (SELECT event_id FROM usage.suspense JOIN usage.source_file USING" \
            " (source_file) WHERE name = 'more.csv')"  # fmt: skip
    found = f"SELECT name, charged FROM usage.event JOIN usage.source_file USING (source_file)" \
            f" WHERE {event}"  # fmt: skip
    states = f"SELECT name, state, decided_by FROM usage.suspense JOIN usage.source_file USING" \
             f" (source_file) WHERE stage <> 'settle' AND {event} ORDER BY name"  # fmt: skip
    (old, _), (new, _) = sorted(both.items(), key=lambda one: one[0] == "more.csv")
    stages = states.replace("decided_by", "stage")
    assert sorted(rows(home, states)) == sorted([(old, "open", None), (new, "open", None)])
    assert dict([(name, stage) for name, _, stage in rows(home, stages)]) == {
        old: "contradicted",
        new: "intake",
    }
    done("suspense", "choose", both[new], *WHO, "--home", home)
    told = done("settle", "--home", home)
    assert rows(home, found) == [(new, 77_777)]
    assert rows(home, SUSPENDED) == [(undecided[0] - 1,)]
    assert sorted(rows(home, states)) == sorted([(old, "set_aside", "Lan"), (new, "chosen", "Lan")])
    count = rows(home, "SELECT count(*) FROM usage.event")
    (told_id,) = rows(home, f"SELECT event_id FROM usage.event WHERE charged = 77777 AND {event}")
    explained = done("explain", told_id[0], "--home", home)
    assert explained["status"] == "rated" and explained["agrees_with_published"]
    assert explained["source"]["name"] == "more.csv"
    # Merged, the same; the other copy chosen, as many events.
    done("store", "compact", "--home", home)
    assert done("settle", "--home", home)["digest"] == told["digest"]
    assert done("explain", told_id[0], "--home", home) == explained
    assert rows(home, found) == [(new, 77_777)]
    done("suspense", "choose", both[old], *WHO, "--home", home)
    done("settle", "--home", home)
    assert [name for name, _ in rows(home, found)] == [old]
    assert rows(home, "SELECT count(*) FROM usage.event") == count


def test_an_event_is_explained_as_its_month_was_settled(home, take):
    """Neither a decision of later nor one that was taken back is the run's."""
    take({"charged": "77777"})
    done("settle", "--home", home)
    both = copies(home)
    (event,) = rows(home, "SELECT DISTINCT event_id FROM usage.suspense JOIN usage.source_file"
                    " USING (source_file) WHERE name = 'more.csv'")  # fmt: skip
    ask = ("explain", event[0], "--home", home)
    undecided = done(*ask)
    assert undecided["status"] == "conflicting"
    done("suspense", "choose", both["more.csv"], *WHO, "--home", home)
    assert done(*ask) == undecided
    done("settle", "--home", home)
    decided = done(*ask)
    assert decided["status"] == "rated"
    done("suspense", "reopen", both["more.csv"], *WHO, "--home", home)
    assert done(*ask) == decided


def test_none_of_them_is_right(settled, home, take):
    take({"charged": "77777"})
    first = done("settle", "--home", home)
    both = copies(home)
    done("suspense", "choose", both["more.csv"], "--none", *WHO, "--home", home)
    again = done("settle", "--home", home)
    assert again["same_run"] and again["run"] == first["run"]
    found = rows(home, "SELECT state, count(*) FROM usage.suspense WHERE stage <> 'settle' AND"
                 " decided_by = 'Lan' GROUP BY state")  # fmt: skip
    assert found == [("written_off", 2)]


def test_what_is_asked_for_wrongly_is_refused(home, take):
    take({"charged": "77777"})
    (address, *_) = copies(home).values()
    for line in (["choose"], ["choose", address, "--file", "abc"], ["reopen"]):
        assert refused(2, "suspense", *line, *WHO, "--home", home)
    error = refused(5, "suspense", "write-off", address, *WHO, "--home", home)
    assert "doisoat suspense choose" in error["mend"]
    assert done("suspense", "reopen", address, *WHO, "--home", home)["records"] == 0


def accounts_that_disagree(home):
    """Question 4 of the audit queries: the files whose account is not that of the tables."""
    text = (ROOT / "docs" / "audit-queries.md").read_text("utf-8")
    query = text.split("## 4. ", 1)[1].split("```sql\n", 1)[1].split("```", 1)[0]
    return rows(home, query)


def test_the_accounts_of_files_hold_whatever_is_decided(home, take):
    take({"charged": "77777"})
    done("settle", "--home", home)
    assert accounts_that_disagree(home) == []
    for address in copies(home).values():
        done("suspense", "choose", address, *WHO, "--home", home)
        done("settle", "--home", home)
        assert accounts_that_disagree(home) == []


def test_copies_of_two_months_are_told_and_both_months_settled_anew(home, take):
    """Also the month that has no event any more: an event is in one run in force."""
    take({"started": "2021-09-01 00:00:00.500"})
    both = copies(home)
    stored = next(address for name, address in both.items() if name != "more.csv")
    told = done("suspense", "choose", both["more.csv"], *WHO, "--home", home)
    assert told["months"] == ["2021-08", "2021-09"]
    for month in told["months"]:
        done("settle", "--period", month, "--home", home)
    assert rows(home, "SELECT events FROM rated.run WHERE period = '2021-09'") == [(1,)]
    done("suspense", "choose", stored, *WHO, "--home", home)
    _, _, said = run("settle", "--period", "2021-08", "--home", home)
    assert "settle 2021-09 again" in said
    assert done("settle", "--period", "2021-09", "--home", home)["events"] == 0
    events = rows(home, "SELECT sum(events) FROM rated.run")
    assert events == rows(home, "SELECT count(DISTINCT event_id) FROM (SELECT event_id FROM"
                          " usage.event UNION SELECT event_id FROM usage.suspense WHERE stage ="
                          " 'settle')")  # fmt: skip
    _, _, said = run("settle", "--period", "2021-09", "--home", home)
    assert "again" not in said


def test_findings_are_those_of_the_chosen_copy(home, take, world_line):
    _, record = world_line
    assert record["kind"] == "pack" and record["carrier"] == "vietnamobile"
    take({"pack": "viettel.4G40"})
    both = copies(home)
    found = "SELECT about FROM settlement.finding WHERE finding = 'pack_of_other_carrier'"
    done("settle", "--home", home)
    before = rows(home, found)
    done("suspense", "choose", both["more.csv"], *WHO, "--home", home)
    done("settle", "--home", home)
    assert len(rows(home, found)) == len(before) + 1
    stored = next(address for name, address in both.items() if name != "more.csv")
    done("suspense", "choose", stored, *WHO, "--home", home)
    done("settle", "--home", home)
    assert rows(home, found) == before


def test_a_decision_that_a_run_was_settled_by_cannot_be_taken_away_unseen(home, take):
    take({"charged": "77777"})
    done("suspense", "choose", copies(home)["more.csv"], *WHO, "--home", home)
    done("settle", "--home", home)
    assert done("store", "check", "--home", home)["ok"]
    (home / "suspense" / "00000001.json").unlink()
    status, told, _ = run("store", "check", "--home", home)
    assert status == 6 and any("a decision that stood then" in one["what"]
                               for one in told["findings"])  # fmt: skip


def test_what_stands_in_a_month_that_is_not_settled_is_said_so(home, take):
    take({"started": "2021-09-01 00:00:00.500"})
    both = copies(home)
    done("suspense", "choose", both["more.csv"], *WHO, "--home", home)
    done("settle", "--period", "2021-08", "--home", home)
    (event,) = rows(home, "SELECT DISTINCT event_id FROM usage.suspense JOIN usage.source_file"
                    " USING (source_file) WHERE name = 'more.csv'")  # fmt: skip
    error = refused(7, "explain", event[0], "--home", home)
    assert "of 2021-09" in error["what"] and "--period 2021-09" in error["mend"]
    error = refused(5, "suspense", "choose", event[0], *WHO, "--home", home)
    assert both["more.csv"] in error["mend"]
    for digits in ("", "ffffffffffff0", "0961234567"):
        error = refused(5, "suspense", "choose", "--file", digits, *WHO, "--home", home)
        assert "0961234567" not in str(error)
