"""What was planted, found record by record: python -m tests.long_planted --events 12000000

Simulates a world of about so many records, takes its files in (what was delivered later in a second
intake), and holds what became of every record to the truth that the simulator wrote down, and the
near-duplicates to a search of the raw files. Prints each miss and false match by kind; exit status
3 if there was one.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import duckdb
import polars as pl

from doisoat.engine.files.near_duplicates import NEAR_SECONDS, events_of, near_duplicates
from doisoat.engine.intake.file_intake import take_in
from doisoat.engine.intake.records.events import conflicts
from doisoat.engine.store.home import Home, list_parts, writer
from doisoat.errors import EXIT_DISAGREEMENTS
from doisoat.fixtures.simulate import World, simulate
from doisoat.fixtures.synthetic_key import SYNTHETIC_KEY

EVENTS_A_SUBSCRIBER = 261.5  # of the default world, August 2021
PLACE = ["file", "row"]
# What should become of the records of each planted kind. A copy may be either of the two records.
SUB_REASON = {"bad_time": "bad_time", "negative_units": "negative_units",
              "missing_number": "missing_field", "unknown_kind": "bad_kind"}  # fmt: skip
COPIES = ("exact_duplicate", "resent")
LATER = ("-late.csv", "-resent.csv")


class Answer(NamedTuple):
    """What was compared, and what was wrong, by kind."""

    records: int
    planted: dict[str, int]  # records (of twins too: each of the two)
    near: int
    wrong: dict[str, int]


def read_raw(path: Path) -> pl.DataFrame:
    """Every record of a file as text, with its row; `file` is the file's name."""
    if path.suffix == ".parquet":
        frame = pl.read_parquet(path)
    else:
        frame = pl.read_csv(path, infer_schema=False).fill_null("")
    return frame.with_row_index("row", 1).with_columns(
        pl.col("row").cast(pl.Int64), file=pl.lit(path.name)
    )


def take_world(home: Home, world: World, *, at_once: bool = False) -> None:
    """Take a world's usage in: first what came in time, then what came later."""
    files = world.files("usage")
    late = [path for path in files if path.name.endswith(LATER)]
    first = [path for path in files if path not in late]
    for group in ([*late, *first],) if at_once else (first, late):
        if group:
            take_in(home, [(path, "world", "usage") for path in group], SYNTHETIC_KEY)


def outcomes(home: Home) -> pl.DataFrame:
    """file, row, outcome of every record: taken, duplicate, conflicting or a sub-reason."""
    parts = list_parts(home, "usage")
    contradicted = conflicts(parts).with_columns(is_contradicted=pl.lit(True))
    found = []
    for part in parts:
        names = pl.read_parquet(part.path / "source.parquet").select("source", file="name")
        buckets = sorted(part.path.glob("bucket=*.parquet"))
        events = [
            pl.scan_parquet(buckets, glob=False, hive_partitioning=False)
            .select("source", "row", "event_hi", "event_lo").collect()
        ] if buckets else []  # fmt: skip
        told = [
            frame.join(contradicted, on=["event_hi", "event_lo"], how="left").select(
                "source", "row",
                outcome=pl.when("is_contradicted").then(pl.lit("conflicting"))
                .otherwise(pl.lit("taken")),
            )
            for frame in events
        ]  # fmt: skip
        duplicate = pl.read_parquet(part.path / "duplicate.parquet")
        told.append(duplicate.select("source", "row", outcome=pl.lit("duplicate")))
        suspense = pl.read_parquet(part.path / "suspense.parquet")
        sort = pl.col("sub_reason").str.split(":").list.first()  # without the field that it names
        why = pl.when(pl.col("sub_reason") == "").then("reason").otherwise(sort)
        told.append(suspense.select("source", "row", outcome=why))
        found.append(pl.concat(told).join(names, on="source").select(*PLACE, "outcome"))
    return pl.concat(found)


def compare(home: Home, world: World) -> Answer:
    """Hold what a home says of a world's records to what was planted in it."""
    raw = pl.concat(
        [read_raw(path).select(*PLACE, "record_key", "carrier") for path in world.files("usage")]
    )
    truth = pl.read_csv(world.path / "truth" / "planted.csv", infer_schema=False)
    keyed = truth.select("record_key", "carrier", "planted").unique()
    told = raw.join(keyed, on=["record_key", "carrier"], how="left", validate="m:1")
    told = told.join(outcomes(home), on=PLACE, how="left", validate="1:1")
    wrong: dict[str, int] = {}

    def count(what: str, rows: pl.DataFrame) -> None:
        if rows.height:
            wrong[what] = wrong.get(what, 0) + rows.height

    planted, outcome = pl.col("planted"), pl.col("outcome")
    count("a record without an outcome", told.filter(outcome.is_null()))
    count("false match", told.filter(planted.is_null(), outcome != "taken"))
    for kind in ("late", "twin"):
        count(f"{kind} not taken", told.filter(planted == kind, outcome != "taken"))
    late = told.filter(planted == "late", ~pl.col("file").str.ends_with("-late.csv"))
    count("late in a file of its day", late)
    for kind, reason in SUB_REASON.items():
        count(f"{kind} missed", told.filter(planted == kind, outcome != reason))
    count("conflicting missed", told.filter(planted == "conflicting", outcome != "conflicting"))
    by_key = told.filter(planted.is_in(["conflicting", *COPIES])).group_by(
        "record_key", "carrier", "planted"
    ).agg(outcome.sort())  # fmt: skip
    count("not two records", by_key.filter(outcome.list.len() != 2))
    for kind in COPIES:
        here = by_key.filter(planted == kind)
        ways = here.select(outcome.list.join(",")).to_series()
        count(f"{kind} missed", here.filter(ways != "duplicate,taken"))
    missing = keyed.join(raw, on=["record_key", "carrier"], how="anti")
    count("planted in no file", missing)
    near = _near(home, world, wrong)
    counts = dict(
        told.filter(planted.is_not_null()).group_by("planted").len().sort("planted").rows()
    )
    return Answer(raw.height, counts, near, wrong)


@contextmanager
def _database():
    connection = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    try:
        connection.execute("SET enable_progress_bar = false")
        yield connection
    finally:
        connection.close()


# Records of the same texts that begin within n ms lie in one cell of n ms, or in neighbours.
NEAR_SQL = """
WITH call AS (
    SELECT file, row, number, other, kind, begin_ms, begin_ms // $near_ms AS cell,
        begin_ms + greatest(length_ms, 1) AS end_ms
    FROM read_parquet($calls)
)
SELECT one.file, one.row, two.file AS near_file, two.row AS near_row,
    one.begin_ms = two.begin_ms AS equal
FROM call AS one JOIN call AS two
    ON one.number = two.number AND one.other = two.other AND one.kind = two.kind
    AND two.cell IN (one.cell, one.cell - 1)
WHERE (one.file, one.row) <> (two.file, two.row)
    AND two.begin_ms BETWEEN one.begin_ms - $near_ms AND one.begin_ms AND two.end_ms > one.begin_ms
"""


def _near(home: Home, world: World, wrong: dict[str, int]) -> int:
    """The near-duplicates that the home tells, held to those of the raw texts of its events."""
    parts = list_parts(home, "usage")
    held = [events for part in parts if (events := events_of(part)) is not None]
    found = near_duplicates(held, conflicts(parts))
    names = {
        part.id: pl.read_parquet(part.path / "source.parquet").sort("source")["name"].to_list()
        for part in parts
    }
    told = {
        ((names[one][source], row), (names[two][other], other_row))
        for one, source, row, two, other, other_row in found.select(
            "part", "source", "row", "near_part", "near_source", "near_row"
        ).iter_rows()
    }
    taken = outcomes(home).filter(pl.col("outcome") == "taken")
    with tempfile.TemporaryDirectory() as folder:
        for path in world.files("usage"):
            calls = read_raw(path).filter(
                pl.col("kind").is_in(["voice", "sms"]), pl.col("partial").is_in(["", "1"]),
                pl.col("other") != "",
            ).join(taken, on=PLACE, how="semi")  # fmt: skip
            length = pl.when(pl.col("duration_s") == "").then(pl.lit("0")).otherwise("duration_s")
            calls.select(
                *PLACE, "number", "other", "kind",
                begin_ms=pl.col("started").str.to_datetime(time_unit="ms").dt.epoch("ms"),
                length_ms=(length.str.to_decimal(scale=3) * 1_000).cast(pl.Int64),
            ).write_parquet(Path(folder) / f"{path.stem}.parquet")  # fmt: skip
        with _database() as connection:
            rows = connection.execute(
                NEAR_SQL, {"near_ms": 1_000 * NEAR_SECONDS, "calls": f"{folder}/*.parquet"}
            ).fetchall()
    pairs = {((file, row), (other, near_row)) for file, row, other, near_row, _ in rows}
    later = {one for one, _ in told}
    # Of one moment, either may be the later one.
    equal = {frozenset(((a, b), (c, d))) for a, b, c, d, is_equal in rows if is_equal}
    missed = [
        (one, two)
        for one, two in pairs
        if (not {one, two} & later if frozenset((one, two)) in equal else one not in later)
    ]
    for what, cases in (("near pair missed", missed), ("false near pair", [*(told - pairs)])):
        if cases:
            wrong[what] = len(cases)
    truth = pl.read_csv(world.path / "truth" / "planted.csv", infer_schema=False)
    twins = truth.filter(pl.col("planted") == "twin").height // 2
    if len(told) < twins:
        wrong["twin that is near to nothing"] = twins - len(told)
    return len(told)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=12_000_000)
    parser.add_argument("--seed", type=int, default=2021)
    parser.add_argument("--folder", type=Path, help="where the world and its home go, and stay")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        place = chosen.folder or Path(folder)
        begun = time.monotonic()
        subscribers = max(1, round(chosen.events / EVENTS_A_SUBSCRIBER))
        world = simulate(place / "world", chosen.seed, subscribers)
        print(f"simulated in {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
        with writer(place / "home", "test") as home:
            take_world(home, world)
            print(f"taken in at {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
            answer = compare(home, world)
    print(
        f"{answer.records:,} records, {answer.near:,} near pairs, {time.monotonic() - begun:.0f} s"
    )
    for kind, count in answer.planted.items():
        print(f"  {kind:<16}{count:>10,} records planted")
    for what, count in answer.wrong.items():
        print(f"  WRONG: {what}: {count:,}")
    if not answer.wrong:
        print("  no miss, no false match")
    return EXIT_DISAGREEMENTS if answer.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
