"""Relief lines stand at the home province that their events were rated and totalled by."""

import duckdb
import polars as pl
import pytest

from doisoat.engine.store.home import open_home
from doisoat.settlement.reconcile.lines.located_lines import placed
from doisoat.settlement.rerating.adjustment_worlds import inputs_of
from doisoat.settlement.runs.runs import current_runs, run_files
from tests.integration.conftest import done, rows

A, B = "0322718281", "0332718281"
HEADS = {
    "subscriptions": "number,account,carrier,plan,segment,payment,home_locality,valid_from,"
    "valid_until",
    "usage": "record_key,carrier,kind,number,account,other,started,duration_s,units,host,locality,"
    "pack,action,session,partial,charged",
}
TOTALS = """
SELECT strftime(day, '%Y-%m-%d'), home_province, CAST(sum(events) AS BIGINT),
    CAST(sum(amount) AS BIGINT)
FROM rated.relief_total WHERE strftime(day, '%Y-%m') = '{month}' GROUP BY ALL ORDER BY ALL
"""
LINES = """
COPY (SELECT event_id, line.owner_id, line.start_at, event.home_province, measure, nature,
          line.units, amount
      FROM rated.relief_line AS line JOIN audit.rated_event AS event USING (event_id)
      WHERE strftime(line.start_at, '%Y-%m') = '{month}')
TO '{to}' (FORMAT parquet, KV_METADATA {{carrier: 'viettel', period: '{month}'}})
"""


def row(number, account, home, since="2020-01-01", until=""):
    until = until and f"{until} 00:00:00.000"
    return (
        f"{number},{account},viettel,viettel.Economy,standard,prepaid,{home},{since} 00:00:00.000,"
        f"{until}"
    )


def call(key, number, account, at, part=("", "")):
    return (
        f"{key},viettel,voice,{number},{account},0342718281,2021-{at}.000,60,,,79,,,{part[0]},"
        f"{part[1]},"
    )


MOVED = [row(A, "", "01", until="2021-08-10"), row(A, "", "79", "2021-08-10")]
SITUATIONS = {  # subscriptions, usage
    "an account's own row, and a member's elsewhere": (
        [row("", "G", "01"), row(B, "G", "79")],
        [call("1", A, "G", "08-12 10:00:00"), call("2", B, "G", "08-12 11:00:00")],
    ),
    "a row of his own beside his account's": (
        [row(A, "G", "79"), row(A, "", "01", "2020-01-02")],
        [call("1", A, "G", "08-12 10:00:00"), call("2", A, "", "08-12 11:00:00")],
    ),
    "a member by master data alone, elsewhere than another": (
        [row(A, "G", "79"), row(B, "G", "01")],
        [call("1", A, "", "08-12 10:00:00"), call("2", B, "", "08-12 11:00:00")],
    ),
    "a call over the day of a move": (
        MOVED,
        [call("1", A, "", "08-09 23:59:30", ("S", 1)), call("2", A, "", "08-10 00:00:30", ("S", 2)),
         call("3", A, "", "08-10 00:05:00")],
    ),
    "a call over the end of a month and a move": (
        [row(A, "", "01", until="2021-09-01"), row(A, "", "79", "2021-09-01")],
        [call("1", A, "", "08-31 23:59:30", ("S", 1)), call("2", A, "", "09-01 00:00:30", ("S", 2)),
         call("3", A, "", "09-01 00:05:00")],
    ),
    "a call past the end of its subscription": (
        [row(A, "", "01", until="2021-08-10")],
        [call("1", A, "", "08-09 23:59:30", ("S", 1)),
         call("2", A, "", "08-10 00:00:30", ("S", 2))],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SITUATIONS)
def test_lines_stand_where_the_totals_have_them(name, key, tmp_path):
    people, usage = SITUATIONS[name]
    home = tmp_path / "home"
    for kind, told in (("subscriptions", people), ("usage", usage)):
        path = tmp_path / f"{kind}.csv"
        path.write_text("\n".join((HEADS[kind], *told)) + "\n", "utf-8")
        done("intake", path, "--mapping", "world", "--kind", kind, "--key", key, "--home", home)
    months: list[str] = sorted({f"2021-{one.split(',')[6][5:7]}" for one in usage})
    for month in months:
        done("settle", "--period", month, "--home", home)
    for month in months:
        run = run_files(open_home(home), current_runs(open_home(home))[month], superseded=False)
        lines = pl.concat(placed(open_home(home), inputs_of(open_home(home), run)))
        day = (pl.col("start_ms") * 1000).cast(pl.Datetime("us")).dt.strftime("%Y-%m-%d")
        counted = lines.group_by(day.alias("day"), "home_province").agg(
            pl.len(), pl.col("amount").sum()
        )
        assert counted.sort("day", "home_province").rows() == rows(home, TOTALS.format(month=month))
        assert lines.height == len([one for one in usage if f",{month}-" in one])
        claim = tmp_path / f"{month}.parquet"
        with duckdb.connect(str(home / "relief.duckdb"), read_only=True) as face:
            face.execute(LINES.format(month=month, to=claim))
        done("claim", "file", claim, "--home", home, "--why", "kỳ này")
        (held,) = done("reconcile", "--period", month, "--home", home)["claims"]
        assert held["differing"] == 0 and held["cells"] > 0
