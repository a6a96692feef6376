"""relief.duckdb out of the published one: the same tables, in the same order, as one built anew."""

import shutil

import duckdb
import pytest

from doisoat.engine.store.home import open_home
from doisoat.settlement.database import public_database as face
from doisoat.settlement.database import publish
from doisoat.settlement.database.schema_template import OF_PARTS

from .conftest import Killed, done, passphrase_in, rows, run, tree_of

MONTH = "2021-08"
OTHER = ("--reading", "m2.in_kind_value=zero")
AS_BEFORE = ("--package", "vn-2021-08", "--catalogue", "vn-2021", "--replace")
# Of these no order is promised: threads fill them, or what groups rows leaves them as they come.
UNORDERED = ("usage.event", "audit.term_of_event", "history.suspense")
WHO = ("--who", "Lan", "--why", "the switch sent it again", "--apply")


@pytest.fixture(autouse=True)
def large(monkeypatch):
    """So small a home is otherwise built anew, since that takes no longer."""
    monkeypatch.setattr(publish, "ROW_GROUP", 0)


@pytest.fixture
def ways(monkeypatch):
    """How relief.duckdb was made, each time: anew, or which tables were filled."""
    made: list[str | set[str]] = []
    build, build_on = publish.build, publish.build_on

    def anew(*args, **more):
        made.append("anew")
        build(*args, **more)

    def kept(published, target, filled, **more):
        made.append(set(filled))
        build_on(published, target, filled, **more)

    monkeypatch.setattr(publish, "build", anew)
    monkeypatch.setattr(publish, "build_on", kept)
    return made


def tables_of(path):
    """The rows of each table as they lie; where no order is promised, and of the log, sorted."""
    with duckdb.connect(str(path), read_only=True) as connection:
        names = connection.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables() ORDER BY ALL"
        ).fetchall()
        ordered = {name: "ORDER BY ALL" if name in UNORDERED else "" for (name,) in names}
        return {
            name: connection.execute(f"FROM {name} {order}").fetchall()
            for name, order in ordered.items()
        }


def as_built_anew(home, *settled):
    """Is what was published what a home without relief.duckdb makes, and verified?"""
    other = home.parent / "anew"
    shutil.copytree(home, other)
    (other / "relief.duckdb").unlink()
    done("settle", MONTH, *settled, "--home", other)
    kept, anew = tables_of(home / "relief.duckdb"), tables_of(other / "relief.duckdb")
    shutil.rmtree(other)
    anew["audit.event"] = anew["audit.event"][: len(kept["audit.event"])]  # then the repair
    assert [name for name in anew if kept.get(name) != anew[name]] == []
    assert len(kept) == len(anew) > 60
    _, told, _ = run("verify", "--home", home)
    assert told["findings"] == []


def settle(home, *settled):
    return done("settle", MONTH, *settled, "--home", home)


def test_readings_come_and_go_and_no_event_is_written_again(home, ways, monkeypatch):
    settle(home, *OTHER)
    as_built_anew(home, *AS_BEFORE[:-1], *OTHER)
    with monkeypatch.context() as patched:
        patched.delattr(publish, "near_inputs")  # so nobody looks for near duplicates either
        settle(home, "--package", "none", "--replace")
        settle(home, *AS_BEFORE)
    as_built_anew(home, *AS_BEFORE)
    filled = [names for names in ways if names != "anew"]
    assert len(filled) == 3 and len(ways) == 5  # two of them to compare with
    parts = {*OF_PARTS, "audit.term"}
    assert all(not parts & names and "rated.relief_line" in names for names in filled)


def test_the_file_does_not_grow_with_readings_that_come_and_go(home, ways):
    settle(home, *OTHER)
    settle(home, *AS_BEFORE)
    size = (home / "relief.duckdb").stat().st_size
    for _ in range(3):
        settle(home, *OTHER)
        settle(home, *AS_BEFORE)
    assert "anew" not in ways
    assert (home / "relief.duckdb").stat().st_size <= size * 1.1


def test_late_records_are_added_and_files_numbered_as_in_a_file_built_anew(home, ways, take):
    numbers = set()
    for number in range(3):  # ids of parts come in no order
        take({"record_key": f"late{number}"}, name=f"late{number}.csv")
        settle(home, *AS_BEFORE)
        numbers.update(rows(home, "SELECT max(source_file), count(*) FROM usage.event"))
    assert len(numbers) == 3 and "anew" not in ways
    assert all("usage.event" not in names and "usage.source_file" in names for names in ways)
    as_built_anew(home, *AS_BEFORE)


def test_events_are_written_again_where_another_copy_was_chosen(home, ways, take):
    take({"charged": "77777"})
    settle(home, *AS_BEFORE)
    assert ways[-1] != "anew"
    listed = done(
        "suspense", "list", "--reason", "conflicting", "--limit", "100000", "--home", home
    )
    (address,) = [one["address"] for one in listed["records"] if one["file"] == "more.csv"]
    done("suspense", "choose", address, *WHO, "--home", home)
    settle(home, *AS_BEFORE)
    assert ways[-1] == "anew"
    take({"record_key": "late"}, name="late.csv")
    settle(home, *AS_BEFORE)
    assert ways[-1] != "anew"  # the same copy is chosen
    as_built_anew(home, *AS_BEFORE)
    take({"charged": "88888"}, name="third.csv")  # a third content: all are open again
    settle(home, *AS_BEFORE)
    assert ways[-1] == "anew"


def test_records_that_were_decided_about_and_master_data_show(home, ways, tmp_path, key):
    listed = done("suspense", "list", "--limit", "1", "--home", home)["records"]
    done("suspense", "write-off", listed[0]["address"], *WHO, "--home", home)
    settle(home, *AS_BEFORE)
    assert {"usage.suspense"} == ways[-1] & {*OF_PARTS, "usage.suspense", "audit.term"}
    more = tmp_path / "more.csv"
    more.write_text(
        "number,account,carrier,plan,segment,payment,home_locality,valid_from,valid_until\n"
        "84961234567,,viettel,viettel.Tomato,standard,prepaid,79,2021-01-01 00:00:00,\n"
    )
    args = ("--mapping", "world", "--kind", "subscriptions", "--key", key)
    done("intake", more, *args, "--home", home)
    settle(home, *AS_BEFORE)
    assert {"usage.subscription", "audit.term", "usage.source_file"} <= ways[-1]
    as_built_anew(home, *AS_BEFORE)


def test_an_act_leaves_late_records_of_a_signed_month_to_the_settle(home, ways, take, tmp_path):
    secret, path = passphrase_in(tmp_path), tmp_path / "ke-toan.key"
    done("signer", "new", "ke-toan", "--key", path, "--passphrase-file", secret)
    done("signer", "add", "--key", path, "--why", "bổ nhiệm", "--home", home)
    done("sign", MONTH, "--no-pack", "--key", path, "--passphrase-file", secret, "--home", home)
    counted = "SELECT count(*) FROM usage.event", "SELECT count(*) FROM usage.source_file"
    before = [rows(home, query) for query in counted]
    take({"record_key": "late"}, name="late.csv")
    done("period", "supersede", MONTH, "--why", "đến muộn", "--home", home)
    assert ways[-1] == set(publish.OF_ACTS)
    assert [rows(home, query) for query in counted] == before
    assert done("verify", "--home", home)["findings"] == []
    settle(home, *AS_BEFORE)
    assert [rows(home, query) for query in counted] == [[(n + 1,)] for [(n,)] in before]
    done("adjust", MONTH, "--home", home)
    assert "anew" not in ways
    as_built_anew(home, *AS_BEFORE)


@pytest.mark.parametrize("cut", ["a byte", "another version", "no parts"])
def test_what_the_log_does_not_tell_of_is_built_anew(home, ways, cut, monkeypatch):
    if cut == "a byte":
        path = home / "relief.duckdb"
        path.chmod(0o644)
        path.write_bytes(path.read_bytes()[:-1] + b"x")
    elif cut == "another version":
        monkeypatch.setattr(face, "__version__", "0.0.9")
    else:
        (home / "relief.duckdb").unlink()
    settle(home, *OTHER)
    assert ways == ["anew"]


@pytest.mark.parametrize(
    "step", ["_history_left", "_fill", "_audit", "_closed_whole", "digest_text", "swap"]
)
def test_a_death_in_any_step_leaves_the_file_of_before_or_a_whole_one(home, step, monkeypatch):
    before = tree_of(home)["relief.duckdb"]

    def dies(*args, **more):
        raise Killed

    owner = publish if step.startswith("_") else face
    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(owner, step, dies)
        # Nothing tidies up.
        patched.setattr(shutil, "rmtree", lambda *args, **more: None)
        settle(home, *OTHER)
    assert tree_of(home)["relief.duckdb"] == before
    settle(home, *OTHER)
    assert face.is_whole(open_home(home))
    as_built_anew(home, *AS_BEFORE[:-1], *OTHER)
