"""The file of all that is suspended: each with its address, and what it waits for, summed."""

import csv
import shutil
from collections import Counter

import pytest

from doisoat.engine.keys.pseudonym import make_key

from ..intake.conftest import USAGE, line
from .conftest import done, refused, rows, run
from .test_refunds import row_texts
from .test_suspense import NUMBER, SUBSCRIPTIONS, WHO

OTHER = "84961234568"


def read(path, delimiter=","):
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


@pytest.fixture(scope="module")
def listed(settled, tmp_path_factory):
    """The list of the settled world with its keys, and what the command told."""
    path = tmp_path_factory.mktemp("treo") / "treo.csv"
    told = done(
        "suspense", "list", "--csv", path, "--files", settled[0] / "world", "--home", settled[0]
    )
    return read(path), told


TRUTH = """
SELECT s.event_id::VARCHAR, s.reason, s.carrier, f.name, r.row::VARCHAR, e.kind,
    CASE e.kind WHEN 'pack' THEN e.pack ELSE e.destination END, e.units::VARCHAR,
    coalesce(e.charged::VARCHAR, '')
FROM usage.suspense AS s JOIN usage.event AS e USING (event_id)
JOIN usage.record_event AS r USING (event_id) JOIN usage.source_file AS f
    ON f.source_file = r.source_file
WHERE s.stage = 'settle' AND s.reason <> 'conflicting' AND r.state = 'taken'
"""


def test_each_event_stands_there_as_the_database_has_it(settled, listed):
    truth = {row[0]: row[1:] for row in rows(settled[0], TRUTH)}
    names = ("reason", "carrier", "file", "row", "kind", "destination", "units", "charged")
    events = {row["event_id"]: row for row in listed[0] if row["event_id"] and not row["address"]}
    assert len(truth) > 20 and events.keys() == truth.keys()
    for event, row in events.items():
        assert tuple(row[name] for name in names) == tuple(truth[event]), row
    priced = [row for row in events.values() if row["reason"] == "no_tariff"]
    assert priced and all(row["plan"] for row in priced)


def test_each_record_stands_there_once_with_its_address(settled, listed):
    told = done("suspense", "list", "--limit", "1000000", "--home", settled[0])
    records = {one["address"]: one for one in told["records"]}
    found = [row for row in listed[0] if row["address"]]
    assert len(found) == len(records) > 3
    for row in found:
        one = records[row["address"]]
        assert (row["file"], row["row"]) == (one["file"], str(one["row"]))
        assert row["reason"] == (one["sub_reason"] or one["reason"])
    copies = [
        row for row in found if row["reason"] == "conflicting" and row["file_kind"] == "usage"
    ]
    assert copies and all(row["carrier"] and row["kind"] and row["start_at"] for row in copies)
    assert all(count > 1 for count in Counter(row["event_id"] for row in copies).values())


def test_the_key_is_what_stands_in_the_file_at_that_row(settled, listed):
    world = settled[0] / "world"
    texts = {row["file"]: row_texts(world / row["file"]) for row in listed[0] if row["key"]}
    keyed = 0
    for row in listed[0]:
        key = row["key"].partition(" ")[2] or row["key"]
        if key and "#" not in key:
            assert key in texts[row["file"]][int(row["row"])], row
            keyed += 1
    assert keyed > 20


def test_what_most_rows_wait_for_stands_first_and_is_summed(listed):
    form, told = listed
    order = list(dict.fromkeys(row["to_do"] for row in form))
    counts = Counter(row["reason"] for row in form)
    assert {one["reason"]: one["rows"] for one in told["to_do"]} == counts
    sums = [one["rows"] for one in told["to_do"]]
    assert sums == sorted(sums, reverse=True) and sum(sums) == len(form)
    for one in told["to_do"]:  # nothing is said where no source says it
        own = [row["charged"] for row in form if row["reason"] == one["reason"] and row["charged"]]
        assert one["charged"] == (str(sum(map(int, own))) if own else None)
    assert order == list(dict.fromkeys(one["mend"]["vi"] for one in told["to_do"]))
    runs = [row["reason"] for row in form]
    assert len([1 for a, b in zip(runs, [None, *runs], strict=False) if a != b]) == len(counts)


@pytest.fixture
def mixed(tmp_path, monkeypatch):
    """A home with an unreadable call, a stranger's, copies that contradict, a spoilt subscriber."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    make_key(tmp_path / "data" / "doisoat" / "pseudonym.key", bytes(range(32)))
    home, exports = tmp_path / "home", tmp_path / "xuat"
    exports.mkdir()
    master, usage = exports / "subscriptions.csv", exports / "usage.csv"
    someone = f"{NUMBER},,viettel,viettel.Tomato,standard,prepaid,79"
    master.write_text(
        f"{SUBSCRIPTIONS}\n{someone},2021-01-01 00:00:00,\n"
        f"{OTHER},,viettel,viettel.Tomato,standard,prepaid,79,2021-01-32 00:00:00,\n"
    )
    lines = [
        line(), line(record_key="lạ", number="84969999999"),
        line(record_key=NUMBER, duration_s="x"),
        line(record_key="c", duration_s="10"), line(record_key="c", duration_s="20"), "hỏng",
    ]  # fmt: skip
    usage.write_text("\n".join([USAGE, *lines, ""]))
    done("intake", master, "--mapping", "world", "--kind", "subscriptions", "--home", home)
    done("intake", usage, "--mapping", "world", "--home", home)
    done("settle", "--home", home)
    return home, exports


def test_records_and_events_of_a_small_home(mixed, tmp_path):
    home, exports = mixed
    path = tmp_path / "treo.csv"
    told = done("suspense", "list", "--csv", path, "--files", exports, "--home", home)
    form = read(path)
    shown = {
        (row["reason"], row["file"], row["row"]): (row["key"], row["carrier"], row["kind"])
        for row in form
    }
    assert shown == {
        ("conflicting", "usage.csv", "4"): ("viettel c", "viettel", "voice"),
        ("conflicting", "usage.csv", "5"): ("viettel c", "viettel", "voice"),
        ("no_subscription", "usage.csv", "2"): ("viettel lạ", "viettel", "voice"),
        ("bad_units:duration", "usage.csv", "3"): ("viettel #", "viettel", ""),  # key: a number
        ("structure", "usage.csv", "6"): ("", "viettel", ""),
        ("bad_time:valid_from", "subscriptions.csv", "2"): ("", "", ""),
    }
    sums = {one["reason"]: (one["rows"], one["charged"]) for one in told["to_do"]}
    assert sums["conflicting"] == (2, "3000") and sums["no_subscription"] == (1, "1500")
    assert sums["bad_units:duration"] == (1, None)
    text = path.read_text("utf-8")
    assert NUMBER[2:] not in text and OTHER[2:] not in text and "969999999" not in text
    # Chosen among the states: what was written off waits for nobody.
    address = next(row["address"] for row in form if row["reason"] == "structure")
    done("suspense", "write-off", address, *WHO, "--home", home)
    done("suspense", "list", "--csv", path, "--home", home)
    assert address not in {row["address"] for row in read(path)}
    done("suspense", "list", "--state", "written_off", "--reason", "structure", "--csv", path,
         "--csv-style", "excel", "--home", home)  # fmt: skip
    (row,) = read(path, ";")
    assert row["state"] == "written_off" and row["address"].strip() == address


def test_files_that_were_not_taken_in_give_no_key(mixed, tmp_path):
    home, exports = mixed
    path, other = tmp_path / "treo.csv", tmp_path / "khac"
    other.mkdir()
    shutil.copy(exports / "subscriptions.csv", other)
    status, _, said = run("suspense", "list", "--csv", path, "--files", other, "--home", home)
    assert status == 0 and "5 of" in said and "have no key" in said
    assert {row["key"] for row in read(path)} == {""}
    assert refused(2, "suspense", "list", "--files", exports, "--home", home)
    assert refused(6, "suspense", "list", "--csv", tmp_path / "treo.txt", "--home", home)


def test_a_home_with_nothing_in_suspense_writes_heads_alone(mixed, tmp_path):
    home, _ = mixed
    path = tmp_path / "treo.csv"
    told = done("suspense", "list", "--reason", "bad_kind", "--csv", path, "--home", home)
    assert told["to_do"] == [] and read(path) == []
    assert path.read_text("utf-8-sig").startswith("reason,what,to_do,state,address,event_id,file,")
    assert done("suspense", "list", "--home", home)["to_do"] is None
