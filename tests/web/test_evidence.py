"""What is shown behind variances of one month of several, some of whose records contradict others.

Two packs are sold in August, then a late file says one of them otherwise, so that it is suspended,
and has two more. The carrier claims what the first run said, by measure, by day and by province.
"""

import json
import shutil

import duckdb
import pytest

from doisoat.engine.store.home import open_home
from doisoat.settlement.web import to_do
from doisoat.settlement.web import variance as views
from doisoat.settlement.web.readers.audience import AUDITOR
from tests.integration.conftest import done, key, run  # noqa: F401  (key: a fixture)
from tests.made_once import copy_of_made
from tests.months.small_home import USED, SmallHome, pack_sold

KEYS = {
    "measure": (), "day": ("CAST(day AS VARCHAR) AS day",), "province": ("home_province",),
}  # fmt: skip
CELLS = """
    SELECT measure, nature, 'event' AS unit{more}, CAST(sum(events) AS VARCHAR) AS events,
        CAST(sum(units) AS VARCHAR) AS units, CAST(sum(amount) AS VARCHAR) AS amount
    FROM rated.relief_total WHERE strftime(day, '%Y-%m') = '2021-08' GROUP BY ALL
"""


@pytest.fixture(scope="module")
def late(tmp_path_factory, key):  # noqa: F811
    """The home, reconciled."""

    def make(folder):
        small = SmallHome(folder, key)
        small.take("july.csv", USED, pack_sold("p0", "07-10 10:00:00"))
        sold = [pack_sold("p1", "08-10 10:00:00"), pack_sold("p2", "08-20 10:00:00")]
        small.take("august.csv", USED, *sold)
        small.take("september.csv", USED, pack_sold("p4", "09-10 10:00:00"))
        for month in ("2021-07", "2021-08", "2021-09"):
            small.settle(month)
        for grain in KEYS:
            done("claim", "file", claimed(small, grain), "--home", small.home, "--why", "kê khai")
        more = (pack_sold(name, f"08-{day} 10:00:00") for name, day in (("p3", 21), ("p5", 22)))
        small.take("late.csv", USED, pack_sold("p2", "08-20 10:00:00", price=20_001), *more)
        small.settle("2021-08")
        status, told, said = run("reconcile", "--period", "2021-08", "--home", small.home)
        assert status == 3, (told, said)

    return copy_of_made(tmp_path_factory, "late-and-contradicted", make)[0] / "out"


def claimed(small, grain):
    """A claim of what was settled."""
    more = "".join(f", {column}" for column in KEYS[grain])
    with duckdb.connect(str(small.home / "relief.duckdb"), read_only=True) as face:
        found = face.execute(CELLS.format(more=more))
        names = [one[0] for one in found.description]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    of = {"carrier": "viettel", "period": "2021-08", "grain": grain, "currency": "VND"}
    path = small.folder / f"{grain}.json"
    path.write_text(json.dumps({**of, "rows": rows}), "utf-8")
    return path


def variances(face):
    found = face.execute("SELECT variance, grain, recomputed_amount FROM settlement.variance")
    return found.fetchall()


def settled_before(home, face):
    """Of each variance that the run before explains, the evidence of that."""
    for id, grain, _ in variances(face):
        told = views.variance(open_home(home), face.cursor(), AUDITOR, {}, id).values
        for part in told["evidence"]:
            if part["detail"].startswith("settled:"):
                yield grain, views.evidence(open_home(home), face.cursor(), AUDITOR, part, id)


def test_what_the_run_before_had_of_events_that_are_suspended_now_adds_up(late):
    with duckdb.connect(str(late / "relief.duckdb"), read_only=True) as face:
        found = list(settled_before(late, face))
    assert {grain for grain, _ in found} == set(KEYS)
    assert all(one.values["adds_up"] and one.tables["evidence"].rows for _, one in found)


def test_of_a_run_that_was_let_go_of_no_line_is_told(late, tmp_path):
    home = tmp_path / "out"
    shutil.copytree(late, home)
    done("settle", "--period", "2021-09", "--home", home)  # which opened from that run
    done("store", "retain", "--only", "runs", "--keep", "1", "--apply", "--why", "đủ", "--home",
         home)  # fmt: skip
    with duckdb.connect(str(home / "relief.duckdb"), read_only=True) as face:
        found = list(settled_before(home, face))
    assert found and not any(one.values["adds_up"] for _, one in found)
    assert not any(one.tables["evidence"].rows for _, one in found)


def test_the_query_of_a_variance_is_about_its_month_alone(late):
    with duckdb.connect(str(late / "relief.duckdb"), read_only=True) as face:
        for id, _, amount in variances(face):
            query = done("variance", "show", id, "--home", late)["evidence"].rstrip(";")
            ((found,),) = face.execute(f"SELECT sum(amount) FROM ({query})").fetchall()
            assert (found or 0) == amount


def test_a_suspended_event_whose_copies_contradict_stands_where_the_first_was_taken(late):
    with duckdb.connect(str(late / "relief.duckdb"), read_only=True) as face:
        listed = to_do.suspended(face.cursor(), AUDITOR, {"period": "2021-08"})
        rows = listed.tables["suspended"]
        (told,) = map(rows.as_row, rows.rows)
        copies = face.execute(
            "SELECT DISTINCT name FROM usage.suspense JOIN usage.source_file USING (source_file)"
            " WHERE event_id = ?", [told["event_id"]],
        ).fetchall()  # fmt: skip
    assert sorted(copies) == [("august.csv",), ("late.csv",)]
    assert (told["reason"], told["file"], told["row"]) == ("conflicting", "august.csv", 2)
    assert (told["kind"], told["plan"], told["charged"]) == ("pack", "viettel.Tomato", 20_000)
