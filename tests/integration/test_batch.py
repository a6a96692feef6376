"""Every month of a home in one go: in order, resumable, foreseen, told to a scheduler."""

import contextlib
import errno
import hashlib
import io
import json
import shutil
import signal
import time
from types import MappingProxyType

import duckdb
import jsonschema  # type: ignore[import-untyped]
import pytest

from doisoat import cli
from doisoat.engine.intake.suspense.suspense_register import read_register
from doisoat.engine.store.home import open_home, writer
from doisoat.engine.tables.overlay_files import open_catalogue
from doisoat.errors import ConservationError, Interrupted
from doisoat.settlement.database import public_database as face
from doisoat.settlement.database import publish
from doisoat.settlement.log import journal
from doisoat.settlement.runs.run_inputs import stock_of
from doisoat.settlement.runs.runs import current_runs
from doisoat.settlement.settle import publication, settle
from doisoat.settlement.settle.settle import SettleRequest
from doisoat.settlement.upkeep import batch, lineage
from doisoat.tariffs.load.bundled import DEFAULT_CATALOGUE, DEFAULT_PACKAGE
from doisoat.tariffs.load.tariffs import load_package

from .conftest import MONTHS, done, process, refused, run, tree_of

PASSPHRASE = "bốn con voi đi qua"
OTHER = ("--reading", "m2.in_kind_value=zero")
# What OpenLineage 1.x asks of a run event, written out from its published schema (2-0-2).
FACETS = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "required": ["_producer", "_schemaURL"],
        "properties": {"_producer": {"type": "string"}, "_schemaURL": {"type": "string"}},
    },
}
DATASETS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["namespace", "name"],
        "properties": {
            "namespace": {"type": "string"},
            "name": {"type": "string"},
            "facets": FACETS,
            "inputFacets": FACETS,
            "outputFacets": FACETS,
        },
    },
}
RUN_EVENT = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["eventTime", "producer", "schemaURL", "run", "job"],
    "properties": {
        "eventType": {"enum": ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]},
        "eventTime": {"type": "string", "format": "date-time"},
        "producer": {"type": "string", "format": "uri"},
        "schemaURL": {"type": "string", "format": "uri"},
        "run": {
            "type": "object",
            "required": ["runId"],
            "properties": {"runId": {"type": "string", "format": "uuid"}, "facets": FACETS},
        },
        "job": {
            "type": "object",
            "required": ["namespace", "name"],
            "properties": {"facets": FACETS},
        },
        "inputs": DATASETS,
        "outputs": DATASETS,
    },
}


@pytest.fixture(scope="module")
def taken(five_months, tmp_path_factory):
    """A home with five months of usage, none settled."""
    home = tmp_path_factory.mktemp("taken") / "out"
    leave = shutil.ignore_patterns("runs", "log", "reports", "relief.duckdb*", "current.json")
    shutil.copytree(five_months[0], home, ignore=leave)
    return home


@pytest.fixture
def fresh(taken, tmp_path):
    home = tmp_path / "out"
    shutil.copytree(taken, home)
    return home


@pytest.fixture
def dated(key, world_line):
    """Takes a record into a home, dated otherwise; returns its file's address."""
    header, record = world_line

    def take(home, started, record_key="lac-1"):
        path = home.parent / f"{record_key}-{started[:10]}.csv"
        line = {**record, "record_key": record_key, "started": started}
        path.write_text("\n".join([header, ",".join(line.values()), ""]), "utf-8")
        done("intake", path, "--mapping", "world", "--key", key, "--home", home)
        return hashlib.sha256(path.read_bytes()).hexdigest()[:12]

    return take


@pytest.fixture
def months(five_months, tmp_path):
    """A copy of the home whose five months are settled."""
    home = tmp_path / "out"
    shutil.copytree(five_months[0], home)
    return home


def request(readings=MappingProxyType({})):
    """A settle by what is bundled, as the command line says it."""
    package = load_package(DEFAULT_PACKAGE, readings)
    return SettleRequest(open_catalogue(DEFAULT_CATALOGUE, ()), package)


def runs(told):
    return [month["run"] for month in told["periods"]]


def outcomes(told):
    return [month["outcome"] for month in told["periods"]]


def sign(home, folder, *periods):
    """Sign months, by a key of their own."""
    (folder / "pass").write_text(PASSPHRASE, "utf-8")
    (folder / "pass").chmod(0o600)
    key, secret = ("--key", folder / "binh.key"), ("--passphrase-file", folder / "pass")
    done("signer", "new", "binh", *key, *secret)
    done("signer", "add", *key, "--home", home)
    for period in periods:
        done("sign", period, "--no-pack", *key, *secret, "--home", home)


def steps(*args):
    """Exit status, and the lines of stderr, each an object."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = cli.run([*map(str, args)])
    return status, [json.loads(line) for line in err.getvalue().splitlines()]


# --- all months ---------------------------------------------------------------------------------


def test_all_months_are_settled_as_one_after_the_other(fresh, five_months):
    foreseen = done("settle", "--all", "--dry-run", "--home", fresh)
    told = done("settle", "--all", "--home", fresh)
    one_by_one = [five_months[1][month] for month in MONTHS]
    assert [month["period"] for month in told["periods"]] == list(MONTHS)
    assert runs(foreseen) == runs(told) == [one["run"] for one in one_by_one]
    assert [month["digest"] for month in told["periods"]] == [one["digest"] for one in one_by_one]
    assert outcomes(told) == ["settled"] * 5
    again = done("settle", "--all", "--home", fresh)
    assert outcomes(again) == ["same"] * 5 and runs(again) == runs(told)


def test_a_batch_that_was_killed_goes_on_where_it_was(fresh, five_months):
    with process("settle", "--all", "--home", fresh) as batch:
        until = time.monotonic() + 120
        while len(current_runs(open_home(fresh))) < 2 and time.monotonic() < until:
            time.sleep(0.01)
        batch.send_signal(signal.SIGKILL)
    begun = len(current_runs(open_home(fresh)))
    assert 2 <= begun < 5
    told = done("settle", "--all", "--home", fresh)
    assert outcomes(told)[: begun - 1] == ["same"] * (begun - 1) and outcomes(told)[-1] == "settled"
    assert runs(told) == [five_months[1][month]["run"] for month in MONTHS]


def settles(home):
    """Of each settle that the log tells of: month, run, and whether it names relief.duckdb."""
    return [
        (entry["what"], entry["period"], entry["run"], "database" in entry)
        for entry in journal.entries(open_home(home))
        if "current" in entry
    ]


def findings(home):
    _, told, _ = run("verify", "--home", home)
    return told["findings"]


def rows_of(path):
    """The rows of every table; of the log without intakes and moments."""
    of_log = "(SELECT what, period, run, version FROM audit.event WHERE what <> 'intake')"
    with duckdb.connect(str(path), read_only=True) as connection:
        names = connection.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables() ORDER BY ALL"
        ).fetchall()
        return {
            name: connection.execute(
                f"FROM {of_log if name == 'audit.event' else name} ORDER BY ALL"
            ).fetchall()
            for (name,) in names
        }


def test_a_batch_publishes_once_what_months_one_by_one_do(fresh, five_months, monkeypatch):
    built = []
    build = publish.build

    def noted(*args, **more):
        built.append(1)
        return build(*args, **more)

    monkeypatch.setattr(publish, "build", noted)
    told = done("settle", "--all", "--home", fresh)
    assert built == [1]
    assert settles(fresh) == [
        ("settle", month, run, month == MONTHS[-1])
        for month, run in zip(MONTHS, runs(told), strict=True)
    ]
    one_by_one = rows_of(five_months[0] / "relief.duckdb")
    assert rows_of(fresh / "relief.duckdb") == one_by_one and len(one_by_one) > 40
    for name in ("runs", "reports"):
        assert tree_of(fresh / name) == tree_of(five_months[0] / name)
    assert findings(fresh) == []


def test_nothing_is_published_where_nothing_changed(months):
    before = tree_of(months)
    done("settle", "--all", "--home", months)
    assert tree_of(months) == before


def test_a_month_in_the_middle_is_logged_once(months):
    """Those after it are as they were, and are not told of again."""
    before = settles(months)
    told = done("settle", "--all", *OTHER, "--home", months)
    settled = [month for month in told["periods"] if month["outcome"] == "settled"]
    assert 0 < len(settled) <= 5
    assert settles(months)[len(before) :] == [
        ("settle", month["period"], month["run"], month is settled[-1]) for month in settled
    ]
    before = settles(months)
    done("settle", "--period", MONTHS[2], "--replace", "--home", months)
    back = done("settle", "--all", *OTHER, "--home", months)
    assert outcomes(back) == ["same", "same", "settled", "same", "same"]
    assert [database for *_, database in settles(months)[len(before) :]] == [True, True]
    assert findings(months) == []


class Killed(BaseException):
    """Death by kill -9: nothing that would tidy up is done."""


def killed_at(monkeypatch, owner, name, call):
    """Die at this call of a function, before it does anything; the batch is not ended then."""
    count, function = 0, getattr(owner, name)

    def dies(*args, **more):
        nonlocal count
        count += 1
        if count == call:
            raise Killed
        return function(*args, **more)

    monkeypatch.setattr(owner, name, dies)
    if name != "build":  # which the end of a batch calls
        monkeypatch.setattr(publication.AtTheEnd, "__exit__", lambda *args: None)


@pytest.mark.parametrize(
    ("owner", "name", "call"),
    [
        pytest.param(settle, "program_of", 3, id="before the third month"),
        pytest.param(face, "put_in_force", 3, id="the third run not in force"),
        pytest.param(face, "record", 2, id="the second month not in the log"),
        pytest.param(face, "build", 1, id="before relief.duckdb"),
    ],
)
def test_a_batch_cut_anywhere_is_ended_by_the_next(
    fresh, five_months, monkeypatch, owner, name, call
):
    with monkeypatch.context() as patched, pytest.raises(Killed):
        killed_at(patched, owner, name, call)
        batch.settle_all(fresh, request())
    home = open_home(fresh)
    assert not face.is_whole(home) and face.altered(home) == ()
    assert "relief.duckdb" in done("status", "--home", fresh)["leftovers"]
    done("settle", "--all", "--home", fresh)
    assert current_runs(home) == {month: five_months[1][month]["run"] for month in MONTHS}
    assert [(period, run) for _, period, run, _ in settles(fresh)] == [*current_runs(home).items()]
    assert face.is_whole(home) and settles(fresh)[-1][3]
    assert findings(fresh) == []
    rows = rows_of(fresh / "relief.duckdb")
    one_by_one = rows_of(five_months[0] / "relief.duckdb")
    assert {name: rows[name] == one_by_one[name] for name in rows if name != "audit.event"} == {
        name: True for name in rows if name != "audit.event"
    }


def test_a_settle_of_one_month_ends_a_batch_that_was_cut(fresh, monkeypatch):
    with monkeypatch.context() as patched, pytest.raises(Killed):
        killed_at(patched, settle, "program_of", 3)
        batch.settle_all(fresh, request())
    assert done("settle", "--period", MONTHS[0], "--home", fresh)["same_run"]
    home = open_home(fresh)
    assert list(current_runs(home)) == list(MONTHS[:2]) and face.is_whole(home)
    assert findings(fresh) == []


def test_upkeep_ends_a_batch_that_was_cut(months, monkeypatch):
    """And tells of the run whose tariffs relief.duckdb shows, so that acts go on."""
    with monkeypatch.context() as patched, pytest.raises(Killed):
        killed_at(patched, settle, "program_of", 3)
        batch.settle_all(months, request({"m2.in_kind_value": "zero"}))
    home = open_home(months)
    assert not face.is_whole(home)
    done("store", "retain", "--apply", "--why", "hết hạn lưu", "--home", months)
    assert face.is_whole(home)
    done("period", "open", MONTHS[4], "--cut-off", "2031-01-01", "--home", months)
    assert findings(months) == []


def test_what_an_error_leaves_of_a_batch_is_published(fresh, monkeypatch):
    """The months before it: as where each was settled on its own."""
    count, same_count = 0, settle._same_count

    def fails(task, settled):
        nonlocal count
        count += 1
        if count == 3:
            raise ConservationError("lost one", "test", "report it")
        same_count(task, settled)

    with monkeypatch.context() as patched:
        patched.setattr(settle, "_same_count", fails)
        assert run("settle", "--all", "--home", fresh)[0] == 70
    home = open_home(fresh)
    assert list(current_runs(home)) == list(MONTHS[:2]) and face.is_whole(home)
    assert [(what, period, whole) for what, period, _, whole in settles(fresh)] == [
        ("settle", MONTHS[0], False), ("settle", MONTHS[1], False), ("repair", MONTHS[1], True),
    ]  # fmt: skip
    assert findings(fresh) == []
    assert outcomes(done("settle", "--all", "--home", fresh)) == ["same"] * 2 + ["settled"] * 3


def test_ctrl_c_says_what_of_a_batch_stands(fresh, monkeypatch):
    def interrupted(*args):
        raise KeyboardInterrupt

    def third(task):
        if task.period.name == MONTHS[2]:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted, match="the months before are in force"):
        batch.settle_all(fresh, request(), batch.Watch(started=third))
    home = open_home(fresh)
    assert list(current_runs(home)) == list(MONTHS[:2]) and not face.is_whole(home)
    assert [period for _, period, *_ in settles(fresh)] == list(MONTHS[:2])
    with monkeypatch.context() as patched, pytest.raises(Interrupted):
        patched.setattr(face, "build", interrupted)
        batch.settle_all(fresh, request())
    assert {period for _, period, *_ in settles(fresh)} == {*MONTHS}
    assert outcomes(done("settle", "--all", "--home", fresh)) == ["same"] * 5
    assert findings(fresh) == []


def test_a_disk_that_is_full_at_the_end_says_what_of_a_batch_stands(fresh, monkeypatch):
    def full(*args, **more):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(publish, "build", full)
        told = refused(6, "settle", "--all", "--home", fresh)
    assert "is in force" in told["what"] and "untouched" not in told["what"]
    assert [period for _, period, *_ in settles(fresh)] == list(MONTHS)
    assert outcomes(done("settle", "--all", "--home", fresh)) == ["same"] * 5
    assert findings(fresh) == []


def test_what_somebody_altered_is_made_again_once(months):
    path = months / "relief.duckdb"
    path.chmod(0o600)
    path.write_bytes(path.read_bytes() + b"x")
    before = settles(months)
    told = done("settle", "--all", "--home", months)
    assert outcomes(told) == ["same"] * 5
    assert settles(months)[len(before) :] == [
        ("repair", MONTHS[0], told["periods"][0]["run"], True)
    ]
    assert [any("relief.duckdb" in said for said in month["findings"])
            for month in told["periods"]] == [True, *[False] * 4]  # fmt: skip
    assert findings(months) == []


def test_what_rests_on_another_run_is_settled_again(months):
    done("settle", "--period", MONTHS[3], *OTHER, "--home", months)
    foreseen = done("settle", "--all", "--replace", "--dry-run", "--home", months)
    told = done("settle", "--all", "--replace", "--home", months)
    assert outcomes(told) == ["same", "same", "same", "settled", "same"]
    assert runs(told) == runs(foreseen) and told["periods"][3]["known"]
    assert not any("settle" in said for month in told["periods"] for said in month["findings"])


def test_a_signed_month_that_differs_is_left_with_its_reason(months, tmp_path):
    sign(months, tmp_path, *MONTHS[:2])
    assert outcomes(done("settle", "--all", "--home", months)) == ["signed"] * 2 + ["same"] * 3
    status, told, _ = run("settle", "--all", *OTHER, "--home", months)
    assert status == 3
    assert outcomes(told) == ["signed"] * 2 + ["settled"] * 3
    assert all("supersede" in month["error"]["mend"] for month in told["periods"][:2])
    assert all("error" not in month for month in told["periods"][2:])
    assert run("settle", "--all", "--dry-run", *OTHER, "--home", months)[0] == 3
    done("period", "supersede", MONTHS[1], "--why", "tệp muộn", "--home", months)
    told = run("settle", "--all", *OTHER, "--home", months)[1]
    assert outcomes(told) == ["signed", *["settled"] * 4]
    assert [month["unadjusted"] for month in told["periods"]] == [False, True, *[False] * 3]


def test_what_a_month_has_is_told_of_the_run_that_is_named(months, five_months, tmp_path, dated):
    """Not of the records that came in since the month was signed."""
    sign(months, tmp_path, MONTHS[0])
    before = five_months[1][MONTHS[0]]
    dated(months, "2021-07-05 08:00:00.000")
    status, told, _ = run("settle", "--all", "--home", months)
    assert status == 3 and outcomes(told)[0] == "signed"
    assert (told["periods"][0]["run"], told["periods"][0]["events"]) == (
        before["run"], before["events"],
    )  # fmt: skip
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert cli.run(["settle", "--all", "--home", str(months)]) == 3
    lines = [line for line in out.getvalue().splitlines() if line.startswith("2021-")]
    suspended = [f"\t{five_months[1][month]['suspended']} treo | suspended" for month in MONTHS[1:]]
    assert "suspended" not in lines[0]
    assert all(said in line for said, line in zip(suspended, lines[1:], strict=True))


def test_a_month_far_from_the_others_is_left_with_its_reason(fresh, five_months, dated):
    """A date that was written wrongly is no reason to settle a hundred months through."""
    dated(fresh, "2012-08-05 08:00:00.000")
    dated(fresh, "2091-08-05 08:00:00.000", "lac-2")
    for asked in ("--dry-run", "--whole", "--whole"):  # foreseen, settled, and settled again
        status, told, _ = run("settle", "--all", asked, "--home", fresh)
        assert status == 3
        first, *own, last = told["periods"]
        assert [month["run"] for month in own] == [five_months[1][month]["run"] for month in MONTHS]
        for month, period, order in ((first, "2012-08", "2012-08"), (last, "2091-08", "2021-12")):
            assert (month["period"], month["outcome"]) == (period, "refused")
            assert (month["run"], month["events"]) == (None, 1)
            assert "usage.event" in month["error"]["mend"]
            assert month["error"]["mend"].endswith(f"--period {order}")


def test_what_is_put_right_is_no_longer_far_from_the_others(fresh, dated):
    dated(fresh, "2012-08-05 08:00:00.000")
    file = dated(fresh, "2021-08-05 08:00:00.000")
    decision = ("--who", "Lan", "--why", "nguồn sửa ngày", "--apply")
    done("suspense", "choose", "--file", file, *decision, "--home", fresh)
    told = done("settle", "--all", "--dry-run", "--home", fresh)
    assert [month["period"] for month in told["periods"]] == list(MONTHS)


@pytest.mark.parametrize(
    ("events", "periods", "strays"),
    [
        ({"2021-08": 5}, 1, []),
        ({"2021-08": 5, "2022-09": 1}, 14, []),  # twelve months between
        ({"2021-08": 5, "2022-10": 1}, 2, ["2022-10"]),
        ({"2020-06": 1, "2021-08": 5}, 2, ["2020-06"]),
        ({"2012-01": 1, "2012-03": 1, "2021-08": 5}, 3, ["2012-01", "2012-03"]),
        ({"2012-01": 5, "2021-08": 5}, 2, ["2012-01"]),  # of as many events the later one
    ],
)
def test_months_are_parted_where_more_than_a_year_holds_nothing(taken, events, periods, strays):
    home = open_home(taken)
    found = batch.months_of(home, stock_of(home)._replace(months=events))
    assert len(found.periods) == periods and list(found.periods) == sorted(found.periods)
    assert list(found.strays) == strays


def test_months_that_were_settled_are_gone_on_from_however_few_their_events(months):
    home = open_home(months)
    found = batch.months_of(home, stock_of(home)._replace(months={"2021-08": 1, "2031-08": 10**6}))
    assert list(found.periods) == [*MONTHS, "2031-08"] and list(found.strays) == ["2031-08"]


def test_all_and_a_period_is_wrong_usage(taken):
    assert run("settle", "--all", "--period", MONTHS[0], "--home", taken)[0] == 2


def test_a_home_without_usage_has_nothing_to_settle(tmp_path):
    with writer(tmp_path / "out", "test"):
        pass
    refused(7, "settle", "--all", "--home", tmp_path / "out")


# --- dry run ------------------------------------------------------------------------------------


def test_a_dry_run_says_which_run_and_writes_nothing(months):
    before = tree_of(months)
    lock = (months / "lock").read_bytes()
    (told,) = done("settle", "--dry-run", "--period", MONTHS[1], *OTHER, "--home", months)[
        "periods"
    ]
    assert told["outcome"] == "settled" and not told["known"]
    assert told["supersedes"] == current_runs(open_home(months))[MONTHS[1]]
    assert told["makes_stale"] == [MONTHS[2]] and told["events"] > 1_000
    done("settle", "--dry-run", "--all", "--home", months)
    assert tree_of(months) == before and (months / "lock").read_bytes() == lock
    real = done("settle", "--period", MONTHS[1], *OTHER, "--home", months)
    assert real["run"] == told["run"]


def test_a_dry_run_is_refused_as_the_settle_would_be(fresh):
    line = ("settle", "--period", MONTHS[1], "--home", fresh)
    assert refused(7, *line, "--dry-run") == refused(7, *line)


def test_a_dry_run_needs_no_lock(months):
    with writer(months, "test"):
        told = done("settle", "--dry-run", "--all", "--home", months)
    assert outcomes(told) == ["same"] * 5


# --- status -------------------------------------------------------------------------------------


def test_status_tells_what_is_to_be_done(months, tmp_path):
    sign(months, tmp_path, MONTHS[0])
    done("period", "open", MONTHS[1], "--cut-off", "2021-09-10", "--home", months)
    done("settle", "--period", MONTHS[2], *OTHER, "--home", months)
    (months / "runs" / ".staging-1-00").mkdir()
    before = tree_of(months)
    told = done("status", "--home", months)
    assert told["stale"] == [MONTHS[3]] and told["past_cut_off"] == [MONTHS[1]]
    assert told["unsigned"] == list(MONTHS[1:]) and told["unadjusted"] == []
    assert list(told["months"]) == list(MONTHS) and told["parts"]["runs"] == 6
    assert told["last_publication"]["period"] == MONTHS[2]
    assert told["log"]["size"] == done("log", "show", "--home", months)["size"]
    assert told["leftovers"] == ["runs/.staging-1-00"] and told["lock"]["state"] == "free"
    assert tree_of(months) == before
    states = read_register(open_home(months)).records["state"].to_list()
    assert told["suspended"]["open"] == sum(state in ("open", "edited") for state in states)


def test_status_names_who_holds_the_lock_and_does_not_take_it(months):
    with writer(months, "a long one"):
        told = done("status", "--home", months)["lock"]
        assert told["state"] == "held" and told["owner"]["command"] == "a long one"
    assert done("status", "--home", months)["lock"]["state"] == "free"


# --- steps for a scheduler ----------------------------------------------------------------------


def test_each_step_is_an_object_of_its_own(months):
    status, told = steps("settle", "--all", "--log-json", "--home", months)
    assert status == 0
    names = [line["step"] for line in told if line["step"] != "note"]
    assert names == ["started", *["month", "run", "month_ended"] * 5, "finished"]
    assert all(line["command"] == "settle" and line["seconds"] >= 0 for line in told)
    assert [line["period"] for line in told if line["step"] == "run"] == list(MONTHS)
    assert all(len(line["run"]) == 32 for line in told if line["step"] == "run")
    assert told[-1]["status"] == 0


@pytest.mark.parametrize(
    ("args", "status"),
    [
        pytest.param(("settle", "--period", "2021-13"), 7, id="no period"),
        pytest.param(("settle", "--reading", "x=y"), 4, id="no reading"),
        pytest.param(("settle", "--wrong"), 2, id="wrong usage"),
        pytest.param(("settle", "--by", "nobody", "--period", "2021-07"), 8, id="no signer"),
        pytest.param(("settle", "--home", "0961234567"), 6, id="no home, and a number in its name"),
        pytest.param(("intake", "0961234567.csv", "--mapping", "none"), 5, id="no file"),
    ],
)
def test_a_refusal_is_a_step_with_its_status_and_without_a_number(
    months, monkeypatch, args, status
):
    monkeypatch.setenv("DOISOAT_LOG", "json")
    monkeypatch.setenv("DOISOAT_HOME", str(months))
    found, told = steps(*args)
    assert found == status
    assert told[-1]["step"] == "refused" and told[-1]["status"] == status and told[-1]["what"]
    assert "0961234567" not in json.dumps(told)


# --- lineage ------------------------------------------------------------------------------------


def events(path):
    found = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for event in found:
        jsonschema.validate(event, RUN_EVENT, format_checker=jsonschema.FormatChecker())
    return found


def test_a_settle_tells_where_its_run_came_from(months, tmp_path):
    path = tmp_path / "lineage.jsonl"
    told = done("settle", "--period", MONTHS[4], *OTHER, "--home", months, "--lineage", path)
    start, complete = events(path)
    assert [start["eventType"], complete["eventType"]] == ["START", "COMPLETE"]
    assert start["run"]["runId"] == complete["run"]["runId"] == lineage.run_uuid(told["run"])
    manifest = json.loads((months / "runs" / told["run"] / "manifest.json").read_text())
    named = {one["name"] for one in start["inputs"] if one["namespace"] == "sha256"}
    assert named == {source["sha256"] for source in manifest["inputs"]["sources"]}
    assert f"run/{manifest['inputs']['opening_run']}" in {one["name"] for one in start["inputs"]}
    versions = {
        one["name"]: one["facets"]["version"]["datasetVersion"] for one in complete["outputs"]
    }
    assert versions == {
        f"run/{told['run']}": told["digest"],
        "relief.duckdb": (months / "relief.duckdb.sha256").read_text().split()[0],
    }
    assert str(tmp_path) not in path.read_text("utf-8")


def test_months_of_a_batch_name_a_database_of_no_version_yet(months, tmp_path):
    """It is made after the last of them: its version would be of the one before."""
    path = tmp_path / "lineage.jsonl"
    told = done("settle", "--all", *OTHER, "--home", months, "--lineage", path)
    complete = [event for event in events(path) if event["eventType"] == "COMPLETE"]
    assert len(complete) == 5
    settled = [month["outcome"] == "settled" for month in told["periods"]]
    assert any(settled)
    databases = [event["outputs"][1] for event in complete]
    assert [one["name"] for one in databases] == ["relief.duckdb"] * 5
    first = settled.index(True)
    assert ["facets" in one for one in databases] == [at < first for at in range(5)]


def test_a_run_that_fails_is_told_to_have_failed(months, tmp_path, monkeypatch):
    def fail(task, settled):
        raise ConservationError("lost one of 0961234567", "test", "report it")

    monkeypatch.setattr(settle, "_same_count", fail)
    path = tmp_path / "lineage.jsonl"
    line = ("settle", "--period", MONTHS[4], *OTHER, "--home", months, "--lineage", path)
    assert run(*line)[0] == 70
    start, failed = events(path)
    assert failed["eventType"] == "FAIL" and failed["run"]["runId"] == start["run"]["runId"]
    assert "lost one of #" in failed["run"]["facets"]["errorMessage"]["message"]


def test_lineage_does_not_lie_in_the_home(months):
    before = tree_of(months)
    refused(6, "settle", "--all", "--home", months, "--lineage", months / "lineage.jsonl")
    assert tree_of(months) == before
