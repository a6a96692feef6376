"""Month by month, each from the closing state of the one before, is all at once."""

import json
import shutil

import polars as pl
import pytest

from doisoat.engine.rating import bucket
from doisoat.engine.rating.opening_state import open_packs_as_state
from doisoat.engine.store.home import open_home, read_parts
from doisoat.engine.usage import stored_parts as stored
from doisoat.settlement.figures.merge import KEYS, RELIEF_KEYS, RELIEF_SUMS, TOTAL_SUMS, merge
from doisoat.settlement.figures.period import Period
from doisoat.tariffs.compile.compile import compile_program
from doisoat.tariffs.load.bundled import bundled_catalogue
from doisoat.tariffs.load.tariffs import load_catalogue, load_package

from .conftest import MONTHS, refused, rows, run

IDS = ["event_hi", "event_lo"]
LINE = [*IDS, "measure", "nature", "units", "amount"]


@pytest.fixture(scope="module")
def parts(five_months):
    home = open_home(five_months[0])
    return home, read_parts(home, "usage"), read_parts(home, "master")


@pytest.fixture(scope="module")
def program():
    return compile_program(load_catalogue(bundled_catalogue()), load_package("vn-2021-08", {}))


def table(parts, name):
    """All rows of one kind of master data; the small world has some of each."""
    frame = stored.read_master(parts[2], name)
    assert frame is not None and frame.height
    return frame


def rated(parts, program, period, opening):
    """All buckets of one kernel pass, with a row an event."""
    home, usage, _ = parts
    return list(
        bucket.rate_home(
            home,
            program,
            period,
            usage,
            table(parts, "subscription"),
            table(parts, "port"),
            opening,
            keeps_rated=True,
        )
    )


@pytest.fixture(scope="module")
def at_once(parts, program):
    """One pass over the whole horizon, from the packs that were open when it began."""
    packs = table(parts, "pack")
    period = Period.of(MONTHS[0]).begin_ms, Period.of(MONTHS[-1]).end_ms
    opening = open_packs_as_state(program, packs, table(parts, "subscription"))
    return rated(parts, program, period, opening)


def run_file(five_months, month, name):
    folder = five_months[0] / "runs" / five_months[1][month]["run"]
    return pl.read_parquet(folder / f"{name}.parquet")


def test_every_month_has_usage_and_relief_begins_in_august(five_months):
    told = five_months[1]
    assert all(told[month]["rated"] > 1_000 for month in MONTHS)
    assert [int(told[month]["discount"]) > 0 for month in MONTHS] == [False, True, True, True, True]


def test_totals_of_the_months_are_those_of_one_pass(five_months, at_once, program):
    whole = merge(at_once, program.vocabulary)
    for name, frame, keys, sums in (
        ("total", whole.totals, KEYS, TOTAL_SUMS),
        ("relief_total", whole.relief_totals, RELIEF_KEYS, RELIEF_SUMS),
    ):
        columns = [*keys, *sums]
        found = pl.concat(run_file(five_months, month, name) for month in MONTHS)
        day = pl.col("day").cast(pl.Date).cast(pl.Int32).cast(pl.Int64)
        found = found.with_columns(day).select(columns)
        texts = pl.col(pl.Enum, pl.Categorical, pl.String).cast(pl.String)
        expected = frame.with_columns(pl.col("day").cast(pl.Int64)).select(columns)
        assert (
            found.with_columns(texts)
            .sort(keys)
            .equals(expected.with_columns(texts).sort(keys), null_equal=True)
        )


def test_lines_of_the_months_are_those_of_one_pass(five_months, at_once, program):
    found = pl.concat(run_file(five_months, month, "line") for month in MONTHS).select(LINE)
    texts = pl.col("measure", "nature").cast(pl.String)
    expected = merge(at_once, program.vocabulary).lines.select(LINE).collect()
    assert found.height > 1_000
    assert found.with_columns(texts).sort(LINE).equals(expected.with_columns(texts).sort(LINE))


def test_every_event_costs_the_same_in_its_month_as_in_one_pass(
    five_months, parts, at_once, program
):
    """The published closing states carry over all that an amount depends on."""
    people = table(parts, "subscription")
    opening = open_packs_as_state(program, table(parts, "pack"), people)
    found = []
    for month in MONTHS:
        period = Period.of(month)
        results = rated(parts, program, (period.begin_ms, period.end_ms), opening)
        found += [result.rated for result in results]
        opening = run_file(five_months, month, "closing")
    months = pl.concat(found).sort(IDS)
    whole = pl.concat(result.rated for result in at_once).sort(IDS)
    assert months.height == sum(five_months[1][month]["events"] for month in MONTHS)
    assert months.equals(whole)


def test_the_face_holds_all_months_and_relief_to_date_adds_up(five_months):
    home = five_months[0]
    assert [month for (month,) in rows(home, "SELECT period FROM rated.run ORDER BY 1")] == [
        *MONTHS
    ]
    found = rows(home, "SELECT sum(discount) FROM rated.total")
    assert int(found[0][0]) == sum(int(told["discount"]) for told in five_months[1].values())


@pytest.fixture
def again(five_months, tmp_path):
    """The five settled months, to be settled otherwise."""
    return shutil.copytree(five_months[0], tmp_path / "home")


def forget(home, *months):
    path = home / "current.json"
    current = json.loads(path.read_text("utf-8"))
    kept = {name: run for name, run in current.items() if name not in months}
    path.write_text(json.dumps(kept), "utf-8")


def test_a_month_is_not_settled_before_the_one_it_rests_on(again):
    """Else its packs and grants would be lost, and calls that they cover be charged."""
    forget(again, "2021-08", "2021-09", "2021-10", "2021-11")
    error = refused(7, "settle", "--period", "2021-09", "--home", again)
    assert "2021-08 is not settled" in error["what"] and "--period 2021-08" in error["mend"]
    error = refused(7, "settle", "--period", "2021-10", "--home", again)
    assert "--period 2021-08" in error["mend"]


def test_a_later_month_is_said_to_rest_on_a_run_that_was_replaced(again):
    status, told, said = run("settle", "--period", "2021-08", "--package", "none", "--home", again)
    assert status == 0 and told["discount"] == "0"
    assert "settle 2021-09 again" in said and "settle 2021-10 again" not in said
