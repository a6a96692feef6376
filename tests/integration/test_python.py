"""`import doisoat`: a home as an object, and frames rated to the same đồng as by the command."""

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

import doisoat
from doisoat.engine.rating.bucket import rate_home
from doisoat.engine.rating.rater import STATUSES
from doisoat.engine.store.home import open_home
from doisoat.settlement.runs.run_inputs import gather, master, opening_of, people
from doisoat.settlement.settle.settle import program_of
from tests.integration.conftest import done

MONTH = "2021-08"
NAMES = ("list_value", "discount", "payable", "in_kind", "contribution")
README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")


@pytest.fixture(scope="module")
def known(settled):
    """The settled home, opened."""
    return doisoat.Home.open(settled[0])


@pytest.fixture(scope="module")
def events(known):
    return known.events(MONTH)


@pytest.fixture(scope="module")
def beside(known):
    return known.master(MONTH)


def test_a_path_may_be_a_text(known):
    assert doisoat.Home(str(known.path)) == known
    assert doisoat.Home(str(known.path)).periods() == known.periods()


@pytest.fixture(scope="module")
def by_home(known):
    """event_id -> (status, list value, payable), as the home's own pass has them."""
    catalogue, package = known.catalogue(), known.package()
    task = gather(open_home(known.path), catalogue.model, package.model, MONTH, None)
    program, subscriptions = program_of(task), people(task)
    results = rate_home(
        task.home, program, (task.period.begin_ms, task.period.end_ms), task.usage, subscriptions,
        master(task, "port"), opening_of(task, program, subscriptions), keeps_rated=True,
    )  # fmt: skip
    rated = pl.concat([result.rated for result in results if result.rated.height])
    return {
        f"{hi:016x}{lo:016x}": (STATUSES[status], list_value, payable)
        for hi, lo, status, list_value, payable in rated.select(
            pl.col("event_hi").cast(pl.UInt64), pl.col("event_lo").cast(pl.UInt64), "status",
            "list_value", "payable",
        ).iter_rows()
    }  # fmt: skip


def rated(given, beside, **options):
    return doisoat.rate(given, "vn-2021", "vn-2021-08", **{**beside, **options})


# --- the same as the command ---------------------------------------------------------------------


def test_a_frame_comes_to_the_sums_that_settle_prints(events, beside, settled, known):
    found, told = rated(events, beside), settled[1]
    conflicting = known.suspended().filter(pl.col("reason") == "conflicting").height
    assert conflicting  # the world plants some: they are no events of a frame
    assert found.totals == {
        "events": told["events"] - conflicting,
        "rated": told["rated"],
        "suspended": told["suspended"] - conflicting,
        **{name: int(told[name]) for name in NAMES},
    }
    assert found.period == MONTH


def test_each_event_comes_to_what_the_home_gave_it(events, beside, by_home):
    found = rated(events, beside)
    compared = 0
    for event, status, list_value, discount, payable in found.events.select(
        "event_id", "status", "list_value", "discount", "payable"
    ).iter_rows():
        wanted = by_home[event.replace("-", "")]
        if status == "rated":
            assert (status, list_value, payable) == wanted
            assert list_value - discount == payable
        else:
            assert (status, list_value, payable) == (wanted[0], None, None)
        compared += 1
    left_out = [one for one in by_home.values() if one[0] == "conflicting"]
    assert compared == len(by_home) - len(left_out) == events.height


def test_lines_are_those_of_the_run(events, beside, known):
    keys = ["event_id", "measure", "nature", "units", "amount"]

    def told(frame):
        texts = pl.col("measure", "nature").cast(pl.String)
        return frame.select(keys).with_columns(texts).sort(keys)

    found = rated(events, beside)
    assert told(found.lines).equals(told(known.lines()))
    assert events["event_id"].gather(found.lines["row"]).equals(found.lines["event_id"])
    discounts = found.lines.filter(pl.col("nature") == "discount")
    for measure, amount in discounts.group_by("measure").agg(pl.col("amount").sum()).iter_rows():
        assert found.events[f"discount_{measure}"].sum() == amount
    assert discounts["measure"].n_unique() > 1


def test_a_duckdb_relation_and_any_order_of_rows_come_to_the_same(events, beside, tmp_path):
    whole = rated(events, beside)
    shuffled = events.sample(fraction=1, shuffle=True, seed=1)
    shuffled.write_parquet(tmp_path / "events.parquet")
    beside["subscriptions"].write_parquet(tmp_path / "subscriptions.parquet")
    with duckdb.connect() as connection:
        found = doisoat.rate(
            connection.sql(f"FROM '{tmp_path}/events.parquet'"), "vn-2021", "vn-2021-08",
            subscriptions=connection.sql(f"FROM '{tmp_path}/subscriptions.parquet'"),
            ports=beside["ports"], packs=beside["packs"],
        )  # fmt: skip
    assert found.totals == whole.totals
    assert found.events["event_id"].equals(shuffled["event_id"])
    assert found.events.sort("event_id").equals(whole.events.sort("event_id"))
    assert found.lines["row"].is_sorted()


def test_frames_without_ids_of_events_and_owners_come_to_the_same(events, beside):
    whole = rated(events, beside)
    found = rated(events.drop("event_id", "owner_id"), beside)
    assert found.totals == whole.totals
    assert found.events.equals(whole.events.drop("event_id"))
    assert "event_id" not in found.lines.columns


def test_suspended_events_come_back_with_their_reason(events, beside):
    found = rated(events, beside)
    assert found.suspended.height == found.totals["suspended"] > 0
    assert set(found.suspended["status"]) == {"no_tariff"}
    nobody = rated(events, {**beside, "subscriptions": beside["subscriptions"].clear()})
    assert nobody.totals["rated"] == nobody.totals["payable"] == 0
    assert set(nobody.suspended["status"]) == {"no_subscription"}
    assert nobody.suspended["row"].to_list() == list(range(events.height))


def test_without_a_package_nothing_is_taken_off(events, beside):
    found = doisoat.rate(events, "vn-2021", "none", **beside)
    assert found.totals["list_value"] == found.totals["payable"] > 0
    assert found.lines.is_empty()
    assert found.events.columns == ["event_id", "status", "list_value", "discount", "payable"]


def test_no_event_of_a_named_month_is_no_error(events, beside):
    found = rated(events.clear(), beside, period=MONTH)
    assert set(found.totals.values()) == {0} and found.events.is_empty()


def test_the_three_lines_of_the_readme_on_both_kinds_of_frame(settled, events, tmp_path):
    """As they stand, but for where the home is; and again with a DuckDB relation of its events."""
    (lines,) = re.findall(r"^```python\n(.*?)^```$", README, re.M | re.S)
    told = settled[1]
    assert len([line for line in lines.splitlines() if line.strip()]) == 4  # one of them imports
    printed = []
    events.write_parquet(tmp_path / "events.parquet")
    as_relation = lines.replace(
        'home.events("2021-08")', "duckdb.sql(\"FROM '%s'\")" % (tmp_path / "events.parquet")
    )
    assert as_relation != lines
    for text in (lines, as_relation):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(text.replace('"small"', repr(str(settled[0]))), {"duckdb": duckdb})
        printed.append(out.getvalue())
    assert printed[0] == printed[1]
    for name in NAMES:
        assert f"'{name}': {told[name]}" in printed[0]


# --- what a frame may not be ---------------------------------------------------------------------


def _at(frame, row, column, value):
    values = frame[column].to_list()
    values[row] = value
    return frame.with_columns(pl.Series(column, values, dtype=frame.schema[column], strict=False))


def _text(name):
    return pl.col(name).cast(pl.String)


REFUSED = {
    "a column is missing": (lambda e: e.drop("units"), "events, units", "missing"),
    "a column is not known": (
        lambda e: e.rename({"destination": "destinaton"}), "events, destinaton",
        "did you mean destination?",
    ),
    "units are no whole numbers": (
        lambda e: e.with_columns(pl.col("units").cast(pl.Float64)), "events, units", "Float64",
    ),
    "a moment has a zone": (
        lambda e: e.with_columns(pl.col("start_at").dt.replace_time_zone("Asia/Ho_Chi_Minh")),
        "events, start_at", "without a zone",
    ),
    "a moment is finer than a millisecond": (
        lambda e: e.with_columns(
            pl.col("start_at").cast(pl.Datetime("us")) + pl.duration(microseconds=1)
        ),
        "events, start_at, row 0", "finer than a millisecond",
    ),
    "a value is null": (lambda e: _at(e, 3, "units", None), "events, units, row 3", "null"),
    "units are negative": (lambda e: _at(e, 4, "units", -1), "events, units, row 4", "-1"),
    "a kind is none": (
        lambda e: _at(e.with_columns(_text("kind")), 5, "kind", "call"),
        "events, kind, row 5", "'call'",
    ),
    "a destination is none": (
        lambda e: _at(e.with_columns(_text("destination")), 6, "destination", "xin chào"),
        "events, destination, row 6", "xin chào",
    ),
    "an event stands twice": (
        lambda e: _at(e, 8, "event_id", e["event_id"][2]), "events, event_id, row 8", "earlier",
    ),
    "an event is of another month": (
        lambda e: e.with_columns(pl.col("start_at").dt.offset_by("1mo")),
        "events, start_at, row 0", "outside the period",
    ),
    "a part has no session": (
        lambda e: _at(e.drop("session_key"), 9, "partial", 2), "events, partial", "session_key",
    ),
    "a session has no part": (
        lambda e: e.drop("partial").with_columns(session_key=pl.lit("s")), "events, partial",
        "missing",
    ),
    "a number is of another type": (
        lambda e: e.with_columns(subscriber_id=pl.col("units"), owner_id=pl.col("units")),
        "subscriptions, subscriber_id", "both text, or both numbers",
    ),
    "ports are given, and no numbers": (
        lambda e: e.drop("counterparty"), "events, counterparty", "ports are given",
    ),
    "it is not computed yet": (lambda e: e.lazy(), "events", ".collect()"),
    "it is no frame": (lambda e: e.to_dicts()[:3], "events", "__arrow_c_stream__"),
}  # fmt: skip


@pytest.mark.parametrize("change", REFUSED)
def test_a_frame_is_refused_with_its_column_and_row(change, events, beside):
    make, where, said = REFUSED[change]
    with pytest.raises(doisoat.IntakeError) as refused:
        rated(make(events.head(200)), beside, period=MONTH)
    error = refused.value
    assert error.where.startswith(where)
    assert said in f"{error.what}. {error.mend}"
    for text in (error.what, error.mend):
        assert text.count(" | ") == 1


def test_frames_beside_are_read_as_strictly(events, beside):
    few = events.head(200)
    for name, make, where in (
        ("subscriptions", lambda f: f.drop("plan"), "subscriptions, plan"),
        ("subscriptions", lambda f: _at(f, 1, "payment", "cash"), "subscriptions, payment, row 1"),
        ("packs", lambda f: f.with_columns(left=pl.lit("5")), "packs, left"),
        ("packs", lambda f: f.with_columns(left=pl.lit([-5])), "packs, left, row 0"),
        ("ports", lambda f: f.with_columns(until=pl.lit(1)), "ports, until"),
    ):
        with pytest.raises(doisoat.IntakeError) as refused:
            rated(few, {**beside, name: make(beside[name])})
        assert refused.value.where == where


def test_of_several_months_one_has_to_be_named(events, beside):
    both = pl.concat(
        [events.head(2), events.head(2).with_columns(pl.col("start_at").dt.offset_by("1mo"))]
    )
    with pytest.raises(doisoat.PeriodError, match="2021-08, 2021-09"):
        rated(both, beside)
    with pytest.raises(doisoat.PeriodError, match="no events"):
        rated(events.clear(), beside)


# --- a home --------------------------------------------------------------------------------------


def test_a_home_is_made_filled_settled_and_checked(tmp_path):
    home = doisoat.simulate(tmp_path / "one", seed=7, subscribers=40)
    run = home.settle()
    assert home.periods() == {MONTH: run.run}
    assert run.as_object() == {
        **done("settle", "--home", home.path), "same_run": False, "rated_shards": 1024,
        "why_whole": run.as_object()["why_whole"],
    }  # fmt: skip
    assert home.verify().as_object() == done("verify", "--home", home.path)
    assert home.status().as_object() == done("status", "--home", home.path)
    event = home.lines()["event_id"][0]
    assert home.explain(event).as_object() == done("explain", event, "--home", home.path)
    statement = home.statement(MONTH)
    for name in ("events", "rated", "suspended"):
        assert statement[name].sum() == run.counts[name]
    for name in NAMES:
        assert statement[name].sum() == run.amounts[name]
    assert home.statement_lines()["amount"].sum() == home.lines()["amount"].sum()
    assert home.totals()["payable"].sum() == run.amounts["payable"]
    assert (home.catalogue().id, home.package().id) == ("vn-2021", "vn-2021-08")


def test_a_home_takes_in_what_the_command_takes_in(files, key, settled, tmp_path):
    home = doisoat.Home.init(tmp_path / "two", buckets=4)
    kinds: dict[str, Any] = {"subscriptions": "subscriptions", "ports": "ports", "packs": "packs"}
    for path in files:
        kind = kinds.get(path.name.partition("-")[0].partition(".")[0])
        if kind is not None:
            home.intake([path], "world", kind=kind, key=key)
    usage = [path for path in files if path.name.startswith("usage-")]
    found = home.intake(usage, "world", key=key)
    again = done("intake", *usage, "--mapping", "world", "--key", key, "--home", home.path)
    assert found.as_object()["rows"] == again["rows"] > again["taken"]
    run = home.settle()
    assert (run.run, run.digest) == (settled[1]["run"], settled[1]["digest"])


def test_what_cannot_be_is_refused_by_its_class(tmp_path, known):
    with pytest.raises(doisoat.StoreError, match="no home is here"):
        doisoat.Home.open(tmp_path)
    with pytest.raises(doisoat.StoreError, match="already"):
        doisoat.Home.init(known.path)
    with pytest.raises(doisoat.StoreError, match="3 buckets"):
        doisoat.Home.init(tmp_path / "odd", buckets=3)
    for path in ("what?", "back\\slash"):
        with pytest.raises(doisoat.StoreError, match="question mark"):
            doisoat.Home.init(tmp_path / path)
    with pytest.raises(doisoat.PeriodError, match="2021-07 is not settled"):
        known.statement("2021-07")
    with pytest.raises(doisoat.PeriodError, match="is no period"):
        known.events("August")
    with pytest.raises(doisoat.PeriodError, match="no event of 2021-01"):
        known.events("2021-01")
    with pytest.raises(doisoat.PeriodError):
        known.explain("not an id")
    with pytest.raises(doisoat.CatalogueError):
        doisoat.Package.open("vn-2021-08", {"m2.in_kind_value": "no such answer"})
    assert not (tmp_path / "odd").exists()


def test_a_month_that_goes_on_from_another_is_not_rated_as_a_first(five_months):
    home = doisoat.Home.open(five_months[0])
    with pytest.raises(doisoat.PeriodError, match="balances of the month before"):
        home.master("2021-09")
    with pytest.raises(doisoat.PeriodError, match="settled months: 5"):
        home.statement()
    first = doisoat.rate(
        home.events("2021-07"), home.catalogue("2021-07"), home.package("2021-07"),
        **home.master("2021-07"),
    )  # fmt: skip
    told = five_months[1]["2021-07"]
    assert {name: first.totals[name] for name in NAMES} == {n: int(told[n]) for n in NAMES}


def test_quotes_are_those_of_the_command():
    asked = {
        "plan": "vnpt.VinaCard", "kind": "voice", "units": 55_200, "destination": "on_net",
        "start": "2021-08-17T10:17", "home_locality": "79",
    }  # fmt: skip
    told = done(
        "quote", "--plan", "vnpt.VinaCard", "--kind", "voice", "--units", "55.2s", "--destination",
        "on_net", "--start", "2021-08-17T10:17", "--home-locality", "79", "--package", "vn-2021-08",
    )  # fmt: skip
    assert doisoat.quote([asked], "vn-2021", "vn-2021-08") == [told]
    with pytest.raises(doisoat.IntakeError) as refused:
        doisoat.quote([asked, {**asked, "units": -1}], "vn-2021", "none")
    assert refused.value.where == "event 2, units"
