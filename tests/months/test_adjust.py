"""What comes after signing: late files, another reading, a corrected tariff, a corrected record.

Each is booked into a month that is not signed, with its cause; what was signed stands as it was.
"""

import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from doisoat.settlement.figures.row_files import PARQUET
from doisoat.settlement.runs.adjustment_records import OF_STATEMENT
from tests.integration.conftest import Killed, done, refused, rows, run, tree_of

from .retold import retold
from .story import MONTHS, OPEN, accounted, statements

CAUSES = "SELECT cause, count(*) FROM settlement.adjustment_event {} GROUP BY 1"


def test_late_events_and_what_they_move_are_booked_into_the_next_month_not_signed(after_late):
    told, home = after_late["told"], after_late["home"]
    assert {one["into"] for one in told.values()} == {OPEN}
    assert all("late" in one["causes"] for one in told.values())
    assert set(dict(rows(home, CAUSES.format("")))) == {"late", "cascade"}
    # Whatever moved an event is a late one of the same owner, which comes before it.
    odd = rows(home, """
        SELECT moved.event_id FROM settlement.adjustment_event AS moved
        JOIN usage.event AS own USING (event_id)
        LEFT JOIN settlement.adjustment_event AS first
            ON first.event_id = moved.cause_event AND first.cause = 'late'
        LEFT JOIN usage.event AS earlier ON earlier.event_id = moved.cause_event
        WHERE moved.cause = 'cascade' AND (first.event_id IS NULL
            OR earlier.owner_id <> own.owner_id OR earlier.start_at > own.start_at)
    """)  # fmt: skip
    assert odd == []


def test_the_signed_figures_stand_as_they_were(after_late):
    own = "SELECT usage_period, carrier, {} FROM settlement.booked WHERE part = 'own'"
    before = statements(after_late["signed"], own)
    after = statements(after_late["home"], own)
    assert {key: after[key] for key in before} == before


def test_another_reading_has_its_cause_and_makes_the_next_month_stale(after_reading):
    told, home = after_reading["told"], after_reading["home"]
    (one,) = told.values()
    assert set(one["causes"]) <= {"reading"} and int(one["totals"]["in_kind"]) < 0
    lines = rows(home, f"""SELECT DISTINCT cause, nature, events FROM settlement.adjustment_line
        WHERE adjustment = '{one["adjustment"]}'""")  # fmt: skip
    assert lines == [("reading", "in_kind", 0)]
    assert after_reading["stale"]


def test_a_corrected_tariff_has_its_cause_too(after_tariff):
    told, home = after_tariff["told"], after_tariff["home"]
    for month in MONTHS:
        listed = ", ".join(f"'{one['adjustment']}'" for one in told.values())
        causes = dict(rows(home, CAUSES.format(f"WHERE adjustment IN ({listed})")))
        assert set(causes) == {"catalogue"}, month
    assert all(int(one["totals"]["list_value"]) < 0 for one in told.values())


def test_after_every_step_signed_and_adjusted_is_the_run_in_force(
    after_late, after_reading, after_tariff
):
    for step in (after_late, after_reading, after_tariff):
        home = step["home"]
        current = statements(home, "SELECT period, carrier, {} FROM settlement.statement")
        assert accounted(home) == {key: row for key, row in current.items() if key[0] in MONTHS}
        assert rows(home, "SELECT count(*) FROM settlement.period WHERE is_unadjusted") == [(0,)]


def test_lines_events_and_statements_of_adjustments_agree(after_tariff):
    home = after_tariff["home"]
    assert rows(home, """
        FROM (SELECT adjustment, carrier, sum(list_value) AS list_value, sum(discount) AS discount,
                  sum(payable) AS payable, sum(refund) AS refund, sum(events) AS rated
              FROM settlement.adjustment_event GROUP BY ALL) AS event
        FULL JOIN settlement.adjustment AS told USING (adjustment, carrier)
        SELECT adjustment, carrier
        WHERE coalesce(event.list_value, 0) <> coalesce(told.list_value, 0)
            OR coalesce(event.payable, 0) <> coalesce(told.payable, 0)
            OR coalesce(event.discount, 0) <> coalesce(told.discount, 0)
            OR coalesce(event.refund, 0) <> coalesce(told.refund, 0)
            OR coalesce(event.rated, 0) <> coalesce(told.rated, 0)
    """) == []  # fmt: skip
    for nature, column in (("discount", "discount"), ("in_kind", "in_kind"),
                           ("contribution", "contribution")):  # fmt: skip
        assert rows(home, f"""
            SELECT (SELECT coalesce(sum(amount), 0) FROM settlement.adjustment_line
                    WHERE nature = '{nature}') = sum({column}) FROM settlement.adjustment
        """) == [(True,)]  # fmt: skip


def test_the_papers_of_the_booked_month_say_what_relief_duckdb_says(story, booked_month):
    columns = ("booked_period", "carrier", "part", "usage_period", "adjustment", *OF_STATEMENT)
    told = rows(story.home, f"""SELECT {", ".join(columns)} FROM settlement.booked
        WHERE booked_period = '{OPEN}' AND carrier = 'vnpt' ORDER BY ALL""")  # fmt: skip
    lines = rows(story.home, """SELECT adjustment, measure, nature, cause,
            sum(events)::BIGINT, sum(units)::BIGINT, sum(amount)::BIGINT
        FROM settlement.adjustment_line WHERE carrier = 'vnpt' GROUP BY ALL
    """)  # fmt: skip
    for paper in booked_month.values():
        folder = Path(paper["folder"])
        parts = pl.read_parquet(folder / f"doi-soat-{OPEN}-vnpt.booked_parts.parquet")
        assert parts.height > len(MONTHS) and sorted(parts.select(columns).rows(), key=str) == (
            sorted(told, key=str)
        )
        by_cause = pl.read_parquet(folder / f"doi-soat-{OPEN}-vnpt.booked_line_causes.parquet")
        names = ("adjustment", "measure", "nature", "cause", "events", "units", "amount")
        assert sorted(by_cause.select(names).rows()) == sorted(lines)
        assert "reading" in set(by_cause["cause"])
    assert not booked_month["draft"]["issue"]["signed"]
    assert booked_month["paper"]["issue"]["signed"]


def test_a_month_that_was_adjusted_into_is_signed_and_all_papers_hold(story, closed, tmp_path):
    home = shutil.copytree(closed, tmp_path / "out")
    told = done("verify", *(part for one in story.papers for part in ("--paper", one)),
                "--home", home)  # fmt: skip
    assert told["ok"] and told["notes"] == [] and told["log"]["signed"] == len(story.papers) == 4
    size, root = told["log"]["size"], told["log"]["root"]
    for paper in story.papers:
        proof = done("log", "prove", "--since", paper.split("-")[1], "--home", home)
        assert (proof["size"], proof["root"]) == (size, root)
    # Nothing more is booked into it.
    before = tree_of(home)
    error = refused(7, "adjust", "2021-09", "--into", OPEN, "--home", home)
    assert "no difference" in error["what"]
    assert tree_of(home) == before


def test_adjustments_are_the_same_bytes_on_another_home(after_late, story, tmp_path):
    again = tmp_path / "again"
    shutil.copytree(after_late["late"], again)
    for month in MONTHS:
        done("period", "supersede", month, "--why", "có thay đổi", "--home", again)
    for month in MONTHS:
        done("settle", "--period", month, *story.always, "--threads", "1", "--home", again)
    for month in MONTHS:
        done("adjust", month, "--home", again)
    first = after_late["home"]
    listed = {path.name for path in (first / "adjustments").iterdir()}
    assert listed == {path.name for path in (again / "adjustments").iterdir()}
    for name in listed:
        assert tree_of(first / "adjustments" / name) == tree_of(again / "adjustments" / name)


def test_a_changed_byte_of_an_adjustment_is_found(after_late, tmp_path):
    home = tmp_path / "out"
    shutil.copytree(after_late["home"], home)
    for path in sorted((home / "adjustments").glob("*/*"))[:5]:
        content = path.read_bytes()
        path.write_bytes(content[:-2] + bytes([content[-2] ^ 1]) + content[-1:])
        status, told, _ = run("verify", "--home", home)
        assert status == 3 and str(path.parent) in told["findings"][0]["where"]
        path.write_bytes(content)
    (folder, *_) = sorted((home / "adjustments").iterdir())
    shutil.rmtree(folder)
    told = run("verify", "--home", home)[1]
    assert (
        str(folder),
        "đã mất: một mục nhật ký có ghi | lost: an entry of the log tells of it",
    ) in [(one["where"], one["what"]) for one in told["findings"]]


@pytest.mark.parametrize(
    ("name", "column"), [("statement", "payable"), ("event", "discount"), ("line", "amount")]
)
def test_amounts_that_the_runs_do_not_differ_by_are_found_though_all_digests_agree(
    after_reading, tmp_path, name, column
):
    """Whoever may write the home edits an adjustment, and every digest of it along with it."""
    home = tmp_path / "out"
    shutil.copytree(after_reading["home"], home)
    folder = next(
        path for path in sorted((home / "adjustments").iterdir())
        if pl.read_parquet(path / f"{name}.parquet").height
    )  # fmt: skip
    frame = pl.read_parquet(folder / f"{name}.parquet")
    first = pl.int_range(pl.len()) == 0
    frame.with_columns(pl.col(column) + first.cast(pl.Int64)).write_parquet(
        folder / f"{name}.parquet", **PARQUET
    )
    retold(home, folder)
    found = run("store", "check", "--home", home)[1]["findings"]
    assert any(str(folder) in one["where"] for one in found), found


def test_what_cannot_be_adjusted_is_refused_and_nothing_changes(story, after_late, tmp_path):
    home = tmp_path / "out"
    shutil.copytree(after_late["late"], home)
    before = tree_of(home)
    error = refused(7, "adjust", "2021-08", "--home", home)
    assert "no difference to book" in error["what"]
    assert "doisoat period supersede 2021-08 --why" in error["mend"]
    assert "is open, not signed" in refused(7, "adjust", OPEN, "--home", home)["what"]
    assert "is no period" in refused(7, "adjust", "tháng tám", "--home", home)["what"]
    assert tree_of(home) == before
    for month in MONTHS[:2]:
        done("period", "supersede", month, "--why", "muộn", "--home", home)
        done("settle", "--period", month, *story.always, "--home", home)
    before = tree_of(home)
    error = refused(7, "adjust", "2021-08", "--home", home)
    assert "2021-07 is not adjusted yet" in error["what"]
    assert (
        "not later" in refused(7, "adjust", "2021-07", "--into", "2021-06", "--home", home)["what"]
    )
    error = refused(7, "adjust", "2021-07", "--into", "2021-09", "--home", home)
    assert "2021-09 is signed" in error["what"]
    assert tree_of(home) == before


def test_an_adjustment_that_was_killed_is_ended_by_the_same_command(
    story, after_late, tmp_path, monkeypatch
):
    from doisoat.settlement.database import acts

    home = tmp_path / "out"
    shutil.copytree(after_late["late"], home)
    done("period", "supersede", "2021-07", "--why", "muộn", "--home", home)
    done("settle", "--period", "2021-07", *story.always, "--home", home)

    def killed(*_):
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(acts, "publish", killed)
        run("adjust", "2021-07", "--home", home)
    told = run("verify", "--home", home)[1]
    assert told["ok"] and "doisoat adjust was killed" in told["notes"][0]
    assert rows(home, "SELECT count(*) FROM settlement.adjustment") == [(0,)]
    done("adjust", "2021-07", "--home", home)
    assert run("verify", "--home", home)[1]["notes"] == []


def test_without_what_the_signed_run_was_made_of_nothing_is_booked(story, after_late, tmp_path):
    """The parts that August was settled from are gone, and so cannot be computed again."""
    home = tmp_path / "out"
    shutil.copytree(after_late["late"], home)
    done("period", "supersede", "2021-07", "--why", "muộn", "--home", home)
    done("settle", "--period", "2021-07", *story.always, "--home", home)
    (signed,) = rows(home, "SELECT signed_run FROM settlement.period WHERE period = '2021-07'")[0]
    manifest = home / "runs" / signed / "manifest.json"
    text = manifest.read_text("utf-8")
    shard = json.loads(text)["result"]["shards"][0]
    manifest.write_text(text.replace(shard, "0" * 64, 1), "utf-8")
    error = refused(6, "adjust", "2021-07", "--home", home)
    assert "do not come to what the run published" in error["what"]
    assert not list((home / "adjustments").glob("*"))
