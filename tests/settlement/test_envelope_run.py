"""A home settled under each rule of the envelope: what the run, the database and the book say."""

import shutil
import zipfile

import duckdb
import polars as pl
import pytest

from doisoat.engine.store import commit
from doisoat.engine.store.home import writer
from doisoat.errors import CatalogueError
from doisoat.settlement.runs.runs import RunFiles
from doisoat.settlement.runs.usage_months import read
from tests.settlement.conftest import (
    CARRIERS,
    DAY_MS,
    EVENTS,
    bucket_result,
    package_of,
    settle_by,
    usage_frames,
    write_part,
)

LINES = pl.concat(bucket_result(bucket, 4).lines for bucket in range(4))
RELIEF = LINES["amount"].sum()  # every line counts, with VAT
CAP = 2 * RELIEF // 5
SEPTEMBER_MS = 31 * DAY_MS  # after August


def envelope_of(amount, rule, **changes):
    given = package_of().model_dump()["envelope"]
    return package_of(envelope={**given, "amount": amount, "rule": rule, **changes})


@pytest.fixture
def settled(home, catalogue):
    """Settle August under an envelope. Returns: the summary, and rows of the database."""

    def settle_under(amount, rule, carrier=None, **changes):
        package = envelope_of(amount, rule, **changes)
        summary = settle_by(home, catalogue, package, carrier=carrier)

        def rows(query):
            with duckdb.connect(str(home / "relief.duckdb"), read_only=True) as connection:
                return connection.execute(query).fetchall()

        return summary, rows

    return settle_under


def told(rows):
    return rows(
        "SELECT sum(relief)::BIGINT, sum(recognised)::BIGINT, sum(own_account)::BIGINT,"
        " any_value(programme_recognised_to_date) FROM settlement.programme"
    )[0]


def test_first_come_by_run_and_database(home, settled):
    summary, rows = settled(CAP, "first_come")
    assert told(rows) == (RELIEF, CAP, RELIEF - CAP, CAP)
    beyond = rows(
        "SELECT sum(own_account)::BIGINT, count(*), min(start_at) FROM settlement.own_account"
    )[0]
    assert beyond[0] == RELIEF - CAP
    # By the relief lines themselves: those before the first beyond are all recognised.
    before = rows(
        "SELECT sum(line.amount)::BIGINT FROM rated.relief_line AS line"
        " LEFT JOIN settlement.own_account AS own USING (event_id, measure, nature)"
        " WHERE own.event_id IS NULL"
    )[0][0]
    part = rows("SELECT sum(relief - own_account)::BIGINT FROM settlement.own_account")[0][0]
    assert before + part == CAP
    assert rows("SELECT recognised + own_account - relief FROM settlement.statement") == [(0,)] * 4
    day = beyond[2].date()
    assert [text for text in summary.findings if f"is used up since {day}" in text] != []
    last = rows("SELECT remaining, runs_out FROM settlement.burn_down ORDER BY day DESC LIMIT 1")
    assert last == [(0, day)]
    file = read(home / "runs" / summary.run / "own_account.parquet")
    assert file.height == beyond[1]


@pytest.mark.parametrize(
    ("amount", "rule", "own"), [(0, "pro_rata", RELIEF), (0, "track", 0), (10**13, "first_come", 0)]
)
def test_nothing_and_plenty(settled, amount, rule, own):
    summary, rows = settled(amount, rule)
    assert told(rows)[1:3] == (RELIEF - own, own)
    assert rows("SELECT count(*) FROM settlement.own_account") == [(0,)]
    passed = [text for text in summary.findings if "the envelope of" in text]
    assert len(passed) == (amount == 0)
    if rule == "track":
        assert "rule `track` recognises all of it" in passed[0]


def test_the_book_says_the_rule(home, settled):
    for rule, texts in {
        "first_come": ("ai đến trước được ghi nhận trước", "Được chương trình ghi nhận, lũy kế"),
        "pro_rata": ("theo tỷ lệ hỗ trợ", "Điều chỉnh phần đã ghi nhận"),
        "track": ("theo dõi và ghi nhận toàn bộ",),
    }.items():
        settled(CAP, rule)
        (path,) = (home / "reports").glob("*2021-08-mobifone.xlsx")
        with zipfile.ZipFile(path) as book:
            said = book.read("xl/sharedStrings.xml").decode()
        assert [text for text in texts if text not in said] == []
        assert ("Điều chỉnh phần đã ghi nhận" in said) == (rule == "pro_rata")


def test_one_carrier_alone(settled):
    with pytest.raises(CatalogueError, match="hangs on the relief of"):
        settled(CAP, "first_come", carrier="mobifone")
    parts = {"mobifone": CAP, **dict.fromkeys(("sctv", *CARRIERS[:2]), 0)}
    _, rows = settled(CAP, "first_come", carrier="mobifone", per_carrier=parts)
    assert told(rows)[1] == CAP
    assert rows("SELECT carrier, envelope, carrier_envelope FROM settlement.programme") == [
        ("mobifone", CAP, CAP)
    ]
    assert rows("SELECT json_extract_string(envelope_per_carrier, 'mobifone') FROM ref.programme") \
        == [(str(CAP),)]  # fmt: skip


def test_a_carrier_without_events_in_a_common_envelope_is_a_finding(settled):
    summary, _ = settled(CAP, "pro_rata")
    assert [text for text in summary.findings if "no event of sctv is rated" in text] != []


def test_what_is_left_goes_on_to_the_next_month(home, catalogue, settled):
    """September's reliefs are August's again: the envelope ends with September's first đồng."""
    with writer(home, "test") as held:
        later = usage_frames(range(1, EVENTS + 1), shift_ms=SEPTEMBER_MS)
        write_part(held, "usage", "c" * 32, later, {"events": EVENTS})
    package = envelope_of(RELIEF + 1, "first_come")
    runs = [
        settle_by(home, catalogue, package, period=month).run for month in ("2021-08", "2021-09")
    ]
    frame = read(home / "runs" / runs[1] / "programme.parquet")
    assert frame["relief"].sum() == RELIEF and frame["recognised"].sum() == 1
    assert frame["recognised_to_date"].sum() == RELIEF + 1


def test_a_run_of_before_has_neither_the_columns_nor_the_files(home, settled, tmp_path):
    """The face is built from it all the same: it recognised all."""

    from doisoat.settlement.database import input_views as face_inputs

    summary, _ = settled(10**13, "track")
    old = tmp_path / "old"
    shutil.copytree(home / "runs" / summary.run, old)
    for name in ("own_account", "burn_down"):
        (old / f"{name}.parquet").unlink()
    path = old / "programme.parquet"
    new = ["carrier_envelope", "true_up", "recognised_to_date", "programme_recognised_to_date"]
    pl.read_parquet(path).drop(new).write_parquet(path)
    files = [
        {"name": file.name, "sha256": commit.sha256_of(file)} for file in old.glob("*.parquet")
    ]
    manifest = {"files": files}
    run = RunFiles("r", "2021-08", old, False, manifest)
    with duckdb.connect() as connection:
        connection.execute("ATTACH ':memory:' AS input")
        for view in face_inputs.GROWN:
            face_inputs.run_view(connection, view, [run])
        assert connection.execute(
            "SELECT sum(recognised_to_date)::BIGINT, sum(true_up)::BIGINT"
            " FROM input.programme_of_run"
        ).fetchall() == [(RELIEF, 0)]
        assert connection.execute("SELECT count(*) FROM input.own_account").fetchall() == [(0,)]
