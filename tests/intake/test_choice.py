"""Which of the copies of an event is right: what a decision names, holds for, and leaves open."""

import json
import random

import polars as pl
import pytest

from doisoat.engine.intake.records.conflict import copies_in, standing
from doisoat.engine.intake.suspense.conflict_decisions import choosable, choose
from doisoat.engine.intake.suspense.suspense_edits import reopen
from doisoat.engine.store.commit import digest_of
from doisoat.engine.store.home import list_parts, open_home
from doisoat.errors import IntakeError
from doisoat.settlement.verify.store_check import check_store

from .conftest import TOLD, line, state_of

pytestmark = pytest.mark.usefixtures("files_of_before")

MAPPING = "world"


@pytest.fixture
def decide(deal):
    """Chooses the copies of (file, row); returns what was decided."""
    return lambda *places, **options: deal(choose, at(*places), TOLD, **{"apply": True, **options})


@pytest.fixture
def undo(deal):
    return lambda *places, apply=True: deal(reopen, at(*places), TOLD, apply=apply)


def at(*places):
    """Of records those of (file, row)."""

    def of(records):
        found = records.filter(pl.struct("name", "row").is_in(
            [{"name": name, "row": row} for name, row in places]))  # fmt: skip
        assert found.height == len(places)
        return found

    return of


@pytest.fixture
def states(register):
    """{(file, row): state} of all suspended records."""
    return lambda: {
        (name, row): state
        for name, row, state in register().records.select("name", "row", "state").iter_rows()
    }


@pytest.fixture
def stands(home):
    """{units of the copy that stands for an event: is it chosen?} of all contradicted events."""

    def stands():
        held = open_home(home)
        found = standing(copies_in(held, list_parts(held, "usage")))
        return dict(found.select("units", "is_chosen").iter_rows())

    return stands


@pytest.fixture
def two(take, write):
    """Two copies of a call in two files: the first was an event before the second came."""
    take(write(line(duration_s="61"), name="a.csv"))
    take(write(line(duration_s="62"), name="b.csv"))


def sound(home):
    told = check_store(open_home(home))
    assert told.ok, told.findings


@pytest.mark.parametrize("place, units", [(("a.csv", 1), 61_000), (("b.csv", 1), 62_000)])
def test_the_copy_that_is_chosen_stands(two, decide, states, stands, home, place, units):
    assert states() == {("a.csv", 1): "open", ("b.csv", 1): "open"}
    assert list(stands().values()) == [False]
    assert decide(place) == (1, 0, ("2021-08",), 1)
    other = {("a.csv", 1), ("b.csv", 1)} - {place}
    assert states() == {place: "chosen", other.pop(): "set_aside"}
    assert stands() == {units: True}
    sound(home)


def test_nothing_is_written_until_it_is_applied(two, decide, undo, states, home):
    before = state_of(home)
    assert decide(("a.csv", 1), apply=False) == (1, 0, ("2021-08",), None)
    assert state_of(home) == before
    decide(("a.csv", 1))
    before = state_of(home)
    assert undo(("a.csv", 1), apply=False) is None
    assert decide(("a.csv", 1)) == (0, 1, (), None)  # said again: it stands so
    assert state_of(home) == before


def test_the_last_decision_holds_and_can_be_taken_back(two, decide, undo, states, stands, home):
    decide(("a.csv", 1))
    decide(("b.csv", 1))
    assert stands() == {62_000: True}
    assert undo(("a.csv", 1)) == 3  # whichever copy is named
    assert set(states().values()) == {"open"} and list(stands().values()) == [False]
    decide(("b.csv", 1), none_is_right=True)
    assert set(states().values()) == {"written_off"} and list(stands().values()) == [False]
    decide(("a.csv", 1))
    assert stands() == {61_000: True}
    sound(home)


def test_a_copy_that_comes_later_opens_it_again_and_one_said_again_does_not(
    two, take, write, decide, states, stands, home
):
    decide(("b.csv", 1))
    told = take(write(line(duration_s="62"), line(duration_s="61"), name="again.csv"))
    assert told.as_object()["duplicates"] == 2
    assert stands() == {62_000: True}
    take(write(line(duration_s="63"), name="c.csv"))
    assert set(states().values()) == {"open"} and list(stands().values()) == [False]
    assert decide(("b.csv", 1)).events == 1
    assert states() == {
        ("a.csv", 1): "set_aside",
        ("b.csv", 1): "chosen",
        ("c.csv", 1): "set_aside",
    }
    sound(home)


def test_a_file_that_is_right_is_chosen_whole_but_where_it_contradicts_itself(
    take, write, home, states, register, deal
):
    old = [line(record_key=f"k{n}", duration_s="1") for n in range(6)]
    new = [line(record_key=f"k{n}", duration_s="2") for n in range(5)]
    take(write(*old, name="old.csv"))
    take(write(*new, line(record_key="k4", duration_s="3"), name="new.csv"))
    own = choosable(register().records.filter(pl.col("name") == "new.csv"))
    assert own.ambiguous == 1
    assert deal(choose, lambda records: own.records, TOLD, apply=True).events == 4
    counted = pl.Series(list(states().values())).value_counts().rows()
    assert dict(counted) == {"chosen": 4, "set_aside": 4, "open": 3}  # k4: three copies
    sound(home)


def test_what_cannot_be_chosen_is_refused(two, take, write, decide, undo, drop, home):
    take(write(line(record_key="k2", duration_s="x"), name="bad.csv"))
    before = state_of(home)
    with pytest.raises(IntakeError, match="cannot both be right"):
        decide(("a.csv", 1), ("b.csv", 1))
    with pytest.raises(IntakeError, match="not one of several copies") as refused:
        decide(("bad.csv", 1))
    assert "suspense edit" in refused.value.mend
    assert undo(("bad.csv", 1)) is None  # it is open
    assert state_of(home) == before


def test_rows_of_master_data_are_not_chosen(take, write, decide):
    header = "number,account,carrier,plan,segment,payment,home_locality,valid_from,valid_until"
    for name, plan in (("a.csv", "viettel.Tomato"), ("b.csv", "viettel.Economy")):
        row = f"84961234567,,viettel,{plan},standard,prepaid,79,2021-01-01 00:00:00,"
        take(write(row, header=header, name=name), kind="subscriptions")
    with pytest.raises(IntakeError, match="master data") as refused:
        decide(("b.csv", 1))
    assert "issued later" in refused.value.mend


def test_a_write_off_that_is_taken_back_leaves_the_record_as_it_was(
    take, write, home, mend, drop, again, undo, states
):
    take(write(line(duration_s="x"), line(record_key="k2", duration_s="x")))
    mend(1, duration_s="61")
    drop(1, 2)
    assert again().records == 0
    undo(("usage.csv", 1), ("usage.csv", 2))
    assert states() == {("usage.csv", 1): "edited", ("usage.csv", 2): "open"}
    assert again().count("taken") == 1
    drop(2)
    assert states() == {("usage.csv", 1): "recycled", ("usage.csv", 2): "written_off"}
    with pytest.raises(IntakeError, match="nothing to take back"):
        undo(("usage.csv", 1))
    sound(home)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_decided_each_event_stands_once_and_adds_up(
    take, write, home, register, decide, undo, stands, seed
):
    """Against a model: the last decision of each event, while it knew all copies."""
    draw = random.Random(seed)
    copies, model = {n: [] for n in range(5)}, {}
    for step in range(25):
        event = draw.randrange(5)
        act = draw.choice(("copy", "choose", "none", "reopen"))
        if act == "copy":
            units = 1_000 * (10 * len(copies[event]) + event + 1)
            name = f"{step}.csv"
            take(write(line(record_key=f"k{event}", duration_s=str(units // 1000)), name=name))
            copies[event].append((name, units))
            model.pop(event, None)
        elif len(copies[event]) > 1:
            name, units = draw.choice(copies[event])
            if act == "reopen":
                if event in model:
                    undo((name, 1))
                    del model[event]
            else:
                decide((name, 1), none_is_right=act == "none")
                model[event] = units if act == "choose" else None
    found = {units for units, is_chosen in stands().items() if is_chosen}
    assert found == {units for units in model.values() if units is not None}
    written = {event for event, units in model.items() if units is None}
    records = register().records
    assert records.height == sum(len(some) for some in copies.values() if len(some) > 1)
    off = records.filter(pl.col("state") == "written_off").height
    assert off == sum(len(copies[event]) for event in written)
    sound(home)


def event_in(content):
    ((event, *_),) = content["events"]
    return event


@pytest.mark.parametrize(("number", "what", "change"), [
    pytest.param(1, "no such copies are suspended",
                 lambda c: c["events"][0].__setitem__(0, "0" * 31 + "1"), id="another event"),
    pytest.param(1, "no such copies are suspended",
                 lambda c: c["events"][0].__setitem__(1, "f" * 32), id="a content of nowhere"),
    pytest.param(1, "no such copies are suspended",
                 lambda c: c.update(events=[[event_in(c), ""]]), id="nothing to choose from"),
    pytest.param(1, "not readable as a decision",
                 lambda c: c["events"][0].append(c["events"][0][1]), id="right and wrong"),
    pytest.param(1, "not readable as a decision",
                 lambda c: c["events"][0].append(c["events"][0][2]), id="wrong twice"),
    pytest.param(1, "not readable as a decision",
                 lambda c: c["events"].append(c["events"][0]), id="an event twice"),
    pytest.param(1, "not readable as a decision", lambda c: c.update(format_version=1), id="older"),
    pytest.param(1, "not readable as a decision", lambda c: c.update(format_version="x"),
                 id="no version"),
    pytest.param(1, "not readable as a decision", lambda c: c.update(action="edit"),
                 id="an edit that chooses"),
    pytest.param(1, "not readable as a decision", lambda c: c.update(records=[
                 {"sha256": "0" * 64, "mapping_sha256": "", "kind": "usage", "rows": [[1, ""]]}]),
                 id="a choice of records"),
    pytest.param(1, "nothing had been chosen", lambda c: c.update(action="reopen",
                 events=[[event_in(c), ""]]), id="taken back before"),
    pytest.param(2, "no such copies are suspended",
                 lambda c: c["events"][0].append("f" * 32), id="taken back with a content"),
    pytest.param(2, "newer than this doisoat", lambda c: c.update(format_version=3), id="newer"),
    pytest.param(2, "not readable as a decision", lambda c: c.update(action="guess"), id="unknown"),
    pytest.param(2, "not readable as a decision", lambda c: c.update(events=[["no hex", ""]]),
                 id="no id"),
])  # fmt: skip
def test_changed_decisions_about_copies_are_found(two, decide, undo, home, number, what, change):
    """Also by someone who knows how digests are made; the first names none, so it can be so."""
    decide(("a.csv", 1))
    undo(("b.csv", 1))
    sound(home)
    path = home / "suspense" / f"{number:08d}.json"
    content = json.loads(path.read_text())
    content.pop("digest")
    change(content)
    path.write_text(json.dumps({**content, "digest": digest_of(content)}))
    told = " ".join(one.what for one in check_store(open_home(home)).findings)
    assert what in told
