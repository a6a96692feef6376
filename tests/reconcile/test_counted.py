"""Lines counted otherwise, against SQL on the face that knows nothing of how they are found."""

from datetime import date

import duckdb
import polars as pl
import pytest

from doisoat.settlement.figures.period import Period
from doisoat.settlement.reconcile.causes import (
    alternatives,
)
from doisoat.settlement.reconcile.causes import (
    composed_causes as composed,
)
from doisoat.settlement.reconcile.causes import (
    run_figures as ours,
)
from doisoat.settlement.reconcile.causes.claim_cells import KEYS, pairs, to_grain

from .carriers import AUGUST, as_cells
from .conftest import CARRIERS

# Every line with what its record says: its file, when its call ended, where its owner is at home.
LINE = """
CREATE TEMP VIEW line AS
SELECT line.carrier, measure, nature, line.units, amount, line.start_at, event.duration, event.kind,
    event.event_id, file.sha256,
    coalesce(place.province, place.code, '') AS home_province
FROM rated.relief_line AS line
JOIN usage.event AS event USING (event_id)
JOIN usage.source_file AS file ON file.source_file = event.source_file
JOIN usage.subscription AS person ON person.subscriber_id = event.subscriber_id
LEFT JOIN ref.locality AS place ON place.code = person.home_locality
"""
SUMS = """
SELECT measure, nature, day, home_province, CAST(sum(sign) AS BIGINT) AS events,
    CAST(sum(sign * units) AS BIGINT) AS units, CAST(sum(sign * amount) AS BIGINT) AS amount
FROM ({rows}) WHERE carrier = $carrier AND day BETWEEN DATE '2021-08-01' AND DATE '2021-08-31'
GROUP BY ALL
HAVING (sum(sign), sum(sign * units), sum(sign * amount)) <> (0, 0, 0)
"""
IN_AUGUST = "start_at >= TIMESTAMP '2021-08-01' AND start_at < TIMESTAMP '2021-09-01'"
LEFT_OUT = "SELECT *, CAST(start_at AS DATE) AS day, -1 AS sign FROM line"
AGAIN = """
SELECT line.*, CAST(start_at AS DATE) AS day, 1 AS sign
FROM line
JOIN usage.duplicate AS again USING (event_id)
JOIN usage.source_file AS file ON file.source_file = again.source_file
WHERE $file IN ('all', file.sha256)
"""
ELSEWHERE = """
SELECT *, CAST(start_at AS DATE) AS day, -1 AS sign FROM line WHERE {august}
UNION ALL
SELECT *, CAST({moment} AS DATE) AS day, 1 AS sign FROM line
"""


@pytest.fixture(scope="session")
def face(home):
    with duckdb.connect(str(home.path / "relief.duckdb"), read_only=True) as connection:
        connection.execute(LINE)
        yield connection


@pytest.fixture(scope="session", params=CARRIERS)
def carrier(request):
    return request.param


@pytest.fixture
def asked(face, carrier):
    """The cells of a query over `line`, with what it binds."""

    def asked(rows, **bound):
        found = face.execute(SUMS.format(rows=rows), {"carrier": carrier, **bound}).fetchall()
        return {tuple(row[:4]): tuple(row[4:]) for row in found}

    return asked


@pytest.fixture
def told(found, carrier):
    """{detail: cells} of a cause."""

    def told(cause):
        rows = found[carrier].filter(pl.col("cause") == cause)
        parted = rows.partition_by("detail", as_dict=True)
        return {name: as_cells(own) for (name,), own in parted.items()}

    return told


def files_of(face, query, **bound):
    return [name for (name,) in face.execute(query, bound).fetchall()]


def test_records_said_again_are_counted_again(asked, told, face, carrier):
    files = files_of(face, "SELECT DISTINCT sha256 FROM usage.duplicate JOIN usage.source_file"
                           " USING (source_file)")  # fmt: skip
    each = {f"file:{name}": asked(AGAIN, file=name) for name in files}
    each = {name: cells for name, cells in each.items() if cells}
    whole = asked(AGAIN, file="all")
    expected = {"all": whole, **(each if len(each) > 1 else {})}
    assert told("duplicate") == {name: cells for name, cells in expected.items() if cells}
    assert whole and (len(each) == 2 or carrier != "viettel")


def without(what):
    return f"{LEFT_OUT} WHERE {IN_AUGUST} AND {what}"


def test_a_file_or_a_day_left_out(asked, told, face, carrier):
    files = files_of(face, f"SELECT DISTINCT sha256 FROM line WHERE {IN_AUGUST} AND carrier = $c",
                     c=carrier)  # fmt: skip
    days = [date(2021, 8, day) for day in range(1, 32)]
    expected = {f"file:{name}": asked(without("sha256 = $it"), it=name) for name in files}
    for day in days:
        expected[f"day:{day}"] = asked(without("CAST(start_at AS DATE) = $it"), it=day)
    expected = {name: cells for name, cells in expected.items() if cells}
    assert told("missing") == expected
    assert len(files) > 1 and len(expected) > len(files) + 10


@pytest.mark.parametrize("grain", ["measure", "province", "day"])
def test_a_file_and_a_day_that_are_both_missing_leave_a_line_out_once(
    asked, run, found, carrier, grain
):
    rows = to_grain(ours.cells(run, carrier), grain)
    cells = list(pairs(rows, rows, grain))
    told = composed.nested(run, carrier, grain, cells, found[carrier])
    shared = {pair for by in told.values() for pair in by if pair[0].cause == "missing"}
    assert len(shared) > 5
    for pair in sorted(shared)[:8]:
        file, day = (one.detail.partition(":")[2] for one in pair)
        left_out = as_grain(asked(
            without("sha256 = $file OR CAST(start_at AS DATE) = CAST($left AS DATE)"),
            file=file, left=day,
        ), grain)  # fmt: skip
        of_pair = {key: by[pair] for key, by in told.items() if pair in by}
        assert of_pair == {key: left_out[key] for key in of_pair}, pair


def as_grain(cells, grain):
    names = ("measure", "nature", "day", "home_province")
    sums = {}
    for key, figures in cells.items():
        own = tuple(value for name, value in zip(names, key, strict=True) if name in KEYS[grain])
        sums[own] = tuple(map(sum, zip(sums.get(own, (0, 0, 0)), figures, strict=True)))
    return sums


@pytest.mark.parametrize(
    ("cause", "detail", "moment"),
    [
        ("time_zone", "utc", "start_at - INTERVAL 7 HOUR"),
        ("midnight", "by_end",
         "start_at + to_milliseconds(CASE kind WHEN 'voice' THEN duration ELSE 0 END)"),
    ],
)  # fmt: skip
def test_the_day_by_another_clock_or_by_a_calls_end(asked, told, cause, detail, moment):
    expected = asked(ELSEWHERE.format(august=IN_AUGUST, moment=moment))
    assert told(cause) == {detail: expected} and expected


def test_what_came_in_late_left_out_or_undone(asked, told, face, run, carrier, after):
    (late,) = files_of(face, "SELECT sha256 FROM usage.source_file WHERE name = 'late.csv'")
    expected = {
        f"after:{after.run}": asked(without("sha256 = $it"), it=late),
        f"settled:{after.run}": difference(after, run, carrier),
    }
    assert told("late") == {name: cells for name, cells in expected.items() if cells}


def difference(earlier, run, carrier):
    query = """
    SELECT measure, nature, day, home_province, CAST(sum(sign * events) AS BIGINT) AS events,
        CAST(sum(sign * units) AS BIGINT) AS units, CAST(sum(sign * amount) AS BIGINT) AS amount
    FROM (SELECT *, 1 AS sign FROM read_parquet($earlier)
          UNION ALL SELECT *, -1 AS sign FROM read_parquet($run))
    WHERE carrier = $carrier
    GROUP BY ALL
    HAVING (sum(sign * events), sum(sign * units), sum(sign * amount)) <> (0, 0, 0)
    """
    files = {name: str(one.path / "relief_total.parquet") for name, one in
             (("earlier", earlier), ("run", run))}  # fmt: skip
    found = duckdb.connect().execute(query, {**files, "carrier": carrier}).fetchall()
    return {tuple(row[:4]): tuple(row[4:]) for row in found}


def test_a_carrier_without_usage_has_no_alternative(home, run):
    for grain in ("day", "statement"):
        assert alternatives.of(home, run, "sctv", AUGUST, grain).is_empty()


def test_what_was_late_for_a_month_added_in_the_next(home, face, carrier):
    (late,) = files_of(face, "SELECT sha256 FROM usage.source_file WHERE name = 'late.csv'")
    query = f"""
        SELECT measure, nature, CAST(start_at AS DATE), home_province, count(*),
            CAST(sum(units) AS BIGINT), CAST(sum(amount) AS BIGINT)
        FROM line WHERE {IN_AUGUST} AND sha256 = $file AND carrier = $carrier GROUP BY ALL
    """
    found = face.execute(query, {"file": late, "carrier": carrier}).fetchall()
    september = Period.of("2021-09")
    every = alternatives.of(home, ours.run_of(home, "2021-09"), carrier, september, "day")
    rows = every.filter(pl.col("detail") == "from:2021-08")
    assert as_cells(rows) == {tuple(row[:4]): tuple(row[4:]) for row in found}
    assert not rows.height or set(rows["cause"]) == {"late"}
