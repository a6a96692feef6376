"""Small parts: an intake merges them in levels; what reads many opens no file twice for it."""

import errno
import json
import os
import random
import shutil
from math import log2
from pathlib import Path

import polars as pl
import pytest

from doisoat.commands.merged_parts import merged_line
from doisoat.engine.store.home import Part, list_parts, open_home
from doisoat.engine.usage.merge_parts import merge_parts as merge
from doisoat.settlement.log import intake_log
from doisoat.settlement.upkeep import compact as compacting
from doisoat.settlement.upkeep.compact import SMALL_PARTS, Compacted, rows_of, small_parts

from .conftest import SAME_RUN, Killed, done, refused, run, take_world
from .test_compact import forget_runs, pieces_of


@pytest.fixture
def daily(files, key, tmp_path):
    """A home of one large part, and a smaller file's records as so many files."""
    usage = [path for path in files if path.name.startswith("usage-")]
    late = next(
        path for path in usage if "vietnamobile-2021" in path.name and path.suffix == ".csv"
    )
    home = tmp_path / "out"
    take_world([path for path in files if path != late], home, key)
    return home, pieces_of(late, tmp_path / "pieces", 2 * SMALL_PARTS)


def take(home, path, key, *options):
    return done("intake", path, "--mapping", "world", "--key", key, "--home", home, *options)


@pytest.mark.parametrize(
    ("part", "vi", "en"),
    [("c", "lượt nhận c", "part c"), (None, "một (chạy thử)", "one (dry run)")],
)
def test_what_was_merged_is_said_in_one_language(part, vi, en):
    said = merged_line(Compacted("usage", ("a", "b"), part, 7))
    assert said.pair == (f"usage: 2 lượt nhận → {vi}, 7 dòng", f"usage: 2 parts → {en}, 7 rows")


def usage_ids(home):
    return {part.id for part in list_parts(open_home(home), "usage")}


def log_of(home):
    lines = (home / "log" / "journal.jsonl").read_bytes().splitlines()
    return [(entry["what"], entry.get("part")) for entry in map(json.loads, lines)]


def test_an_intake_merges_small_parts_and_the_run_is_the_same(settled, daily, key):
    home, pieces = daily
    first = usage_ids(home)
    for piece in pieces[: SMALL_PARTS - 1]:
        assert "merged" not in take(home, piece, key)
    assert len(usage_ids(home)) == SMALL_PARTS
    (merged,) = take(home, pieces[SMALL_PARTS - 1], key)["merged"]
    assert merged["floor"] == "usage" and len(merged["parts"]) == SMALL_PARTS
    assert usage_ids(home) == first | {merged["part"]}
    # The log tells of each file before it tells what became of them.
    assert [what for what, _ in log_of(home)[-3:]] == ["intake", "intake", "compact"]
    assert log_of(home)[-1] == ("compact", merged["part"])
    # What the merged part holds is known: the index of the parts that it replaced is stale.
    told = take(home, pieces[SMALL_PARTS], key)
    again = pieces[0].with_name("again.csv")
    again.write_text(pieces[0].read_text("utf-8") + "\n", "utf-8")
    known = take(home, again, key)
    assert known["taken"] == 0 and known["duplicates"] == known["rows"] - known["suspended"]
    assert told["taken"] > 0
    for piece in pieces[SMALL_PARTS + 1 :]:
        take(home, piece, key)
    assert done("settle", "--home", home)["digest"] == settled[1]["digest"]
    assert done("store", "check", "--home", home)["ok"]


def test_the_run_of_parts_that_were_merged_since_is_the_run_of_the_home(daily, key):
    home, pieces = daily
    for piece in pieces[: SMALL_PARTS - 1]:
        take(home, piece, key)
    take(home, pieces[SMALL_PARTS - 1], key, "--no-merge")
    assert len(usage_ids(home)) == 1 + SMALL_PARTS
    before = done("settle", "--home", home)
    # Files that the home knows add nothing; what waits to be merged is.
    assert len(take(home, pieces[0], key)["merged"]) == 1
    assert len(usage_ids(home)) == 2
    assert done("settle", "--home", home) == {**before, **SAME_RUN}
    forget_runs(home)
    assert done("settle", "--home", home) == before


def test_each_merges_once_at_the_end(daily, key):
    home, pieces = daily
    told = done("intake", *pieces, "--each", "--mapping", "world", "--key", key, "--home", home)
    (merged,) = told["merged"]
    assert len(merged["parts"]) == len(pieces) and len(usage_ids(home)) == 2


@pytest.mark.parametrize("step", ["before it is written", "before it is named", "before the log"])
def test_whoever_is_killed_while_parts_are_merged_loses_nothing(daily, key, step, monkeypatch):
    home, pieces = daily
    for piece in pieces[: SMALL_PARTS - 1]:
        take(home, piece, key)
    before = usage_ids(home)

    def die(*args, **kwargs):
        raise Killed

    def die_whole(*args, **kwargs):
        merge(*args, **kwargs)
        raise Killed

    merge_all = compacting._merge
    with monkeypatch.context() as patch:
        if step == "before the log":
            patch.setattr(
                compacting, "_merge", lambda *args: (merge_all(*args), patch.setattr(
                    intake_log, "log_arrivals", die))[0],
            )  # fmt: skip
        else:
            patch.setattr(
                compacting, "merge_parts", die if step == "before it is written" else die_whole
            )
        with pytest.raises(Killed):
            run("intake", pieces[SMALL_PARTS - 1], "--mapping", "world", "--key", key,
                "--home", home)  # fmt: skip
    left = home / "usage" / ".staging-1-dead"  # as one leaves it whose blocks do not end
    left.mkdir()
    (left / "bucket=00.parquet").write_bytes(b"half")
    is_merged = step == "before the log"
    assert len(usage_ids(home)) == (2 if is_merged else len(before) + 1)
    told = take(home, pieces[SMALL_PARTS - 1], key)
    assert told["taken"] == 0 and ("merged" in told) != is_merged
    assert len(usage_ids(home)) == 2 and not left.exists()
    told_parts = [part for _, part in log_of(home)]
    assert sum(what == "compact" for what, _ in log_of(home)) == 1
    assert usage_ids(home) | before <= set(told_parts)
    assert done("store", "check", "--home", home)["ok"]


def test_a_disk_that_fills_while_parts_are_merged_leaves_what_came_in(daily, key, monkeypatch):
    home, pieces = daily
    for piece in pieces[: SMALL_PARTS - 1]:
        take(home, piece, key)

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(home / "usage"))

    last = ("intake", pieces[SMALL_PARTS - 1], "--mapping", "world", "--key", key, "--home", home)
    with monkeypatch.context() as patch:
        patch.setattr(compacting, "merge_parts", full)
        error = refused(6, *last)
    assert "No space left" in error["what"] and "what came in is in the home" in error["what"]
    assert "untouched" not in error["what"] and "--no-merge" in error["mend"]
    assert len(usage_ids(home)) == 1 + SMALL_PARTS
    assert not list((home / "usage").glob(".staging-*"))
    assert len(done(*last)["merged"]) == 1 and len(usage_ids(home)) == 2
    assert done("store", "check", "--home", home)["ok"]


def part_of_rows(rows):
    return Part(f"{random.getrandbits(64):016x}", Path(), {"counts": {"events": rows}})


@pytest.mark.parametrize("sizes", [(1_000, 1_000), (1, 100_000), (0, 3)], ids=str)
def test_each_row_is_written_few_times_and_few_parts_stay(sizes):
    """A year of files, taken in one by one."""
    random.seed(sum(sizes))
    parts, written, rows = [], 0, 0
    for _ in range(2_604):
        parts.append(part_of_rows(random.randint(*sizes)))
        rows += rows_of(parts[-1])
        chosen = small_parts(parts)
        if chosen:
            ids = {part.id for part in chosen}
            whole = part_of_rows(sum(map(rows_of, chosen)))
            assert len(chosen) >= SMALL_PARTS and rows_of(whole) <= compacting.MERGED_ROWS
            written += rows_of(whole)
            parts = [*(part for part in parts if part.id not in ids), whole]
    large = rows // (compacting.MERGED_ROWS // 2)
    assert len(parts) < 2 * SMALL_PARTS + log2(compacting.MERGED_ROWS) + large
    assert written <= rows * log2(compacting.MERGED_ROWS)


def test_a_settle_opens_no_more_scans_where_there_are_more_parts(daily, key, monkeypatch):
    """Files of many parts are scanned together: calls of polars are counted, not seconds."""
    home, pieces = daily
    counts = []
    for number in (4, 2 * SMALL_PARTS):
        for piece in pieces[:number]:
            take(home, piece, key, "--no-merge")
        copy = shutil.copytree(home, home.with_name(f"of-{number}"))
        calls = []
        with monkeypatch.context() as patch:
            for name in ("read_parquet", "scan_parquet"):
                patch.setattr(pl, name, counted(getattr(pl, name), calls))
            done("settle", "--home", copy)
        counts.append(len(calls))
    assert counts[1] - counts[0] <= 12, counts  # of twelve parts more


def counted(function, calls):
    def call(*args, **kwargs):
        calls.append(function.__name__)
        return function(*args, **kwargs)

    return call
