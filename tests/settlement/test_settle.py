"""Settling a home: published whole or not at all, and the same inputs once."""

import json
import os
import shutil
import subprocess
import zipfile

import duckdb
import polars as pl
import pytest

from doisoat.engine.store import commit
from doisoat.engine.store.home import writer
from doisoat.errors import CatalogueError, ConservationError, PeriodError, StoreError
from doisoat.settlement.database import public_database as face
from doisoat.settlement.settle import run_folder


@pytest.fixture
def run(home, catalogue, package, world):
    """Settles the home by the stand-in kernel; keywords override."""

    def once(**changes):
        given = {
            "home": home, "catalogue": catalogue, "package": package,
        }  # fmt: skip
        return world.settle_by(**{**given, **changes})

    return once


def state(home):
    """Every file below the home but the lock, with its bytes."""
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in sorted(home.rglob("*"))
        if path.is_file() and path.name != "lock"
    }


def query(home, sql):
    """Rows of the published file, read in a process of its own (a reader never sees a swap)."""
    path = home / "relief.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def with_lists(reports):
    """The names of statements, and of the workbook of lists beside each."""
    lists = [name.replace(".xlsx", ".danh-sach.xlsx") for name in reports]
    return sorted([*reports, *lists])


def test_a_settled_home_holds_what_it_promises(home, run):
    summary = run()
    assert not summary.same_run
    assert summary.counts == {"events": 600, "rated": 588, "suspended": 12}
    assert summary.amounts["list_value"] - summary.amounts["discount"] == summary.amounts["payable"]
    assert summary.statements == 4
    assert json.loads((home / "current.json").read_text()) == {"2021-08": summary.run}
    assert sorted(p.name for p in (home / "reports").iterdir()) == with_lists(summary.reports)
    assert len(summary.reports) == 4
    folder = home / "runs" / summary.run
    assert {p.name for p in folder.iterdir()} == {
        "line.parquet", "total.parquet", "relief_total.parquet", "suspense.parquet",
        "closing.parquet", "statement.parquet", "programme.parquet", "statement_line.parquet",
        "own_account.parquet", "burn_down.parquet", "refund.parquet", "finding.parquet",
        "catalogue.json", "package.json", "manifest.json", "reports",
    }  # fmt: skip
    digest = (home / "relief.duckdb.sha256").read_text()
    assert subprocess.run(
        ["sha256sum", "-c"], input=digest, cwd=home, text=True, capture_output=True
    )
    assert (home / "relief.duckdb").stat().st_mode & 0o777 == 0o440


def test_json_has_the_promised_keys_and_amounts_as_text(run):
    told = run().as_object()
    assert list(told)[:11] == [
        "run", "digest", "events", "rated", "suspended", "list_value", "discount", "payable",
        "in_kind", "contribution", "statements",
    ]  # fmt: skip
    assert told["list_value"] == "17640000" and told["events"] == 600 and told["statements"] == 4


def test_the_same_inputs_are_the_same_run_and_nothing_is_rated(home, run, world):
    first, before = run(), state(home)
    offered = []
    again = run(rate=world.rate_of(offered=offered))
    assert again.same_run and again.run == first.run and again.digest == first.digest
    assert offered == []
    assert state(home) == before


@pytest.mark.parametrize("buckets", [1, 2, 8])
def test_two_homes_of_the_same_inputs_hold_the_same_bytes(home, run, world, buckets, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(home, other)
    run()
    run(home=other, rate=world.rate_of(buckets=buckets))
    one, two = state(home / "runs"), state(other / "runs")
    assert one == two


def test_one_dong_too_much_in_a_line_publishes_nothing(home, run, world):
    before = state(home)
    with pytest.raises(ConservationError, match="relief lines and relief totals disagree"):
        run(rate=world.rate_of(plant=1))
    assert state(home) == before


def test_a_refused_run_leaves_the_last_one_standing(home, run, world, package):
    run()
    before = state(home)
    with pytest.raises(ConservationError):
        run(package=package.model_copy(update={"title": "khác"}), rate=world.rate_of(plant=-1))
    assert state(home) == before


def test_events_that_the_kernel_did_not_see_are_missed(home, run, world):
    def blind(*args, **kwargs):
        yield from list(world.rate_of()(*args, **kwargs))[:-1]

    before = state(home)
    with pytest.raises(ConservationError, match="the parts hold 600 events"):
        run(rate=blind)
    assert state(home) == before


@pytest.mark.parametrize(
    ("room", "step"),
    [(run_folder, "write"), (run_folder, "_write_reports"), (face, "build")],
    ids=["run", "reports", "face"],
)
@pytest.mark.parametrize(
    "error",
    [
        KeyboardInterrupt(),
        RuntimeError("Query interrupted"),  # what DuckDB makes of it
        OSError(28, "No space left on device"),
        duckdb.IOException("Could not write file: No space left on device"),
    ],
    ids=["Ctrl-C", "Ctrl-C in a query", "full disk", "full disk in a query"],
)
def test_whatever_stops_it_before_the_swap_leaves_the_home_as_it_was(
    home, run, monkeypatch, room, step, error, package
):
    run()
    before = state(home)

    def stop(*args, **kwargs):
        raise error

    monkeypatch.setattr(room, step, stop)
    is_stop = isinstance(error, KeyboardInterrupt) or "interrupted" in str(error)
    wanted = KeyboardInterrupt if is_stop else StoreError
    with pytest.raises(wanted):
        run(package=package.model_copy(update={"title": "khác"}))
    assert state(home) == before


def test_a_death_between_two_renames_is_mended_by_the_next_settle(home, run, monkeypatch, package):
    first = run()
    other = package.model_copy(update={"title": "khác"})
    swap_in = commit.swap_in

    def dies_after_the_first(path, new):
        swap_in(path, new)
        raise KeyboardInterrupt

    monkeypatch.setattr(commit, "swap_in", dies_after_the_first)
    with pytest.raises(KeyboardInterrupt):
        run(package=other)
    monkeypatch.undo()
    assert query(home, "SELECT run FROM rated.run") == [(first.run,)]  # the face is the old one
    second = run(package=other)
    assert second.same_run and second.run != first.run
    assert query(home, "SELECT run FROM rated.run") == [(second.run,)]
    assert query(home, "SELECT run FROM history.run") == [(first.run,)]


@pytest.mark.parametrize("lost", ["relief.duckdb", "reports", "current.json"])
def test_a_lost_face_is_built_again_without_rating(home, run, world, lost):
    first = run()
    path = home / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    offered = []
    again = run(rate=world.rate_of(offered=offered))
    assert again.same_run and again.run == first.run and offered == []
    assert path.exists()
    assert query(home, "SELECT count(*) FROM usage.event") == [(600,)]


def test_a_changed_report_is_put_right(home, run):
    summary = run()
    report = home / "reports" / summary.reports[0]
    whole = report.read_bytes()
    report.write_bytes(whole[:-1])
    again = run()
    assert report.read_bytes() == whole
    (said,) = set(again.findings) - set(summary.findings)
    assert f"reports/{report.name} did not match" in said


def test_a_database_that_was_changed_is_made_again_and_said_so(home, run):
    summary = run()
    database = home / "relief.duckdb"
    os.chmod(database, 0o644)
    database.write_bytes(database.read_bytes() + b"x")
    again = run()
    assert again.same_run
    (said,) = set(again.findings) - set(summary.findings)
    assert "relief.duckdb did not match its digest" in said
    log = query(home, "SELECT what FROM audit.event WHERE what <> 'intake' ORDER BY entry")
    assert log == [("settle",), ("repair",)]
    assert run().findings == summary.findings


def test_files_of_its_user_stay_in_reports_and_those_of_runs_go(home, run, catalogue):
    run()
    reports = home / "reports"
    (reports / "ghi chú.txt").write_text("của kế toán")
    (reports / "riêng").mkdir()
    (reports / "riêng" / "bản.xlsx").write_bytes(b"x")
    os.utime(reports / "ghi chú.txt", ns=(1, 1))
    summary = run(carrier="vnpt")
    assert sorted(path.name for path in reports.iterdir()) == sorted(
        ["ghi chú.txt", "riêng", *with_lists(summary.reports)]
    )
    assert (reports / "ghi chú.txt").read_text() == "của kế toán"
    assert (reports / "ghi chú.txt").stat().st_mtime_ns == 1
    assert (reports / "riêng" / "bản.xlsx").read_bytes() == b"x"


def test_another_reading_supersedes_and_the_first_moves_to_history(home, run, package):
    first = run()
    other = package.model_copy(update={"chosen": {"in_kind_value": "zero"}})
    second = run(package=other)
    assert second.run != first.run
    assert query(home, "SELECT run FROM rated.run") == [(second.run,)]
    assert query(home, "SELECT run FROM history.run") == [(first.run,)]
    now = query(home, "SELECT sum(list_value) FROM rated.total")
    then = query(home, "SELECT sum(list_value) FROM history.total")
    assert now == then
    back = run()
    assert back.same_run and back.run == first.run
    assert query(home, "SELECT run FROM rated.run") == [(first.run,)]


def test_one_carrier_alone(home, run, catalogue):
    summary = run(carrier="mobifone")
    assert summary.statements == 1 and summary.reports == ("doi-soat-2021-08-mobifone.xlsx",)
    whole = run()
    assert whole.run != summary.run and whole.counts["events"] == 3 * summary.counts["events"]
    with pytest.raises(CatalogueError, match="viettel, vnpt, mobifone, sctv"):
        run(carrier="gmobile")


def test_a_month_that_follows_names_the_run_that_it_opens_from(home, run, world):
    with writer(home, "test") as held:
        july = world.usage_frames(range(1, 601), -31 * world.DAY_MS)
        world.write_part(held, "usage", "c" * 32, july, {"events": 600})
    with pytest.raises(PeriodError, match="2021-07, 2021-08"):
        run()
    first = run(period="2021-07")
    then = run(period="2021-08")
    manifest = json.loads((home / "runs" / then.run / "manifest.json").read_text())
    assert manifest["inputs"]["opening_run"] == first.run
    assert query(home, "SELECT period FROM rated.run ORDER BY 1") == [("2021-07",), ("2021-08",)]
    relief = query(
        home,
        "SELECT period, relief, relief_to_date FROM settlement.programme"
        " WHERE carrier = 'mobifone' ORDER BY 1",
    )
    assert relief[1][2] == relief[0][1] + relief[1][1]


def test_a_month_does_not_open_from_a_run_of_another_carrier_alone(home, run, world):
    with writer(home, "test") as held:
        july = world.usage_frames(range(1, 601), -31 * world.DAY_MS)
        world.write_part(held, "usage", "c" * 32, july, {"events": 600})
    run(period="2021-07", carrier="vnpt")
    assert run(period="2021-08", carrier="vnpt").statements == 1
    for carrier in (None, "viettel"):
        with pytest.raises(PeriodError, match="settles only vnpt") as told:
            run(period="2021-08", carrier=carrier)
        assert "--period 2021-08 --carrier vnpt" in told.value.mend


def test_a_carrier_of_whom_nothing_is_here_is_not_settled_over_another(home, run):
    first = run()
    before = state(home)
    with pytest.raises(PeriodError, match="no event of sctv is in this home, only of mobifone"):
        run(carrier="sctv")
    assert state(home) == before and run().run == first.run


def test_a_month_of_none_of_its_events_is_not_settled_over_another(home, run, world):
    with writer(home, "test") as held:
        july = world.usage_frames((1, 4), -31 * world.DAY_MS)
        world.write_part(held, "usage", "c" * 32, july, {"events": 2})
    run(period="2021-07", carrier="vnpt")
    for other in ("viettel", "mobifone"):
        with pytest.raises(PeriodError, match=f"no event of 2021-07 of {other}") as told:
            run(period="2021-07", carrier=other)
        assert "--carrier vnpt" in told.value.mend


def test_a_home_that_is_not_there_is_not_made(tmp_path, run):
    with pytest.raises(StoreError, match="no home is here"):
        run(home=tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_part_that_was_changed_is_refused(home, run):
    part = next((home / "usage").glob("part=*")) / "bucket=00.parquet"
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 1
    part.write_bytes(bytes(content))
    with pytest.raises(StoreError, match="SHA-256"):
        run()


def test_a_home_in_use_names_who_holds_it(home, run):
    with writer(home, "intake"), pytest.raises(StoreError, match=f"held by pid {os.getpid()}"):
        run()


def test_the_journal_says_who_when_and_what(home, run, package):
    run()
    run(package=package.model_copy(update={"title": "khác"}))
    entries = query(home, "SELECT entry, what, period, run FROM audit.event ORDER BY entry")
    lines = (home / "log" / "journal.jsonl").read_bytes().splitlines()
    assert [entry[0] for entry in entries] == list(range(1, len(lines) + 1))
    assert [entry[1] for entry in entries if entry[1] != "intake"] == ["settle", "settle"]


def test_names_of_subscriptions_that_the_catalogue_has_not_are_told(home, run, world):
    def said(findings):
        told = [text.partition(" | ")[2] for text in findings if " | " in text]
        return [text for text in told if text.startswith("subscriptions ")]

    other = "subscriptions with plans of another carrier: "
    assert said(run().findings) == [
        f"{other}mobifone: tra-truoc (viettel) × 6, vnpt: tra-truoc (viettel) × 6"
    ]
    frames = world.subscription_frames()
    rows = frames["subscription.parquet"].head(3)
    rows = rows.with_columns(
        carrier=pl.lit("viettel"), plan=pl.Series(["la", "tra-truoc", "tra-truoc"]),
        home_locality=pl.Series(["01", "99", ""]), subscriber_lo=pl.col("subscriber_lo") + 1000,
    )  # fmt: skip
    ghost = rows.with_columns(carrier=pl.lit("ma"), plan=pl.lit("cap-quang"))
    with writer(home, "test") as held:
        frames["subscription.parquet"] = pl.concat([rows, ghost.head(1)])
        world.write_part(held, "master", "d" * 32, frames, {"events": 0})
    told = said(run().findings)
    assert told[:2] == [
        "subscriptions of carriers that the catalogue has not: ma × 1",
        "subscriptions with plans that the catalogue has not: la × 1",
    ]
    assert told[2].startswith(other) and "ma: cap-quang (sctv) × 1" in told[2]
    assert told[3] == "subscriptions with home localities that the catalogue has not: 99 × 1"
    assert len(told) == 4


def test_subscriptions_paid_otherwise_than_their_plan_are_told(home, run, world, catalogue):
    """A mapping that takes the two words for each other gives measures to the wrong ones."""
    plans = [
        plan.model_copy(update={"payment": "postpaid"}) if plan.id == "tra-truoc" else plan
        for plan in catalogue.plans
    ]
    declared = catalogue.model_copy(update={"plans": tuple(plans)})
    held = world.subscription_frames()["subscription.parquet"].filter(plan="tra-truoc")
    said = "subscriptions paid otherwise than the catalogue says of their plan: tra-truoc: prepaid"
    told = [text.partition(" | ")[2] for text in run(catalogue=declared).findings]
    assert [text for text in told if "paid otherwise" in text] == [f"{said} × {held.height}"]
    assert held.height > 0
    assert not any("paid otherwise" in text for text in run().findings)


def test_unreadable_records_of_the_periods_files_are_in_the_workbook(home, run):
    summary = run()
    with zipfile.ZipFile(home / "reports" / "doi-soat-2021-08-vnpt.danh-sach.xlsx") as book:
        said = book.read("xl/sharedStrings.xml").decode()
    assert "cdr.csv" in said and "(bad_time)" in said and "(bad_units)" in said
    assert len(summary.reports) == 4
