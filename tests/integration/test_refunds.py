"""Refunds that a carrier paid: what is booked, how it stands since, and what is refused."""

import csv

import polars as pl
import pytest

from doisoat.engine.store.home import open_home
from doisoat.settlement.corrections.refund_status import paid_within
from doisoat.settlement.figures.period import Period

from .conftest import done, refused, rows, run, tree_of

CARRIERS = ("viettel", "vnpt", "mobifone", "vietnamobile")
STATE = "SELECT refund, paid, state FROM settlement.refund_state WHERE event_id = '{}'"


@pytest.fixture(scope="module")
def due(settled, tmp_path_factory):
    """The form of the settled home: what is due, to be filled in."""
    path = tmp_path_factory.mktemp("due") / "hoan-tra.csv"
    told = done("refund", "list", "2021-08", "--csv", path, "--home", settled[0])
    with open(path, encoding="utf-8-sig", newline="") as file:
        form = list(csv.DictReader(file))
    assert len(form) > 3
    counted = [state["due"] for state in told["carriers"].values()]
    assert sum(one["events"] for one in counted) == len(form)
    assert sum(int(one["refund"]) for one in counted) == sum(int(row["amount"]) for row in form)
    return form


@pytest.fixture
def file(due, tmp_path):
    """Writes the first rows of the form, filled in, with changes."""

    def write(*changes, rows=1, head=None, name="tra.csv"):
        filled = [{**row, "paid_on": "2021-09-20", "document": "UNC 7"} for row in due[:rows]]
        for row, change in zip(filled, changes, strict=False):
            row |= change
        path = tmp_path / name
        with open(path, "w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, head or filled[0].keys(), extrasaction="ignore")
            writer.writeheader()
            writer.writerows(filled)
        return path

    return write


def test_what_was_paid_stands_beside_what_is_due(home, due, file):
    event, amount = due[0]["event_id"], int(due[0]["amount"])
    told = done("refund", "import", file({"amount": amount - 1}, rows=3), "--home", home)
    assert told["payments"] == 3 and not told["already"]
    assert rows(home, STATE.format(event)) == [(amount, amount - 1, "part_paid")]
    before = tree_of(home)
    # The same payments, in another file, order and place of columns, are nothing new.
    head = [*reversed(due[0].keys())]
    again = file({"amount": amount - 1}, rows=3, head=head, name="khac.csv")
    lines = again.read_text("utf-8").split("\n")
    again.write_text("\n".join([lines[0], *reversed(lines[1:])]), "utf-8")
    assert done("refund", "import", again, "--home", home) == {**told, "already": True}
    assert tree_of(home) == before
    # Told again beside another payment it would be paid twice.
    error = refused(5, "refund", "import", file({"amount": amount - 1}, rows=4), "--home", home)
    assert "this payment of event" in error["what"] and "already" in error["what"]
    assert error["where"] == "tra.csv, 2–4:1"
    assert tree_of(home) == before
    # A changed byte of what was booked is found, and so is what was lost.
    folder = home / "refunds" / told["refunds"]
    for path in sorted(folder.iterdir()):
        content = path.read_bytes()
        path.write_bytes(content[:-2] + bytes([content[-2] ^ 1]) + content[-1:])
        status, said, _ = run("store", "check", "--home", home)
        found = status == 3 and any(str(folder) in one["where"] for one in said["findings"])
        assert found or run("verify", "--home", home)[0] == 3
        path.write_bytes(content)
    folder.rename(folder.with_name(f"{folder.name[:-1]}-"))
    findings = run("store", "check", "--home", home)[1]["findings"]
    assert any("lost" in one["what"] for one in findings)
    folder.with_name(f"{folder.name[:-1]}-").rename(folder)
    # Taken back: all of the first, none of the others.
    back = file({"amount": 1 - amount, "paid_on": "21/9/2021", "document": "thu lại"})
    done("refund", "import", back, "--home", home)
    assert rows(home, STATE.format(event)) == [(amount, 0, "due")]
    listed = done("refund", "list", "2021-08", "--home", home)["carriers"]
    assert {state for states in listed.values() for state in states} == {"due", "paid"}
    assert done("verify", "--home", home)["ok"]
    left = sum(int(row["amount"]) for row in due[1:3])
    for month, paid in (("2021-08", 0), ("2021-09", left)):
        found = [paid_within(open_home(home), Period.of(month), name) for name in CARRIERS]
        assert sum(found) == paid


@pytest.mark.parametrize(
    ("change", "what"),
    [
        pytest.param({"amount": "0"}, "amount: '0' is not whole đồng", id="nothing"),
        pytest.param({"amount": "1.967"}, "amount: '1.967' is not whole", id="grouped"),
        pytest.param({"amount": str(10**13)}, "in digits alone", id="too large"),
        pytest.param({"amount": "999999"}, "999999 đồng would be paid in all,", id="too much"),
        pytest.param({"amount": "-1"}, "-1 đồng would be paid in all", id="none to take back"),
        pytest.param({"paid_on": "2021-07-31"}, "before event", id="before it happened"),
        pytest.param({"paid_on": "2999-01-01"}, "has not come yet", id="still to come"),
        pytest.param({"paid_on": "31/02/2022"}, "is no day", id="no day"),
        pytest.param({"document": " "}, "document: a text", id="no document"),
        pytest.param(
            {"document": " ", "paid_on": ""}, "paid_on, document: not filled in", id="as it came"
        ),
        pytest.param({"document": "hoàn 0912 345 678"}, "telephone number", id="whose it is"),
        pytest.param({"event_id": "7"}, "'7' is no id", id="no id"),
        pytest.param({"event_id": "00000000-0000-0000-0000-000000000007"}, "no refund is due of",
                     id="another event"),
        pytest.param({"carrier": "sctv"}, "not sctv", id="another carrier"),
    ],
)  # fmt: skip
def test_a_file_with_one_faulty_line_is_refused_whole(home, file, change, what):
    before = tree_of(home)
    path = file(change, rows=3)
    error = refused(5, "refund", "import", path, "--home", home)
    assert what in error["what"] and error["where"].startswith("tra.csv, 2:")
    assert "nothing of it was booked" in error["mend"]
    assert len(error["what"].split(" | ")) == len(error["mend"].split(" | ")) == 2
    assert tree_of(home) == before


def test_what_is_no_form_is_refused(home, file, due, tmp_path):
    before = tree_of(home)
    names = list(due[0].keys())
    for head, what in (
        (names[:-1], "the column document (document) is missing"),
        ([*names, "ghi_chu"], "'ghi_chu'"),
        ([*names, "amount"], "the column amount comes twice"),
        ([*names, ""], "15 fields, the head has 14"),
    ):
        assert what in refused(5, "refund", "import", file(head=head), "--home", home)["what"]
    same = {name: due[0][name] for name in ("event_id", "amount", "carrier", "start_at")}
    path = file({}, same, rows=2)
    error = refused(5, "refund", "import", path, "--home", home)
    assert "says the same as 2:1" in error["what"]
    for name, content, what in (
        ("a.csv", ",".join(names).encode() + b"\n", "no payment"),
        ("b.csv", b"\xff\xfe\x00", "UTF-16"),
        ("c.csv", ",".join(names).encode() + b'\n"', "cannot be cut into cells"),
    ):
        (tmp_path / name).write_bytes(content)
        error = refused(5, "refund", "import", tmp_path / name, "--home", home)
        assert what in error["what"], error
    assert "not readable" in refused(5, "refund", "import", tmp_path / "d", "--home", home)["what"]
    assert "not settled" in refused(7, "refund", "list", "2021-07", "--home", home)["what"]
    assert tree_of(home) == before


def test_each_has_its_file_row_and_key_and_is_paid_by_them(home, settled, tmp_path):
    """Paid, imported back by file and row alone, and what is left to pay is nothing."""
    path, exports = tmp_path / "hoan-tra.csv", settled[0] / "world"
    told = done("refund", "list", "2021-08", "--csv", path, "--files", exports, "--home", home)
    with open(path, encoding="utf-8-sig", newline="") as file:
        form = list(csv.DictReader(file))
    assert len(form) > 3 and all(row["file"] and row["row"] and row["key"] for row in form)
    assert len({(row["file"], row["row"]) for row in form}) == len(form)
    # By another way: the database's own lineage, and what the event is.
    lineage = dict(
        rows(home, "SELECT event_id, (f.name, r.row, e.kind, e.carrier)::VARCHAR FROM usage.event e"
             " JOIN usage.record_event r USING (event_id) JOIN usage.source_file f"
             " ON f.source_file = r.source_file WHERE r.state = 'taken'")
    )  # fmt: skip
    for row in form:
        place = f"({row['file']}, {row['row']}, {row['kind']}, {row['carrier']})"
        assert {str(event): place for event, place in lineage.items()}[row["event_id"]] == place
    # The key is what stands in the file, at that row.
    texts = {row["file"]: row_texts(exports / row["file"]) for row in form}
    for row in form:
        carrier, _, key = row["key"].partition(" ")
        assert carrier == row["carrier"]
        assert "#" in key or key in texts[row["file"]][int(row["row"])]
    assert [row["carrier"] for row in form] == sorted(row["carrier"] for row in form)
    paid = tmp_path / "da-tra.csv"
    with open(paid, "w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, ("file", "row", "key", "amount", "paid_on", "document"),
                                extrasaction="ignore")  # fmt: skip
        writer.writeheader()
        writer.writerows({**row, "paid_on": "2021-09-20", "document": "UNC 9"} for row in form)
    booked = done("refund", "import", paid, "--home", home)
    due = sum(int(state["due"]["refund"]) for state in told["carriers"].values())
    assert booked["payments"] == len(form) and int(booked["amount"]) == due > 0
    left = done("refund", "list", "2021-08", "--csv", path, "--home", home)
    assert {state for states in left["carriers"].values() for state in states} == {"paid"}
    assert path.read_text("utf-8-sig").count("\n") == 1  # heads alone: the sum left is nothing
    assert done("verify", "--home", home)["ok"]


def row_texts(path):
    """Each row's fields, by its number; of an export of the world."""
    if path.suffix == ".parquet":
        frame = pl.read_parquet(path).cast(pl.String)
        return dict(enumerate(frame.iter_rows(), start=1))
    with open(path, encoding="utf-8", newline="") as file:
        return dict(enumerate(list(csv.reader(file))[1:], start=1))


def test_a_place_of_no_refund_is_refused(home, file, due):
    before = tree_of(home)
    head = [name for name in due[0] if name != "event_id"]
    for change, what in (
        ({"row": "999999"}, "no refund is due of row 999999 of"),
        ({"row": "7x"}, "row: '7x' is no row's number"),
        ({"file": ""}, "neither the event's id, nor the file and row"),
    ):
        error = refused(5, "refund", "import", file(change, rows=2, head=head), "--home", home)
        assert what in error["what"] and "nothing of it was booked" in error["mend"]
    assert tree_of(home) == before


def test_files_that_are_not_there_give_no_key_and_other_files_none(home, tmp_path):
    (tmp_path / "khac").mkdir()
    (tmp_path / "khac" / "usage-vnpt-20210813-00.parquet").write_bytes(b"another file of that name")
    path = tmp_path / "hoan-tra.csv"
    status, _, said = run(
        "refund", "list", "2021-08", "--csv", path, "--files", tmp_path / "khac", "--home", home
    )
    assert status == 0 and "have no key" in said
    with open(path, encoding="utf-8-sig", newline="") as file:
        assert {row["key"] for row in csv.DictReader(file)} == {""}


def test_a_form_that_is_filled_in_is_not_written_over(home, due, file):
    """A blank one is, as often as one likes; another table that lies there is not."""
    filled = file({}, name="hoan-tra.csv")
    kept = filled.read_bytes()
    error = refused(6, "refund", "list", "2021-08", "--csv", filled, "--home", home)
    assert "refund import" in error["mend"] and filled.read_bytes() == kept
    blank = filled.with_name("trang.csv")
    for style in ("machine", "excel", "machine"):
        done("refund", "list", "2021-08", "--csv", blank, "--csv-style", style, "--home", home)
    other = filled.with_name("khac.csv")
    other.write_text("a,b\n1,2\n")
    assert refused(6, "refund", "list", "2021-08", "--csv", other, "--home", home)
    assert other.read_text() == "a,b\n1,2\n"
